import { type ActorRoles, parseActorWire } from './actor.js';
import { RbacError } from './error.js';
import { readYaml, type YamlPosition } from './yaml-document.js';

function invalid(file: string, expectation: string, at: YamlPosition, cause?: unknown): RbacError {
  return new RbacError('RBAC_YAML_INVALID', `${file}:${at.line}:${at.column}: ${expectation}`, {
    details: { file, line: at.line, column: at.column, expectation },
    cause,
  });
}

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
  const yaml = readYaml(text, (expectation, at, cause) => invalid(file, expectation, at, cause));
  return parseActorWire(yaml.value, ({ path, expectation }, cause) =>
    invalid(
      file,
      [path.map(String).join('.'), expectation].filter(Boolean).join(': '),
      yaml.locate(path),
      cause,
    ),
  );
}
