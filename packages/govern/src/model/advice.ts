import type { RuleFinding } from '@spanforge/core-events';
import { z } from 'zod';
import type { GovernedCall } from './call.js';

/** Whether repeating the call, or making a different one, can have another result. */
export type Finality =
  /** This call stays refused; do not make it again. */
  | 'final'
  /** Calls like this one stay refused for the rest of the run. */
  | 'final_for_run'
  /** Every call of this agent that needs a person's approval stays refused. */
  | 'final_for_agent'
  /** Another call may be allowed: within the bounds, or after what is missing. */
  | 'changeable'
  /** A person decides; then make the same call again. */
  | 'waits'
  /** Something did not answer; the same call may be made again later. */
  | 'retry_later';

/** A numeric bound that the rule's author reveals to agents. Members of a set are never revealed. */
export interface AdviceBound {
  /** Dotted path in the arguments. */
  readonly path: string;
  readonly min?: number;
  readonly max?: number;
}

/** What has to come first: a call that reads something, or a person's confirmation. */
export interface AdviceMissing {
  readonly kind: 'read' | 'confirmation';
  /** Such as the name of the tool that reads it. */
  readonly what: string;
}

/** What the author of a rule reveals to agents about its refusals. */
export interface RuleAdvice {
  readonly bounds?: readonly AdviceBound[];
  readonly missing?: readonly AdviceMissing[];
}

/** Returns what may be revealed about a rule; undefined for nothing. */
export type RuleAdviceFor = (asked: {
  readonly ruleId: string;
  readonly call: GovernedCall;
}) => RuleAdvice | undefined | Promise<RuleAdvice | undefined>;

/** What an agent is told about a call that did not run, beside the reason. */
export interface AgentAdvice {
  readonly finality: Finality;
  readonly bounds: readonly AdviceBound[];
  readonly missing: readonly AdviceMissing[];
  /** All of it in a sentence or two, with no value of any argument in it. */
  readonly text: string;
}

const path = z.string().min(1).max(256);
const schema = z.strictObject({
  bounds: z
    .array(
      z
        .strictObject({ path, min: z.number().optional(), max: z.number().optional() })
        .refine(({ min, max }) => min !== undefined || max !== undefined),
    )
    .max(16)
    .optional(),
  missing: z
    .array(
      z.strictObject({ kind: z.enum(['read', 'confirmation']), what: z.string().min(1).max(256) }),
    )
    .max(16)
    .optional(),
});

/** Parses a rule's `metadata.tell_agent`; undefined when it is not valid advice. */
export function parseRuleAdvice(written: unknown): RuleAdvice | undefined {
  const parsed = schema.safeParse(written);
  return parsed.success ? (parsed.data as RuleAdvice) : undefined;
}

const FINALITY: Readonly<Record<string, Finality>> = {
  evidence_unavailable: 'retry_later',
  log_frozen: 'retry_later',
  control_failed: 'retry_later',
  rule_rejected: 'final_for_run',
  agent_rejected: 'final_for_agent',
  review_rejected: 'final',
  review_expired: 'final',
  repeated_refusal: 'final',
};

const SENTENCE: Readonly<Record<Finality, string>> = {
  final: 'This is final: do not make this call again.',
  final_for_run: 'This is final for the rest of this run: make no call like it again.',
  final_for_agent: 'This is final: a reviewer rejects whatever you would have to ask for.',
  changeable: 'Another call may be allowed.',
  waits: 'A person decides. Make the same call again once it is approved.',
  retry_later: 'This was not decided on its merits: the same call may be made again later.',
};

function describeBound({ path: at, min, max }: AdviceBound): string {
  if (min !== undefined && max !== undefined) return `${at} between ${min} and ${max}`;
  return min === undefined ? `${at} at most ${max}` : `${at} at least ${min}`;
}

const describeMissing = ({ kind, what }: AdviceMissing): string =>
  kind === 'read' ? `first call ${what}` : `first get a confirmation: ${what}`;

async function safely(
  adviceFor: RuleAdviceFor,
  ruleId: string,
  call: GovernedCall,
): Promise<RuleAdvice> {
  try {
    return parseRuleAdvice(await adviceFor({ ruleId, call })) ?? {};
  } catch {
    // Without advice the refusal still stands.
    return {};
  }
}

/** What an agent is told about a call that is refused or held. Never rejects. */
export async function adviseAgent(
  call: GovernedCall,
  status: 'blocked' | 'held',
  reasonCode: string,
  {
    rules,
    adviceFor,
  }: {
    readonly rules: readonly RuleFinding[];
    readonly adviceFor: RuleAdviceFor | undefined;
  },
): Promise<AgentAdvice> {
  const ids = [...new Set(rules.map(({ ruleId }) => ruleId))];
  const told = adviceFor
    ? await Promise.all(ids.map((ruleId) => safely(adviceFor, ruleId, call)))
    : [];
  const bounds = told.flatMap((one) => one.bounds ?? []);
  const missing = told.flatMap((one) => one.missing ?? []);
  const helps = bounds.length > 0 || missing.length > 0;
  const own = status === 'held' ? 'waits' : FINALITY[reasonCode];
  const finality = own ?? (helps ? 'changeable' : 'final');
  const hints = [...new Set([...bounds.map(describeBound), ...missing.map(describeMissing)])];
  const text =
    hints.length === 0
      ? SENTENCE[finality]
      : `${SENTENCE[finality]} It needs: ${hints.join('; ')}.`;
  return { finality, bounds, missing, text };
}
