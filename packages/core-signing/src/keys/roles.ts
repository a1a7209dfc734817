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

export function readRole(value: unknown): KeyRole {
  if (!ROLES.has(value)) throw invalidKeyError('unknown role', ROLE_MEMBER);
  return value as KeyRole;
}
