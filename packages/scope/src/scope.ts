import {
  createIds,
  isName,
  promised,
  readTyped,
  systemClock,
  WILDCARD,
  within,
} from '@spanforge/core-events';
import { createProjection } from '@spanforge/core-events/log';
import { scopeV1 } from '@spanforge/core-events/records';
import { createScopeControl } from './control.js';
import { conclude, decide, decideCapability, refusal, type ScopeRequest } from './decide.js';
import { type EvaluatorParts, evaluateQuestion, type ScopeQuestion } from './evaluator.js';
import { createEvidenceWriter } from './evidence-writer.js';
import { isPattern } from './names.js';
import { agentsFor, grantsOf } from './queries.js';
import { createRegistrar } from './registrar.js';
import { createManifestRegistry, MANIFEST_TYPE, type ManifestRegistry } from './registry.js';
import { resolveSettings, type ScopeSettings } from './settings.js';
import type { Scope, ScopeCall, ScopeOptions, ScopeResult, ScopeStatus } from './types.js';

const asks = (text: unknown): boolean => isName(text) && !isPattern(text);

function aboutResource(request: ScopeRequest, asksPolicy: boolean): ScopeQuestion {
  const { agentId, resource, action, capability } = request;
  const own =
    capability === undefined
      ? { agentId, resource, action }
      : { agentId, resource, action, capability };
  return {
    request: own,
    wellFormed:
      isName(agentId) &&
      asks(resource) &&
      asks(action) &&
      (capability === undefined || isName(capability)),
    rule: (facts) => decide(facts, own),
    asksPolicy,
  };
}

function aboutCapability(agentId: string, capability: string): ScopeQuestion {
  return {
    request: { agentId, resource: 'capability', action: 'require', capability },
    wellFormed: isName(agentId) && isName(capability),
    rule: (facts) => decideCapability(facts, capability),
    asksPolicy: false,
  };
}

const STATUS = {
  evidence_waiting: 'degraded',
  circuit_open: 'unavailable',
  state_unavailable: 'unavailable',
} as const;

function assemble(options: ScopeOptions, settings: ScopeSettings) {
  const { recorder, reader, policy, clock = systemClock } = options;
  const projection = createProjection<ManifestRegistry>({
    reader,
    types: [MANIFEST_TYPE],
    empty: createManifestRegistry,
    apply: (registry, record) => registry.apply(record),
    clock,
    refreshMs: settings.refreshMs,
    maxLagMs: settings.maxLagMs,
  });
  const writer = createEvidenceWriter({
    ...{ recorder, clock, makeId: options.ids ?? createIds(clock) },
    threshold: settings.cbThreshold,
    resetMs: settings.cbResetSeconds * 1000,
    recordTimeoutMs: settings.recordTimeoutMs,
    maxLateRecords: settings.maxLateRecords,
  });
  const { lookupTimeoutMs } = settings;
  const parts: EvaluatorParts = { projection, writer, recorder, policy, clock, lookupTimeoutMs };
  return parts;
}

/**
 * Creates a scope service over one evidence log. Nothing is read or written before it is asked.
 *
 * @throws {ScopeError} `SCOPE_OPTIONS_INVALID` when a number is out of range.
 */
export function createScope(options: ScopeOptions): Scope {
  const parts = assemble(options, resolveSettings(options));
  const { projection, writer } = parts;
  const { registerAgent, unregister, getManifest, readState } = createRegistrar({
    recorder: options.recorder,
    lookupTimeoutMs: parts.lookupTimeoutMs,
    projection,
    onRecorded: () => void writer.late.flush(),
  });
  let totalChecks = 0;
  let blockedChecks = 0;
  let registeredAgents = 0;

  function counted(result: ScopeResult): ScopeResult {
    if (!result.allowed) blockedChecks += 1;
    return Object.freeze(result);
  }

  /** Only for a caller without types: no request, or no context to record it in. */
  const invalid = (): ScopeResult => counted(conclude(refusal('request_invalid')));

  function check(ask: () => ScopeQuestion, call: ScopeCall): Promise<ScopeResult> {
    totalChecks += 1;
    return promised(() => {
      try {
        const evaluating = evaluateQuestion(parts, ask(), call);
        return evaluating instanceof Promise
          ? evaluating.then(counted, invalid)
          : counted(evaluating);
      } catch {
        return invalid();
      }
    });
  }

  async function reasonNotOk(): Promise<ScopeStatus['reasonCode']> {
    const { breaker, late } = writer;
    try {
      const current = await within(parts.lookupTimeoutMs, () => projection.current());
      registeredAgents = current.state.size;
    } catch {
      return 'state_unavailable';
    }
    if (breaker.state !== 'closed') return 'circuit_open';
    return late.waiting > 0 ? 'evidence_waiting' : undefined;
  }

  async function getStatus(): Promise<ScopeStatus> {
    const reasonCode = await reasonNotOk();
    const { breaker, late } = writer;
    return {
      ...(reasonCode === undefined ? { status: 'ok' } : { status: STATUS[reasonCode], reasonCode }),
      ...{ registeredAgents, totalChecks, blockedChecks, breaker: breaker.state },
      unrecordedChecks: late.waiting,
      unrecordableChecks: late.unrecordable,
    };
  }

  const evaluate: Scope['evaluate'] = (request, call) =>
    check(() => aboutResource(request, false), call);
  const evaluateWithPolicy: Scope['evaluateWithPolicy'] = (request, call) =>
    check(() => aboutResource(request, true), call);
  const asksPolicy = options.policy !== undefined;

  return Object.freeze({
    registerAgent,
    register: registerAgent,
    unregister,
    getManifest,
    evaluate,
    evaluateWithPolicy,
    control: (how) => createScopeControl({ evaluate, evaluateWithPolicy }, { asksPolicy, ...how }),
    requireCapability: ({ agentId, capability }, call) =>
      check(() => aboutCapability(agentId, capability), call),
    whatMay: async (agentId, { tenant }) =>
      grantsOf({ registry: await readState(), tenant }, agentId, parts.clock()),
    whoMay: async (request, { tenant }) =>
      aboutResource({ ...request, agentId: WILDCARD }, false).wellFormed
        ? agentsFor({ registry: await readState(), tenant }, request, parts.clock())
        : [],
    listForTrace: (traceId, where = {}) =>
      readTyped(options.reader, scopeV1, { ...where, traceId }),
    getStatus,
    flush: () => writer.late.flush(),
  } satisfies Scope);
}
