import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseActor, parseActorWire } from './actor.js';
import { RbacError, type RbacErrorCode } from './error.js';
import { MAX_INPUT_BYTES } from './limits.js';
import { parsePermissions } from './permissions.js';

function fault(call: () => unknown, code: RbacErrorCode = 'RBAC_ACTOR_INVALID'): unknown {
  try {
    call();
  } catch (error) {
    if (!RbacError.is(error)) throw error;
    expect(error.code).toBe(code);
    return error.details.path;
  }
  throw new Error('was accepted');
}

describe('parseActor', () => {
  it('takes the documented example, with roles nobody defined', () => {
    const actor = {
      actorId: 'case-worker-7',
      roles: ['claims_reviewer'],
      resourceRoles: { claims: ['claims_writer'] },
    };
    expect(parseActor(actor)).toEqual({ ...actor, metadata: {} });
  });

  it('is a frozen copy that gives no role by itself', () => {
    const roles = ['viewer'];
    const actor = parseActor({ actorId: 'a', roles });
    roles.push('admin');
    expect(actor.roles).toEqual(['viewer']);
    expect(Object.isFrozen(actor.roles)).toBe(true);
    expect(parseActor({ actorId: 'a' })).toMatchObject({ roles: [], resourceRoles: {} });
  });

  it.each([
    [{}, '$.actorId'],
    [{ actorId: ' a' }, '$.actorId'],
    [{ actorId: 'a\u200b' }, '$.actorId'],
    [{ actorId: 'a', actor_id: 'b' }, '$.actor_id'],
    [{ actorId: 'a', isAdmin: true }, '$.isAdmin'],
    [{ actorId: 'a', roles: 'admin' }, '$.roles'],
    [{ actorId: 'a', roles: ['x', 'x'] }, '$.roles'],
    [{ actorId: 'a', roles: [''] }, '$.roles.0'],
    [{ actorId: 'a', roles: [['admin']] }, '$.roles.0'],
    [{ actorId: 'a', resourceRoles: { '': ['x'] } }, '$.resourceRoles.'],
    [{ actorId: 'a', metadata: { big: 'x'.repeat(MAX_INPUT_BYTES) } }, '$.metadata.big'],
    [JSON.parse('{"actorId":"a","resourceRoles":{"__proto__":["admin"]}}'), '$'],
    [Object.create({ actorId: 'a' }), '$'],
    [null, '$'],
  ])('refuses what is not an actor (%#)', (value, path) => {
    expect(fault(() => parseActor(value))).toBe(path);
  });

  it('answers any value with an actor or a coded error', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (value) => {
        fault(() => parseActor(value));
        fault(() => parseActorWire(value));
      }),
    );
  });
});

describe('parseActorWire', () => {
  it('reads snake_case and refuses camelCase', () => {
    expect(parseActorWire({ actor_id: 'a', resource_roles: { r: ['x'] } })).toEqual(
      parseActor({ actorId: 'a', resourceRoles: { r: ['x'] } }),
    );
    expect(fault(() => parseActorWire({ actor_id: 'a', resourceRoles: {} }))).toBe(
      '$.resourceRoles',
    );
  });
});

describe('parsePermissions', () => {
  it.each([
    [{ viewer: ['read'] }, '$.viewer'],
    [{ viewer: { claims: 'read' } }, '$.viewer.claims'],
    [{ viewer: { claims: ['read', 'read'] } }, '$.viewer.claims'],
    [{ viewer: { claims: ['category:reed'] } }, '$.viewer'],
    [{ '': {} }, '$.'],
    [JSON.parse('{"__proto__":{"claims":["*"]}}'), '$'],
    [JSON.parse('{"viewer":{"__proto__":["*"]}}'), '$'],
    [new Map(), '$'],
  ])('refuses %#', (value, path) => {
    expect(fault(() => parsePermissions(value), 'RBAC_PERMISSIONS_INVALID')).toBe(path);
  });
});

it('says of permissions that cannot be read where and why, and freezes those that can', () => {
  const error = (value: unknown): unknown => {
    try {
      return parsePermissions(value);
    } catch (thrown) {
      return thrown;
    }
  };
  expect(error({ viewer: { claims: ['category:fly'] } })).toMatchObject({
    code: 'RBAC_PERMISSIONS_INVALID',
    message:
      'permissions: $.viewer: expected actions, "*" or "category:" and one of the five categories',
    details: {
      path: '$.viewer',
      expectation: 'expected actions, "*" or "category:" and one of the five categories',
    },
  });
  expect(error({ viewer: { claims: () => 1 } })).toMatchObject({
    details: { path: '$.viewer.claims', expectation: 'expected plain data of bounded size' },
    cause: expect.any(Error),
  });
  const read = parsePermissions({ viewer: { claims: ['read'] } });
  expect(Object.isFrozen(read.viewer?.claims)).toBe(true);
});
