import type {
  DecisionPoint,
  DecisionScope,
  EvidenceContext,
  PolicyRequest,
  PolicyVerdict,
  Receipt,
} from '@spanforge/core-events';
import { type Awaitable, andThen } from '@spanforge/core-events';
import { createInForceDecider, type InForceParts } from './decide-in-force.js';
import type { DecidedRequest } from './decide-request.js';
import {
  type AppendedVerdict,
  createVerdictRecorder,
  type VerdictRecorderParts,
} from './record-verdict.js';
import { takeSnapshot } from './request-snapshot.js';

/** A request as callers of the service give it: time and environment are optional. */
export type PolicyQuestion = Omit<PolicyRequest, 'time'> & { readonly time?: number };

/** A verdict and its record. */
export interface Evaluation {
  readonly verdict: PolicyVerdict;
  /** Settles when the record is durable; absent when it could not be appended. */
  readonly receipts?: Promise<readonly Receipt[]>;
}

/** Takes decisions, with a record and without. */
export interface DecisionRecorder {
  decide(question: PolicyQuestion): Promise<PolicyVerdict>;
  record(question: PolicyQuestion, scope: DecisionScope): Awaitable<AppendedVerdict>;
  /** See `PolicyDecider.hasSay`. */
  hasSay(point: DecisionPoint): boolean;
  /** See `Policy.hasRule`. */
  hasRule(point: DecisionPoint): Awaitable<boolean>;
  /** Decisions that stood without a record, and shadow decisions that have none. */
  missing(): { readonly unrecorded: number; readonly shadowUnrecorded: number };
}

/** What deciding and recording need, and where decisions without a record belong. */
export interface DecisionRecorderParts extends InForceParts, VerdictRecorderParts {
  readonly context: EvidenceContext;
}

/** Waits for what is under way: the record of the candidate, and counters that are set back. */
async function settle(
  recorded: Awaitable<AppendedVerdict>,
  beside: Promise<void> | undefined,
  { giveBack }: DecidedRequest,
): Promise<AppendedVerdict> {
  const answered = await recorded;
  await beside;
  if (answered.verdict.outcome === 'block') await giveBack();
  return answered;
}

/** Creates what takes decisions: snapshot, decide, record. */
export function createDecisionRecorder(parts: DecisionRecorderParts): DecisionRecorder {
  const { clock } = parts;
  const inForce = createInForceDecider(parts);
  const recorder = createVerdictRecorder(parts);
  return {
    missing: recorder.missing,
    hasSay: inForce.hasSay,
    hasRule: inForce.hasRule,
    async decide(question) {
      const { context } = parts;
      const asked = takeSnapshot(question, { env: context.env, time: clock() });
      const { verdict, giveBack } = await inForce.decide(asked, context);
      if (verdict.outcome === 'block') await giveBack();
      return verdict;
    },
    record(question, scope) {
      const asked = takeSnapshot(question, { env: scope.context.env, time: clock() });
      return andThen(inForce.decideBoth(asked, scope.context), ({ live, shadow }) => {
        // Both are appended before either is waited for: a stage may be committed once we answer.
        const recorded = recorder.record(asked, live, scope);
        const beside = shadow && recorder.recordShadow(asked, shadow, scope);
        const isDone =
          !(recorded instanceof Promise) && !beside && recorded.verdict.outcome !== 'block';
        return isDone ? recorded : settle(recorded, beside, live);
      });
    },
  };
}
