import type { Disclosure, EvidenceRecord, PolicyRequest } from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { PolicyError } from '@spanforge/policy';
import { type LostRequest, openRecordedRequest } from '@spanforge/policy/internal';
import type { PolicyCase } from './case.js';

/** Options for pinning a decision. */
export interface PinOptions {
  /** Default: `decision <id of the record>`. */
  readonly name?: string;
}

/** Reason codes of a bundle; any other comes from a service that could not ask one. */
const DECIDED: ReadonlySet<string> = new Set([
  'rule_triggered',
  'rule_indeterminate',
  'no_matching_rule',
  'default',
]);

const LOST: Readonly<Record<LostRequest['reason'], (name: LostRequest['missing']) => string>> = {
  not_recorded: () => 'its request was not recorded',
  withheld: (name) => `its ${name} ${name === 'args' ? 'are' : 'is'} withheld or erased`,
  altered: () => 'what is disclosed is not what the record commits to',
};

/**
 * Makes a regression case from a past decision: the request to which its record commits, with the
 * facts of the decision, and its verdict.
 *
 * @param disclosures Those of the values the record names, as `readValues` finds them in its trace.
 * @throws {PolicyError} `POLICY_DECISION_UNKNOWN` when the record is not the decision of a bundle, or its
 *   request was not recorded, is withheld, or is not what the record commits to.
 */
export function pinDecision(
  record: EvidenceRecord,
  disclosures: readonly Disclosure[],
  options: PinOptions = {},
): PolicyCase {
  const { name = `decision ${record.id}` } = options;
  const refusalError = (why: string): PolicyError =>
    new PolicyError(
      'POLICY_DECISION_UNKNOWN',
      `the decision ${record.id} cannot be pinned: ${why}`,
      {
        details: { id: record.id },
      },
    );
  if (record.type !== policyDecisionV1.key) throw refusalError('it is not a decision of a policy');
  const { outcome, obligations = [], rules, reasonCode, values } = readBody(record, refusalError);
  if (!DECIDED.has(reasonCode)) throw refusalError(`no bundle decided it (${reasonCode})`);
  const opened = openRecordedRequest(
    values,
    (name, digest) =>
      disclosures.find((one) => one.digest === digest) ??
      disclosures.find((one) => one.name === name),
  );
  if ('reason' in opened) throw refusalError(LOST[opened.reason](opened.missing));
  if (!isRequest(opened.request)) throw refusalError('its request cannot be read');
  const rulesThat = (finding: string): readonly string[] =>
    rules.filter((rule) => rule.finding === finding).map(({ ruleId }) => ruleId);
  const had = (['triggered', 'indeterminate', 'shadow'] as const).map(
    (finding) => [finding, rulesThat(finding)] as const,
  );
  const said = Object.fromEntries(had.filter(([, ids]) => ids.length > 0));
  return {
    name,
    request: opened.request,
    expect: {
      outcome,
      ...said,
      ...(obligations.length === 0 ? {} : { obligations: obligations as never }),
      reasonCode,
    },
  };
}

type Body = ReturnType<typeof policyDecisionV1.fromWire>;

function readBody(record: EvidenceRecord, refuse: (why: string) => PolicyError): Body {
  try {
    return policyDecisionV1.fromWire(record.body);
  } catch {
    throw refuse('its record cannot be read');
  }
}

function isRequest(value: unknown): value is PolicyRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { service, control, time } = value as Partial<PolicyRequest>;
  return typeof service === 'string' && typeof control === 'string' && typeof time === 'number';
}
