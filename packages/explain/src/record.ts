import type { Discloser, EvidenceContext, RecordDraft, Recorder } from '@spanforge/core-events';
import { within } from '@spanforge/core-events';
import { explanationV1 } from '@spanforge/core-events/records';
import { ExplainError } from './error.js';
import type { Explanation } from './types.js';

/** The record of an explanation. Its sentences and the output are values beside the record. */
export function draftOf(
  explanation: Omit<Explanation, 'recordId'>,
  output: { readonly value: unknown } | undefined,
  context: EvidenceContext,
  disclose: Discloser,
): RecordDraft {
  const { text, factors, policy, outcome, policyDecisionId: _id, ...plain } = explanation;
  const disclosures = [disclose('text', text)];
  if (output !== undefined) disclosures.push(disclose('output', output.value));
  const body = explanationV1.toWire({
    ...plain,
    policy,
    explainedOutcome: outcome,
    factors: factors.map(({ text: _, ...factor }) => factor),
    values: Object.fromEntries(disclosures.map(({ name, digest }) => [name, digest])),
  } as never);
  const draft: RecordDraft = { type: explanationV1.key, context, body, disclosures };
  if (policy === undefined) return draft;
  const { id, version, digest } = policy;
  return { ...draft, policy: { id, version, digest } };
}

const FIRST_WAIT_MS = 20;

/**
 * Appends through the recorder of a call. The record is durable when this answers, or with the
 * commit of its stage.
 */
async function stageOnce(recorder: Recorder, draft: RecordDraft): Promise<string> {
  const appended = await recorder.append([draft]);
  appended.receipts.catch(() => undefined);
  return appended.ids[0] ?? '';
}

/**
 * Appends, and tries again after a failure, waiting twice as long each time. One time limit covers
 * all attempts. An attempt whose answer was lost does not lead to a second record.
 *
 * @throws {ExplainError} `EXPLAIN_EVIDENCE_UNAVAILABLE`.
 */
export async function appendWithin(
  recorder: Recorder,
  draft: RecordDraft,
  limits: { readonly maxRetries: number; readonly limitMs: number; readonly key?: string },
): Promise<string> {
  const { key } = limits;
  const attempts = async (): Promise<string> => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        if (key === undefined) return await stageOnce(recorder, draft);
        const appended = await recorder.append([draft], { idempotencyKey: key });
        await appended.receipts;
        return appended.ids[0] ?? '';
      } catch (cause) {
        if (key === undefined || attempt >= limits.maxRetries) throw cause;
        await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** attempt));
      }
    }
  };
  try {
    return await within(limits.limitMs, attempts);
  } catch (cause) {
    const message = 'the explanation could not be recorded';
    throw new ExplainError('EXPLAIN_EVIDENCE_UNAVAILABLE', message, { cause });
  }
}
