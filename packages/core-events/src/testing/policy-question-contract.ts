import type { EvidenceContext, RecordMode } from '../context.js';
import { openEvidenceLog } from '../log/evidence-log.js';
import { createMemoryStore } from '../log/memory-store.js';
import type { EvidenceLog } from '../log/types.js';
import type { PolicyDecider, PolicyVerdict } from '../policy-port.js';
import type { Recorder } from '../ports.js';
import { policyDecisionV1 } from '../records/policy-decision-v1.js';
import type { TestApi } from './store-contract.js';

const CONTEXT: EvidenceContext = {
  tenant: 'acme',
  project: 'claims',
  env: 'prod',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'claims-agent',
  actor: 'ann',
  source: 'test@1.0.0',
};

/** The context of one call, and how it is recorded. */
export interface QuestionCall {
  readonly context: EvidenceContext;
  readonly recorder?: Recorder;
  readonly mode?: RecordMode;
}

/** A service with a policy, reduced to one request that it decides with and without that policy. */
export interface PolicyQuestioner {
  /**
   * Decides with the policy; resolves to the id of the policy's decision, as returned by the
   * service.
   */
  ask(call: QuestionCall): Promise<string | undefined>;
  /** Decides the same without asking the policy. */
  decideAlone(call: QuestionCall): Promise<unknown>;
}

/** Options of the contract for a service. */
export interface PolicyQuestionOptions extends TestApi {
  /** The point the service asks about. */
  readonly service: string;
  readonly control: string;
  /** True when the service does not ask a policy whose `hasSay` answers false. */
  readonly heedsSay: boolean;
  /** True when a call of this service has a mode; explanations and lineage have none. */
  readonly hasMode: boolean;
  /** Makes the service over a log and a policy, ready for its request. */
  readonly open: (parts: {
    readonly log: EvidenceLog;
    readonly policy: PolicyDecider;
    readonly context: EvidenceContext;
  }) => PolicyQuestioner | Promise<PolicyQuestioner>;
}

/** A policy that always gives the same answer, and records its decision through the given scope. */
export function aRecordingPolicy(
  parts: Partial<PolicyVerdict> = {},
  hasSay?: boolean,
): PolicyDecider {
  const verdict: PolicyVerdict = {
    ...{ outcome: 'allow+log', matched: true, reason: 'r', reasonCode: 'c' },
    ...{ obligations: [], rules: [] },
    policy: { id: 'p', version: '1', digest: '01'.repeat(32) },
    ...parts,
  };
  return {
    ...(hasSay === undefined ? {} : { hasSay: () => hasSay }),
    async decide({ service, control }, scope) {
      const { outcome, matched, reason, reasonCode } = verdict;
      const body = { service, control, outcome, matched, rules: [], reason, reasonCode };
      const type = policyDecisionV1.key;
      const draft = {
        type,
        context: scope?.context ?? CONTEXT,
        body: policyDecisionV1.toWire(body),
      };
      const decisionId = (await scope?.recorder.append([draft]))?.ids[0];
      return decisionId === undefined ? verdict : { ...verdict, decisionId };
    },
  };
}

async function openQuestioner({ open }: PolicyQuestionOptions, hasSay?: boolean) {
  const store = createMemoryStore();
  const log = await openEvidenceLog({ store, origin: 'a/b', writer: 't', hmac: false });
  const policy = aRecordingPolicy({}, hasSay);
  const questioner = await open({ log, policy, context: CONTEXT });
  const decisions = async () => (await log.query({ types: [policyDecisionV1.key] })).records;
  return { log, questioner, decisions };
}

/**
 * Registers the tests that every service with a policy must pass: one question is one recorded
 * decision of the policy, in the context, the recorder and the mode of the call.
 *
 * Works with any test runner: `describe`, `it` and `expect` are passed in.
 */
export function policyQuestionContract(options: PolicyQuestionOptions): void {
  const { describe, it, expect, service, control, heedsSay, hasMode } = options;
  const call: QuestionCall = { context: CONTEXT };
  describe('policy question contract', () => {
    it('one question is one decision, recorded before the answer, and the answer names it', async () => {
      const { questioner, decisions } = await openQuestioner(options);
      const decisionId = await questioner.ask(call);
      const [decision, ...others] = await decisions();
      expect(others).toEqual([]);
      expect(decision?.id).toEqual(decisionId);
      expect(typeof decisionId).toEqual('string');
      const body = policyDecisionV1.fromWire(decision?.body);
      expect({ service: body.service, control: body.control }).toEqual({ service, control });
      expect(decision?.context).toEqual(CONTEXT);
      await questioner.decideAlone(call);
      expect((await decisions()).length).toEqual(1);
    });

    it('is staged with the rest of the call', async () => {
      const { log, questioner, decisions } = await openQuestioner(options);
      const stage = log.stage();
      await questioner.ask({ ...call, recorder: stage });
      expect(await decisions()).toEqual([]);
      await stage.commit();
      expect((await decisions()).length).toEqual(1);
    });

    const itWithMode = hasMode ? it : () => undefined;
    itWithMode('is recorded in the mode of the call, through a stage too', async () => {
      const { log, questioner, decisions } = await openQuestioner(options);
      await questioner.ask({ ...call, mode: 'shadow' });
      const stage = log.stage();
      await questioner.ask({ ...call, recorder: stage, mode: 'shadow' });
      await stage.commit();
      expect((await decisions()).map(({ mode }) => mode)).toEqual(['shadow', 'shadow']);
    });

    const itWithSay = heedsSay ? it : () => undefined;
    itWithSay('is not asked where the policy has no say', async () => {
      const { questioner, decisions } = await openQuestioner(options, false);
      await questioner.ask(call);
      expect(await decisions()).toEqual([]);
    });
  });
}
