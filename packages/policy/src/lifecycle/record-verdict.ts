import type { Appended, DecisionScope, Discloser, PolicyVerdict } from '@spanforge/core-events';
import { type Awaitable, appendTo, within } from '@spanforge/core-events';
import { blocked } from '../decide/decider.js';
import { standsUnrecorded } from './bundle-in-force.js';
import type { DecidedRequest } from './decide-request.js';
import { decisionDraft } from './records.js';
import type { RequestSnapshot } from './request-snapshot.js';

/** A verdict and what appending its record answered; that is absent when it could not be appended. */
export interface AppendedVerdict {
  readonly verdict: PolicyVerdict;
  readonly appended?: Appended;
}

/** Records decisions, and counts those that have no record. */
export interface VerdictRecorder {
  /**
   * Appends a decision. What cannot be recorded is blocked, unless its bundle lets it stand. Never
   * rejects.
   */
  record(
    asked: RequestSnapshot,
    decided: DecidedRequest,
    scope: DecisionScope,
  ): Awaitable<AppendedVerdict>;
  /** Appends what the candidate said; its failure has no effect but to be counted. Never rejects. */
  recordShadow(
    asked: RequestSnapshot,
    decided: DecidedRequest,
    scope: DecisionScope,
  ): Promise<void>;
  /** Decisions that stood without a record, and shadow decisions that have none. */
  missing(): { readonly unrecorded: number; readonly shadowUnrecorded: number };
}

/** What is needed to record decisions. */
export interface VerdictRecorderParts {
  readonly application?: string | undefined;
  readonly disclose: Discloser;
  /** The probability, 0..1, with which a decision like this is drawn for review; undefined when it was not drawn. */
  readonly draw: (verdict: PolicyVerdict) => number | undefined;
  /** How long a decision waits for the record of its shadow. */
  readonly shadowMs: number;
}

function withoutEvidence({ policy }: PolicyVerdict): PolicyVerdict {
  const verdict = blocked('evidence_unavailable', 'The decision could not be recorded.');
  return policy === undefined ? verdict : { ...verdict, policy };
}

/** Creates what records decisions. */
export function createVerdictRecorder(parts: VerdictRecorderParts): VerdictRecorder {
  const { application, disclose, draw, shadowMs } = parts;
  let unrecorded = 0;
  let shadowUnrecorded = 0;
  return {
    record(asked, decided, { recorder, context }) {
      const { verdict, bundle } = decided;
      const recorded = (appended: Appended): AppendedVerdict => {
        const [decisionId] = appended.ids;
        const named = decisionId === undefined ? verdict : { decisionId, ...verdict };
        return { verdict: named, appended };
      };
      const notRecorded = (): AppendedVerdict => {
        if (bundle === undefined || !standsUnrecorded(bundle, verdict)) {
          return { verdict: withoutEvidence(verdict) };
        }
        unrecorded += 1;
        return { verdict };
      };
      const probability = draw(verdict);
      const more = probability === undefined ? {} : { auditProbability: probability };
      try {
        const draft = decisionDraft(asked, decided, context, disclose, { application, ...more });
        const appending = appendTo(recorder, [draft]);
        return appending instanceof Promise
          ? appending.then(recorded).catch(notRecorded)
          : recorded(appending);
      } catch {
        return notRecorded();
      }
    },
    async recordShadow(asked, decided, { recorder, context }) {
      const more = { application, mode: 'shadow' } as const;
      try {
        const draft = decisionDraft(asked, decided, context, disclose, more);
        await within(shadowMs, async () => {
          const { receipts } = await recorder.append([draft]);
          receipts.catch(() => {
            shadowUnrecorded += 1;
          });
        });
      } catch {
        shadowUnrecorded += 1;
      }
    },
    missing: () => ({ unrecorded, shadowUnrecorded }),
  };
}
