import { OUTCOMES, strictness } from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActorRoles } from './actor.js';
import { conclude, decide, type RbacRequest, type RbacRules, refusal } from './decide.js';
import { actionsOf, type Permissions, parsePermissions, permits } from './permissions.js';
import { grantsOf } from './queries.js';
import { createRoleMatrix, STANDARD_ROLE_MATRIX } from './role-matrix.js';
import {
  ACTIONS,
  aMatrix,
  anActor,
  aRequest,
  RESOURCES,
  ROLES,
  somePermissions,
  verdict,
} from './testing/fixtures.js';

const roleMatrix = createRoleMatrix(STANDARD_ROLE_MATRIX);
const rulesWith = (permissions?: Permissions): RbacRules =>
  permissions ? { roleMatrix, permissions: parsePermissions(permissions) } : { roleMatrix };

/** Of the documented categories, as far as the requests below go. */
const CATEGORIES = { read: ['read', 'LIST'], write: ['write', 'delete'] };

/** The same rule, written down as slowly and plainly as possible. */
function grantsByTheBook(
  permissions: Permissions | undefined,
  actor: ActorRoles,
  { resource, action, requiredRoles = [], anyOf }: RbacRequest,
): boolean {
  const own = new Map(Object.entries(actor.resourceRoles));
  const held = [...actor.roles, ...(own.get(resource) ?? []), ...(own.get('*') ?? [])];
  const matrix = new Map(Object.entries(STANDARD_ROLE_MATRIX));
  const roles = new Set(held.flatMap((role) => matrix.get(role) ?? [role]));
  const missing = requiredRoles.filter((role) => !roles.has(role));
  if (requiredRoles.length === 0 && !permissions) return false;
  if (!anyOf && missing.length > 0) return false;
  if (anyOf && requiredRoles.length > 0 && missing.length === requiredRoles.length) return false;
  if (!permissions) return true;
  for (const [role, byResource] of Object.entries(permissions)) {
    if (!roles.has(role)) continue;
    const entries = new Map(Object.entries(byResource));
    const actions = entries.get(resource) ?? entries.get('*') ?? [];
    if (actions.includes('*') || actions.includes(action)) return true;
    for (const [category, named] of Object.entries(CATEGORIES)) {
      if (actions.includes(`category:${category}`) && named.includes(action)) return true;
    }
  }
  return false;
}

