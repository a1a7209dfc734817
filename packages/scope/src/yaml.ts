import { type Position, readYaml, YamlError } from '@spanforge/yaml';
import { ScopeError } from './error.js';
import { parseManifestWire, type ScopeManifest } from './manifest.js';

const MAX_YAML_BYTES = 65_536;

function invalidError(
  file: string,
  expectation: string,
  at: Position,
  cause?: unknown,
): ScopeError {
  return new ScopeError('SCOPE_YAML_INVALID', `${file}:${at.line}:${at.column}: ${expectation}`, {
    details: { file, line: at.line, column: at.column, expectation },
    cause,
  });
}

function readText(text: string, file: string) {
  try {
    return readYaml(text, { maxBytes: MAX_YAML_BYTES });
  } catch (error) {
    const problem = YamlError.is(error) ? error.problems[0] : undefined;
    throw problem ? invalidError(file, problem.message, problem, error) : error;
  }
}

/**
 * Reads an agent's manifest from YAML text (snake_case), to be handed to `registerAgent`.
 *
 * YAML 1.2, one document, at most 64 KiB. Warnings are errors; duplicate keys, unknown fields,
 * directives, anchors, aliases and tags are refused. The text is read once: what was checked is
 * what is returned.
 *
 * @param options.file How errors name the text; no file is opened.
 * @throws {ScopeError} `SCOPE_YAML_INVALID` with file, line and column (from 1).
 */
export function loadManifestFromYaml(
  text: string,
  options: { readonly file?: string } = {},
): ScopeManifest {
  const file = options.file ?? 'manifest.yaml';
  const { value, locate } = readText(text, file);
  try {
    return parseManifestWire(value, ({ path, expectation }) => {
      const about = path.map(String).join('.');
      const told = about === '' ? expectation : `${about}: ${expectation}`;
      return invalidError(file, told, locate(path, 'key'));
    });
  } catch (error) {
    if (!ScopeError.is(error) || error.code === 'SCOPE_YAML_INVALID') throw error;
    throw invalidError(file, String(error.details.expectation), locate([]), error);
  }
}
