import { createTimeLimit, promised, readTyped, systemClock, within } from '@spanforge/core-events';
import { createProjection } from '@spanforge/core-events/log';
import { rbacV1 } from '@spanforge/core-events/records';
import { type AuthorizerParts, authorizeRequest } from './authorizer.js';
import { createRbacControl } from './control.js';
import { conclude, type RbacRequest, type RbacRules, refusal } from './decide.js';
import { parsePermissions } from './permissions.js';
import { actorsFor, grantsOf } from './queries.js';
import { createRegistrar, stateUnavailableError } from './registrar.js';
import { ACTOR_TYPE, type ActorRegistry, createActorRegistry } from './registry.js';
import { createReviewerCheck } from './reviewers.js';
import { createRoleMatrix, STANDARD_ROLE_MATRIX } from './role-matrix.js';
import { resolveSettings } from './settings.js';
import type { Rbac, RbacCall, RbacOptions, RbacResult, RbacStatus } from './types.js';

function assemble(options: RbacOptions): AuthorizerParts {
  const settings = resolveSettings(options);
  const { recorder, reader, policy, clock = systemClock } = options;
  const roleMatrix = createRoleMatrix(options.roleMatrix ?? STANDARD_ROLE_MATRIX);
  const rules: RbacRules =
    options.permissions === undefined
      ? { roleMatrix }
      : { roleMatrix, permissions: parsePermissions(options.permissions) };
  const projection = createProjection<ActorRegistry>({
    reader,
    types: [ACTOR_TYPE],
    empty: createActorRegistry,
    apply: (registry, record) => registry.apply(record),
    clock,
    refreshMs: settings.refreshMs,
    maxLagMs: settings.maxLagMs,
  });
  const { lookupTimeoutMs } = settings;
  const recordLimit = createTimeLimit(settings.recordTimeoutMs);
  return { rules, projection, recorder, policy, clock, lookupTimeoutMs, recordLimit };
}

/**
 * Creates a role service over one evidence log. Nothing is read or written before it is asked.
 *
 * @throws {RbacError} `RBAC_OPTIONS_INVALID`, `RBAC_ROLE_MATRIX_INVALID`, `RBAC_ROLE_CYCLE`,
 *   `RBAC_PERMISSIONS_INVALID`.
 */
export function createRbac(options: RbacOptions): Rbac {
  const parts = assemble(options);
  const { rules, projection } = parts;
  const { registerActor, unregister } = createRegistrar(parts);
  const counts = { totalChecks: 0, blockedChecks: 0, unrecordedChecks: 0 };
  let registeredActors = 0;
  let writing = true;

  function count(result: RbacResult): RbacResult {
    writing = result.recordId !== undefined;
    if (!writing) counts.unrecordedChecks += 1;
    if (!result.allowed) counts.blockedChecks += 1;
    return Object.freeze(result);
  }
  // Only a caller without types is refused here: no request, or no context to record it in.
  const refuse = (): RbacResult => count(conclude(refusal('request_invalid')));

  function check(request: RbacRequest, call: RbacCall, asksPolicy: boolean): Promise<RbacResult> {
    counts.totalChecks += 1;
    return promised(() => {
      try {
        const authorizing = authorizeRequest(parts, request, call, asksPolicy);
        return authorizing instanceof Promise
          ? authorizing.then(count, refuse)
          : count(authorizing);
      } catch {
        return refuse();
      }
    });
  }

  const readState = (): Promise<ActorRegistry> =>
    within(parts.lookupTimeoutMs, () => projection.current()).then(
      ({ state }) => state,
      (cause: unknown) => {
        throw stateUnavailableError(cause);
      },
    );

  async function reasonNotOk(): Promise<RbacStatus['reasonCode']> {
    try {
      registeredActors = (await readState()).size;
      return writing ? undefined : 'evidence_unavailable';
    } catch {
      return 'state_unavailable';
    }
  }

  async function getStatus(): Promise<RbacStatus> {
    const reasonCode = await reasonNotOk();
    const how =
      reasonCode === undefined
        ? ({ status: 'ok' } as const)
        : ({ status: 'unavailable', reasonCode } as const);
    return { ...how, registeredActors, ...counts };
  }

  const authorize: Rbac['authorize'] = (request, call) => check(request, call, false);
  const authorizeWithPolicy: Rbac['authorizeWithPolicy'] = (request, call) =>
    check(request, call, true);
  const asksPolicy = options.policy !== undefined;

  return Object.freeze({
    registerActor,
    register: registerActor,
    unregister,
    getActor: async (actorId, { tenant }) => (await readState()).find(tenant, actorId),
    authorize,
    authorizeWithPolicy,
    control: (how) => createRbacControl({ authorize, authorizeWithPolicy }, { asksPolicy, ...how }),
    reviewers: () => createReviewerCheck(rules.roleMatrix, readState),
    async whatMay(actorId, { tenant }) {
      const actor = (await readState()).find(tenant, actorId);
      return actor === undefined ? [] : grantsOf(rules, actor);
    },
    whoMay: async (asked, { tenant }) => actorsFor(rules, (await readState()).list(tenant), asked),
    listForTrace: (traceId, where = {}) => readTyped(options.reader, rbacV1, { ...where, traceId }),
    getStatus,
  } satisfies Rbac);
}