describe('decide', () => {
  it('grants exactly what roles and permissions grant', () => {
    const permissions = fc.option(somePermissions, { nil: undefined });
    fc.assert(
      fc.property(permissions, anActor, aRequest, (matrix, actor, request) => {
        const finding = decide(rulesWith(matrix), actor, request);
        expect(finding.granted).toBe(grantsByTheBook(matrix, actor, request));
      }),
      { numRuns: 3000 },
    );
  });

  it('names every role that the actor comes to on the resource, once and sorted', () => {
    const matrix = new Map(Object.entries(STANDARD_ROLE_MATRIX));
    fc.assert(
      fc.property(anActor, aRequest, (actor, request) => {
        const own = new Map(Object.entries(actor.resourceRoles));
        const on = (resource: string) => own.get(resource) ?? [];
        const held = [...actor.roles, ...on(request.resource), ...on('*')];
        const roles = new Set(held.flatMap((role) => [role, ...(matrix.get(role) ?? [])]));
        expect(decide(rulesWith(), actor, request).effectiveRoles).toEqual([...roles].sort());
      }),
    );
  });

  it('says with each code the sentence that goes with it', () => {
    const request = { actorId: 'a', resource: 'claims', action: 'read' };
    const actor = { actorId: 'a', roles: ['viewer'], resourceRoles: {}, metadata: {} };
    expect(decide(rulesWith({ viewer: { claims: ['read'] } }), actor, request)).toEqual({
      granted: true,
      effectiveRoles: ['viewer'],
      reason: 'the roles of the actor grant this action',
      reasonCode: 'granted',
    });
    expect(decide(rulesWith(), undefined, request)).toEqual({
      granted: false,
      effectiveRoles: [],
      reason: 'no roles are registered for this actor',
      reasonCode: 'no_actor',
    });
  });

  it('finds of a role the actions on the resource, else the catch-all, else none', () => {
    fc.assert(
      fc.property(
        somePermissions,
        fc.constantFrom(...ROLES),
        fc.constantFrom(...RESOURCES),
        (permissions, role, resource) => {
          const entries = new Map(
            Object.entries(new Map(Object.entries(permissions)).get(role) ?? {}),
          );
          const expected = entries.get(resource) ?? entries.get('*') ?? [];
          expect(actionsOf(parsePermissions(permissions), role, resource)).toEqual(expected);
        },
      ),
    );
  });

  it('never takes "no required roles" for "anything"', () => {
    fc.assert(
      fc.property(anActor, aRequest, (actor, { requiredRoles: _, ...request }) => {
        const finding = decide(rulesWith(), actor, request);
        expect(finding).toMatchObject({ granted: false, reasonCode: 'nothing_required' });
        expect(decide(rulesWith(), actor, { ...request, requiredRoles: [] }).granted).toBe(false);
      }),
    );
  });

  it('checks actor, then roles, then permissions', () => {
    const request = { actorId: 'a', resource: 'claims', action: 'read', requiredRoles: ['viewer'] };
    const actor = (roles: string[]) => ({ actorId: 'a', roles, resourceRoles: {}, metadata: {} });
    const rules = rulesWith({ editor: { claims: ['read'] } });
    expect(decide(rules, undefined, request).reasonCode).toBe('no_actor');
    expect(decide(rules, actor([]), request).reasonCode).toBe('role_missing');
    expect(decide(rules, actor(['viewer']), request).reasonCode).toBe('permission_missing');
    expect(decide(rules, actor(['admin']), request).reasonCode).toBe('granted');
  });
});

