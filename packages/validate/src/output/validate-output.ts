import {
  type Clock,
  type Discloser,
  policyHasSay,
  type RecordDraft,
  within,
} from '@spanforge/core-events';
import { validateV1 } from '@spanforge/core-events/records';
import { z } from 'zod';
import type { OutputDecision } from '../output-decision.js';
import type { ValidateSettings } from '../settings.js';
import type { OutputInput, OutputResult, ValidateCall, ValidateOptions } from '../types.js';
import { askAboutOutput, OUTPUT_QUESTION } from './ask-policy.js';
import { type Corrected, correctOutput } from './correct-output.js';
import { decideAlone, decideWith, refusal } from './decide.js';
import { type DraftParts, draftOutput } from './draft-output.js';
import { type CompiledSchema, compileSchema } from './json-schema.js';

/** The parts needed to validate outputs. */
export interface OutputParts {
  readonly options: ValidateOptions;
  readonly settings: ValidateSettings;
  readonly clock: Clock;
  readonly disclose: Discloser;
}

const inputSchema = z.strictObject({
  output: z.unknown(),
  schema: z.unknown().optional(),
  json: z.boolean().optional(),
  confidence: z.number().optional(),
  correct: z.custom((value) => typeof value === 'function').optional(),
});

const NONE: Corrected = {
  check: { value: undefined, violations: [], findings: [] },
  ...{ confidence: undefined, passes: [], checks: [] },
};

const inRange = (value: number | undefined): value is number =>
  value !== undefined && value >= 0 && value <= 1;

async function decide(
  { options, settings, clock }: OutputParts,
  { check, confidence, passes }: Corrected,
  { call, asks }: { readonly call: ValidateCall; readonly asks: boolean },
): Promise<OutputDecision> {
  const { violations, findings } = check;
  const alone = decideAlone(violations, findings, settings.outcomes);
  const point = { ...OUTPUT_QUESTION, context: call.context };
  if (!asks || !policyHasSay(options.policy, point)) return alone;
  const count = (prefix: string) => violations.filter(({ rule }) => rule.startsWith(prefix)).length;
  const heard = await askAboutOutput(options.policy, settings.policyTimeoutMs, {
    scope: { recorder: call.recorder ?? options.recorder, context: call.context },
    mode: call.mode,
    observed: inRange(confidence) ? confidence : undefined,
    facts: {
      valid: violations.length === 0,
      violations: violations.length,
      schema_violations: count('schema.'),
      personal_data: count('pii.'),
      secrets: count('secret.'),
      corrections: passes.length,
    },
    nowMs: clock(),
  });
  if (heard === undefined) {
    return { ...refusal('policy_unavailable'), obligations: alone.obligations };
  }
  const { verdict, decisionId } = heard;
  const decision = decideWith(alone, verdict);
  return decisionId === undefined ? decision : { ...decision, policyDecisionId: decisionId };
}

function draftsOf(
  corrected: Corrected,
  decision: OutputDecision,
  { settings, draft }: { readonly settings: ValidateSettings; readonly draft: DraftParts },
): readonly RecordDraft[] {
  const { outcome, obligations, reason, reasonCode, policy } = decision;
  const { confidence } = corrected;
  return draftOutput(
    corrected,
    {
      ...(inRange(confidence) ? { confidence } : {}),
      ...(settings.minConfidence === undefined
        ? {}
        : { confidenceThreshold: settings.minConfidence }),
      ...{ outcome, reason, reasonCode, policy },
      obligations: obligations.length === 0 ? undefined : [...obligations],
    } as Parameters<typeof draftOutput>[1],
    draft,
  );
}

async function append(
  { options, settings }: OutputParts,
  drafts: readonly RecordDraft[],
  { recorder = options.recorder }: ValidateCall,
): Promise<string | undefined> {
  try {
    const appended = await within(settings.recordTimeoutMs, () => recorder.append(drafts));
    appended.receipts.catch(() => undefined);
    return appended.ids.at(-1);
  } catch {
    return undefined;
  }
}

async function conclude(
  parts: OutputParts,
  corrected: Corrected,
  {
    call,
    decision,
    names,
  }: {
    readonly call: ValidateCall;
    readonly decision: OutputDecision;
    readonly names: ReadonlySet<string>;
  },
): Promise<OutputResult> {
  const { settings, disclose } = parts;
  const draft: DraftParts = { call, names, disclose };
  let said = decision;
  let drafts = draftsOf(corrected, said, { settings, draft });
  if (!validateV1.schema.safeParse(drafts.at(-1)?.body).success) {
    // An answer of a policy without a record does not count.
    said = refusal('policy_unavailable');
    drafts = draftsOf(corrected, said, { settings, draft });
  }
  const recordId = await append(parts, drafts, call);
  const { check, confidence, passes } = corrected;
  const unrecorded = { ...said, ...refusal('evidence_unavailable'), obligations: said.obligations };
  return Object.freeze({
    valid: check.violations.length === 0 && said.reasonCode !== 'request_invalid',
    output: check.value,
    ...(inRange(confidence) ? { confidence } : {}),
    ...{ violations: check.violations, findings: check.findings, corrections: passes.length },
    ...(recordId === undefined ? unrecorded : { ...said, recordId }),
  });
}

/** Validates, decides and records one output. Rejects only for a schema that cannot be used. */
export async function validateOutput(
  parts: OutputParts,
  given: OutputInput,
  how: { readonly call: ValidateCall; readonly asks: boolean },
): Promise<OutputResult> {
  const parsed = inputSchema.safeParse(given);
  const { call } = how;
  if (!parsed.success) {
    return conclude(parts, NONE, { call, decision: refusal('request_invalid'), names: new Set() });
  }
  const schema: CompiledSchema | undefined =
    given.schema === undefined ? undefined : compileSchema(given.schema);
  const { settings } = parts;
  const corrected = await correctOutput(
    given,
    {
      schema,
      json: given.json ?? false,
      minConfidence: settings.minConfidence,
      detect: settings.detect,
    },
    settings,
  );
  const decision = await decide(parts, corrected, how);
  return conclude(parts, corrected, { call, decision, names: schema?.names ?? new Set() });
}
