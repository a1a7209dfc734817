import {
  type ActorRoles,
  type Permissions,
  parseActorWire,
  parsePermissions,
  RbacError,
} from '@spanforge/rbac';
import { readYaml, YamlError } from '@spanforge/yaml';
import { z } from 'zod';
import { CliError } from '../error.js';
import { readText } from './read.js';

/** The permissions of each role, and the roles of each actor. */
export interface RolesFile {
  readonly permissions: Permissions;
  readonly actors: readonly ActorRoles[];
}

const MAX_ROLES_BYTES = 262_144;

const schema = z.strictObject({
  permissions: z.record(z.string(), z.unknown()),
  actors: z.array(z.unknown()).default([]),
});

/**
 * Reads roles from a YAML file: `permissions` (actions by resource by role) and `actors` (each with
 * `actor_id`, `roles`, `resource_roles`, `metadata`).
 *
 * @throws {CliError} `CLI_INPUT_INVALID` with file, line and column; `CLI_FILE_UNREADABLE`.
 */
export async function readRoles(file: string): Promise<RolesFile> {
  const text = await readText(file, MAX_ROLES_BYTES);
  const invalidError = (message: string, at: { line: number; column: number }, cause: unknown) =>
    new CliError('CLI_INPUT_INVALID', `${file}:${at.line}:${at.column}: ${message}`, {
      details: { file, line: at.line, column: at.column },
      cause,
    });
  let path: readonly PropertyKey[] = [];
  let document: ReturnType<typeof readYaml>;
  try {
    document = readYaml(text, { maxBytes: MAX_ROLES_BYTES });
  } catch (error) {
    const problem = YamlError.is(error) ? error.problems[0] : undefined;
    throw problem ? invalidError(problem.message, problem, error) : error;
  }
  const parsed = schema.safeParse(document.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = document.locate(issue?.path.map(toPart) ?? [], 'key');
    throw invalidError(issue?.message ?? 'not a file of roles', at, parsed.error);
  }
  const { permissions, actors } = parsed.data;
  try {
    path = ['permissions'];
    const read = parsePermissions(permissions);
    const parseOne = (actor: unknown, index: number): ActorRoles => {
      path = ['actors', index];
      return parseActorWire(actor);
    };
    return { permissions: read, actors: actors.map(parseOne) };
  } catch (error) {
    if (!RbacError.is(error)) throw error;
    throw invalidError(error.message, document.locate(path.map(toPart), 'key'), error);
  }
}

const toPart = (part: PropertyKey): string | number =>
  typeof part === 'number' ? part : String(part);
