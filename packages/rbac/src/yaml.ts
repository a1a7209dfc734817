import { readYaml, YamlError } from '@spanforge/yaml';
import { type ActorRoles, parseActorWire } from './actor.js';
import { RbacError } from './error.js';

const MAX_YAML_BYTES = 65_536;

/**
 * Reads an actor's roles from YAML text (snake_case), to be handed to `registerActor`.
 *
 * YAML 1.2, one document, at most 64 KiB. Warnings are errors; duplicate keys, unknown fields,
 * directives, anchors, aliases and tags are refused. The text is read once: what was checked is
 * what is returned.
 *
 * @param options.file How errors name the text; no file is opened.
 * @throws {RbacError} `RBAC_YAML_INVALID` with file, line and column (from 1).
 */
export function loadActorFromYaml(
  text: string,
  options: { readonly file?: string } = {},
): ActorRoles {
  const file = options.file ?? 'actor.yaml';
  const invalidError = (
    expectation: string,
    { line, column }: { readonly line: number; readonly column: number },
    cause?: unknown,
  ): RbacError =>
    new RbacError('RBAC_YAML_INVALID', `${file}:${line}:${column}: ${expectation}`, {
      details: { file, line, column, expectation },
      cause,
    });
  try {
    const { value, locate } = readYaml(text, { maxBytes: MAX_YAML_BYTES });
    return parseActorWire(value, ({ path, expectation }, cause) => {
      const about = path.map(String).join('.');
      return invalidError(
        about ? `${about}: ${expectation}` : expectation,
        locate(path, 'key'),
        cause,
      );
    });
  } catch (error) {
    const problem = YamlError.is(error) ? error.problems[0] : undefined;
    throw problem ? invalidError(problem.message, problem, error) : error;
  }
}
