import { type ActorRoles, type Permissions, parseActor, parsePermissions } from '@spanforge/rbac';
import { readYaml, YamlError } from '@spanforge/yaml';
import { z } from 'zod';
import { CliError } from '../error.js';
import { readText } from './read.js';

const MAX_BYTES = 256 * 1024;

/** Who has which roles, and what a role may do. */
export interface RolesFile {
  readonly actors: readonly ActorRoles[];
  readonly permissions: Permissions;
}

const schema = z.strictObject({
  permissions: z.record(z.string(), z.unknown()),
  actors: z.array(
    z.strictObject({
      actor_id: z.string(),
      roles: z.array(z.string()).default([]),
      resource_roles: z.record(z.string(), z.array(z.string())).default({}),
    }),
  ),
});

function invalidError(file: string, why: string, cause: unknown): CliError {
  const details = { file };
  return new CliError('CLI_INPUT_INVALID', `${file}: ${why}`, { details, cause });
}

function readValue(text: string, file: string): unknown {
  try {
    return readYaml(text, { maxBytes: MAX_BYTES }).value;
  } catch (cause) {
    const [problem] = YamlError.is(cause) ? cause.problems : [];
    if (problem === undefined) throw cause;
    const { line, column, message } = problem;
    throw invalidError(file, `${line}:${column}: ${message}`, cause);
  }
}

/**
 * Reads the roles of actors and the permissions of roles from one YAML file.
 *
 * @throws {CliError} `CLI_FILE_UNREADABLE`; `CLI_INPUT_INVALID` with the file and what is wrong in it.
 * @throws {RbacError} `RBAC_ACTOR_INVALID`, `RBAC_PERMISSIONS_INVALID`.
 */
export async function readRoles(file: string): Promise<RolesFile> {
  const parsed = schema.safeParse(readValue(await readText(file, MAX_BYTES), file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = (issue?.path ?? []).map(String).join('.');
    throw invalidError(file, `${path}: ${issue?.message}`, parsed.error);
  }
  const { actors, permissions } = parsed.data;
  return {
    permissions: parsePermissions(permissions),
    actors: actors.map(({ actor_id: actorId, roles, resource_roles: resourceRoles }) =>
      parseActor({ actorId, roles, resourceRoles }),
    ),
  };
}