describe('more never means less', () => {
  const grants =
    (matrix: typeof roleMatrix, permissions: Permissions | undefined) =>
    (actor: ActorRoles, request: RbacRequest): boolean =>
      decide(
        permissions ? { roleMatrix: matrix, permissions } : { roleMatrix: matrix },
        actor,
        request,
      ).granted;
  const given = fc.option(somePermissions, { nil: undefined });
  const more = fc.record({
    role: fc.constantFrom(...ROLES),
    on: fc.constantFrom(...RESOURCES, '*'),
  });

  it('a further role takes no permission away, on one resource or everywhere', () => {
    fc.assert(
      fc.property(given, anActor, aRequest, more, (permissions, actor, request, { role, on }) => {
        const may = grants(roleMatrix, permissions);
        if (!may(actor, request)) return;
        const roles = [...new Set([...actor.roles, role])];
        expect(may({ ...actor, roles }, request)).toBe(true);
        const here = Object.hasOwn(actor.resourceRoles, on) ? actor.resourceRoles[on] : [];
        const resourceRoles = { ...actor.resourceRoles, [on]: [...(here ?? []), role] };
        expect(may({ ...actor, resourceRoles }, request)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('a role that includes further roles can do at least as much', () => {
    const twoRoles = fc.tuple(fc.constantFrom(...ROLES), fc.constantFrom(...ROLES));
    let compared = 0;
    fc.assert(
      fc.property(
        given,
        aMatrix,
        anActor,
        aRequest,
        twoRoles,
        (permissions, matrix, actor, request, [role, on]) => {
          const wider = { ...matrix, [role]: [...new Set([...(own(matrix, role) ?? []), on])] };
          const read = (value: object) => {
            try {
              return createRoleMatrix(value);
            } catch {
              return undefined;
            }
          };
          const [before, after] = [read(matrix), read(wider)];
          if (!before || !after || !grants(before, permissions)(actor, request)) return;
          compared += 1;
          expect(grants(after, permissions)(actor, request)).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
    expect(compared).toBeGreaterThan(50);
  });
});

const own = (matrix: Readonly<Record<string, readonly string[]>>, key: string) =>
  Object.hasOwn(matrix, key) ? matrix[key] : undefined;

describe('grantsOf', () => {
  it('says the same as decide, for every resource and action', () => {
    fc.assert(
      fc.property(somePermissions, anActor, (permissions, actor) => {
        const rules = rulesWith(permissions);
        const grants = grantsOf(rules, actor);
        for (const resource of RESOURCES) {
          // A resource without a line of its own is what the lines for "*" are about.
          const line = isNamed(permissions, actor, resource) ? resource : '*';
          for (const action of ACTIONS) {
            const listed = grants.some(
              (grant) =>
                grant.resource === line &&
                permits({ r: { x: [grant.action] } }, ['r'], 'x', action),
            );
            const { granted } = decide(rules, actor, { actorId: 'a', resource, action });
            expect(listed).toBe(granted);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

const isNamed = (permissions: Permissions, actor: ActorRoles, resource: string): boolean =>
  Object.hasOwn(actor.resourceRoles, resource) ||
  Object.values(permissions).some((byResource) => Object.hasOwn(byResource, resource));

describe('conclude', () => {
  it('blocks what a policy answers with no outcome there is', () => {
    const granted = { granted: true, effectiveRoles: ['a'], reason: '', reasonCode: 'granted' };
    const odd = verdict({ outcome: 'alow' as 'allow' });
    expect(conclude(granted as ReturnType<typeof decide>, odd)).toMatchObject({
      ...{ outcome: 'block', allowed: false, reasonCode: 'policy_unavailable' },
      effectiveRoles: [],
    });
  });

  it('hands out a decision, and nothing else of a verdict', () => {
    const request = { actorId: 'a', resource: 'claims', action: 'read' };
    const actor = { actorId: 'a', roles: ['viewer'], resourceRoles: {}, metadata: {} };
    const granted = decide(rulesWith({ viewer: { claims: ['read'] } }), actor, request);
    const own = { reason: 'the roles of the actor grant this action', reasonCode: 'granted' };
    const roles = { effectiveRoles: ['viewer'] };
    expect(conclude(granted)).toEqual({
      ...{ outcome: 'allow', obligations: [], ...own, allowed: true, ...roles },
    });
    expect(conclude(granted, verdict({ outcome: 'block' }))).toEqual({
      ...{ outcome: 'block', obligations: [], reason: 'a rule said so', reasonCode: 'rule' },
      ...{ allowed: false, ...roles },
    });
    const denied = {
      reason: 'the registered roles cannot be read',
      reasonCode: 'store_unavailable',
    };
    expect(conclude(refusal('store_unavailable'))).toEqual({
      ...{ outcome: 'block', obligations: [], ...denied, allowed: false, effectiveRoles: [] },
    });
  });

  const decided = fc
    .tuple(somePermissions, anActor, aRequest)
    .map(([permissions, actor, request]) => decide(rulesWith(permissions), actor, request));

  it('never softens a grant, and blocks what the roles deny', () => {
    fc.assert(
      fc.property(decided, fc.constantFrom(...OUTCOMES), (finding, outcome) => {
        const obligations = [{ kind: 'redact', target: 'args', path: 'card' }] as const;
        const decision = conclude(finding, verdict({ outcome, obligations }));
        expect(decision.obligations).toEqual(obligations);
        if (finding.granted) {
          expect(strictness(decision.outcome)).toBeGreaterThanOrEqual(strictness(outcome));
          expect(decision.allowed).toBe(!['human_review', 'block'].includes(outcome));
        } else {
          expect(decision.allowed).toBe(false);
          expect(decision.outcome).toBe('block');
        }
      }),
    );
  });

  it('lets nothing soften the refusal of an unknown actor', () => {
    const request = { actorId: 'a', resource: 'claims', action: 'read', requiredRoles: ['viewer'] };
    for (const outcome of OUTCOMES) {
      const finding = decide(rulesWith(), undefined, request);
      expect(conclude(finding, verdict({ outcome })).outcome).toBe('block');
    }
  });
});
