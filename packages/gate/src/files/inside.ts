import { isAbsolute, relative, resolve } from 'node:path';
import { GateError } from '../error.js';

/**
 * A path that pipelines name, which has to stay below the working folder.
 *
 * @throws {GateError} `GATE_INPUT_INVALID`.
 */
export function insideRoot(root: string, path: string): string {
  const whole = resolve(root, path);
  const below = relative(root, whole);
  if (path.includes('\u0000') || below === '..' || below.startsWith('../') || isAbsolute(below)) {
    throw new GateError('GATE_INPUT_INVALID', 'expected a path below the working folder', {
      details: { file: path.slice(0, 512) },
    });
  }
  return whole;
}
