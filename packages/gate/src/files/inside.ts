import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { GateError } from '../error.js';

/** The real path of a folder, or of its nearest parent that exists. */
function realFolder(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : realFolder(above);
  }
}

const leaves = (below: string): boolean =>
  below === '..' || below.startsWith('../') || isAbsolute(below);

/**
 * Resolves a path that a pipeline names. It must stay below the working folder, also after
 * following links.
 *
 * @throws {GateError} `GATE_INPUT_INVALID`.
 */
export function insideRoot(root: string, path: string): string {
  const whole = resolve(root, path);
  const below = relative(root, whole);
  const linked = () =>
    below !== '' && leaves(relative(realFolder(root), realFolder(dirname(whole))));
  if (path.includes('\u0000') || leaves(below) || linked()) {
    throw new GateError('GATE_INPUT_INVALID', 'expected a path below the working folder', {
      details: { file: path.slice(0, 512) },
    });
  }
  return whole;
}
