import type { PolicyAnswer } from './ask-policy.js';
import type { EvidenceContext, RecordMode } from './context.js';
import { isName } from './names.js';
import type { RecordDraft } from './ports.js';

/**
 * A frozen copy of a context. A context that is already frozen is returned as it is, since the log
 * caches it.
 */
export function frozenContext(context: EvidenceContext): EvidenceContext {
  return context && Object.isFrozen(context) ? context : Object.freeze({ ...context });
}

/** A name that a record can hold; anything else becomes `(invalid)`. */
export function recordableName(value: unknown): string {
  return isName(value) ? value : '(invalid)';
}

/** The parts of the record of a service's decision. */
export interface DecisionRecordParts {
  /** The schema key, such as `spanforge.scope.v1`. */
  readonly type: string;
  readonly context: EvidenceContext;
  /** The payload in wire form. */
  readonly body: unknown;
  readonly mode: RecordMode | undefined;
  readonly stateSize: number | undefined;
  /** The policy's answer, if it was asked. */
  readonly policy: PolicyAnswer | undefined;
}

/** The record of a service's decision, with the bundle that took part in it. */
export function draftDecisionRecord(parts: DecisionRecordParts): RecordDraft {
  const { type, context, body, mode, stateSize, policy } = parts;
  const draft: { -readonly [Part in keyof RecordDraft]: RecordDraft[Part] } = {
    type,
    context,
    body,
  };
  if (mode !== undefined) draft.mode = mode;
  if (stateSize !== undefined) draft.stateSize = stateSize;
  if (policy !== undefined) {
    draft.policy = { id: policy.id, version: policy.version, digest: policy.digest };
  }
  return draft;
}
