import type { PolicyRequest } from '@spanforge/core-events';
import { compileBundle, type Decider, type PolicyBundle } from '@spanforge/policy';
import { type ReferenceVerdict, referenceDecide } from './reference.js';

/** What is asked of both. */
export interface Question {
  readonly request: PolicyRequest;
  readonly counted: Readonly<Record<string, number>>;
}

/** Two verdicts that should have been one. */
export interface Difference {
  readonly decided: ReferenceVerdict;
  readonly reference: ReferenceVerdict;
}

/** Decides a question twice; `undefined` where decider and reference say the same. */
export function differenceOn(
  bundle: PolicyBundle,
  { request, counted }: Question,
  decider: Decider = compileBundle(bundle),
): Difference | undefined {
  const decided = withoutSentences(decider, request, counted);
  const reference = referenceDecide(bundle, request, counted);
  return print(decided) === print(reference) ? undefined : { decided, reference };
}

function withoutSentences(
  decider: Decider,
  request: PolicyRequest,
  counted: Question['counted'],
): ReferenceVerdict {
  const { outcome, obligations, reasonCode, matched, rules } = decider.decide(
    filled(decider, request, counted),
  );
  return {
    outcome,
    obligations: obligations
      .map((one) => JSON.stringify(one))
      .sort()
      .map((text) => JSON.parse(text)),
    reasonCode,
    matched,
    rules: rules.map(({ reason: _reason, ...rest }) => rest),
  };
}

/** What a service would hand to the decider; a request that cannot be filled is decided as it is. */
function filled(
  decider: Decider,
  request: PolicyRequest,
  counted: Question['counted'],
): PolicyRequest {
  try {
    return decider.withFacts(request, counted);
  } catch {
    return request;
  }
}

/** JSON that keeps apart what it would not, whatever the order of keys. */
function print(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'number' && !Number.isFinite(part)) return `number ${part}`;
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
