import { isName } from '../name.js';
import { invalidKeyError } from './jwk.js';
import type { KeyRole } from './types.js';

const ROLES: ReadonlySet<unknown> = new Set<KeyRole>([
  'log',
  'package',
  'root',
  'record',
  'witness',
]);

/** The member of a published JWK that names its role. */
export const ROLE_MEMBER = 'spanforge_role';

/** The member of a published JWK that names the log whose key it is. */
export const ORIGIN_MEMBER = 'spanforge_origin';

/** @throws {SigningError} `SIGNING_KEY_INVALID` for what cannot be the name of a log. */
export function readOrigin(value: unknown): string | undefined {
  if (value === undefined || isName(value)) return value;
  throw invalidKeyError('no name of a log', ORIGIN_MEMBER);
}

export function readRole(value: unknown): KeyRole {
  if (!ROLES.has(value)) throw invalidKeyError('unknown role', ROLE_MEMBER);
  return value as KeyRole;
}
