import {
  type Clock,
  type ControlDecision,
  type EvidenceRecord,
  type Obligation,
  type Outcome,
  type PolicyDecider,
  type PolicyRequest,
  systemClock,
} from '@spanforge/core-events';
import {
  createMemoryStore,
  type EvidenceLog,
  type EvidenceStore,
  openEvidenceLog,
} from '@spanforge/core-events/log';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import type { CallContext, CallControl } from '../model/call.js';

/** What the store does with one append: `lost` stores it and then fails. */
export type AppendFault = 'none' | 'fail' | 'lost' | 'hang';

/** A store whose appends can go wrong; faults are asked for after the log has opened. */
export interface FaultyStore {
  readonly store: EvidenceStore;
  /** Decides about the append with this number, counted from 0 since it was set. */
  plan(faults: (n: number) => AppendFault): void;
  /** Lets every append that hangs go on, as if nothing had been. */
  release(): void;
}

export function createFaultyStore(): FaultyStore {
  const store = createMemoryStore();
  let faults: (n: number) => AppendFault = () => 'none';
  let count = 0;
  const hanging: (() => void)[] = [];
  const append: EvidenceStore['append'] = async (groups) => {
    const fault = faults(count);
    count += 1;
    if (fault === 'fail') throw new Error('disk full');
    if (fault === 'hang') await new Promise<void>((resolve) => hanging.push(resolve));
    const results = await store.append(groups);
    if (fault === 'lost') throw new Error('connection lost');
    return results;
  };
  return {
    store: { ...store, append },
    plan(next) {
      faults = next;
      count = 0;
    },
    release() {
      for (const resolve of hanging.splice(0)) resolve();
    },
  };
}

export function openLog(
  store: EvidenceStore = createMemoryStore(),
  clock: Clock = systemClock,
): Promise<EvidenceLog> {
  const origin = 'example.com/govern';
  return openEvidenceLog({ store, origin, writer: 'test', hmac: false, clock });
}

/** Every record of the tests' own tenant, oldest first. */
export async function recordsOf(log: EvidenceLog): Promise<readonly EvidenceRecord[]> {
  return (await log.query({ tenant: 'acme', limit: 1000 })).records;
}

/** The bodies of the records of one type, such as `execution.ended`. */
export async function bodiesOf(
  log: EvidenceLog,
  type: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const records = await recordsOf(log);
  const key = /\.v\d+$/.test(type) ? `spanforge.${type}` : `spanforge.${type}.v1`;
  return records.filter((one) => one.type === key).map((one) => one.body);
}

export const CONTEXT: CallContext = {
  tenant: 'acme',
  project: 'support',
  env: 'test',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'bot',
  actor: 'alice',
};

/** The context of a call with an id of its own, which can be repeated. */
export const CALL: CallContext = { ...CONTEXT, callId: 'call-1' };

export function decision(
  outcome: Outcome,
  obligations: readonly Obligation[] = [],
  reasonCode = outcome as string,
): ControlDecision {
  return { outcome, obligations, reason: `Decided ${outcome}.`, reasonCode };
}

/** A control that records its decision, as a service does, and answers it. */
export function recording(
  answer: (call: Parameters<CallControl>[0]) => ControlDecision,
): CallControl {
  return async (call, recorder) => {
    const given = answer(call);
    const { outcome, reason, reasonCode } = given;
    const body = policyDecisionV1.toWire({
      service: 'test',
      control: 'test',
      outcome,
      matched: true,
      rules: [],
      reason,
      reasonCode,
    });
    await recorder.append([{ type: policyDecisionV1.key, context: call.context, body }]);
    return given;
  };
}

export function constant(outcome: Outcome, obligations: readonly Obligation[] = []): CallControl {
  return recording(() => decision(outcome, obligations));
}

/** A policy that decides by a function and records, as the policy service does. */
export function policyOf(answer: (request: PolicyRequest) => ControlDecision): PolicyDecider {
  return {
    async decide(request, scope) {
      const given = answer(request);
      const { outcome, reason, reasonCode } = given;
      const { service, control } = request;
      const body = policyDecisionV1.toWire({
        service,
        control,
        outcome,
        matched: true,
        rules: [],
        reason,
        reasonCode,
      });
      await scope?.recorder.append([{ type: policyDecisionV1.key, context: scope.context, body }]);
      return { ...given, matched: true, rules: given.rules ?? [] };
    },
  };
}
