import type { EvidenceRecord } from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { canonicalize, fromUtf8 } from '@spanforge/core-signing';
import type { EvidencePackage } from '../package/members.js';
import { objectOf, textOf } from '../trace/body.js';
import type { RederivedDecision, VerificationLedger } from './report.js';
import type { DisclosedValues } from './values.js';

/** The verdict of a policy, with the wire names of a decision record. */
export interface RederivedVerdict {
  readonly outcome: string;
  readonly obligations: readonly unknown[];
  readonly matched: boolean;
  readonly reason: string;
  readonly reason_code: string;
  readonly rules: readonly unknown[];
}

/**
 * Takes a decision again, from the text of the bundle that decided and its request. Throws when it
 * cannot read the bundle.
 */
export type PolicyRederiver = (bundle: string, request: unknown) => RederivedVerdict;

const NAME = 'rederivation';
const MAX_LISTED = 1000;

/** Reason codes of the service's own `block` when it could not ask a bundle. */
const NOT_ASKED: ReadonlySet<string> = new Set([
  'state_unavailable',
  'policy_unreadable',
  'request_unreadable',
  'environment_mismatch',
  'evidence_unavailable',
  'counter_unavailable',
  'policy_error',
  'unbundled',
]);

/** No bundle was in force; the outcome then comes from an option of the service. */
const NO_BUNDLE = 'no_active_bundle';

type Body = EvidenceRecord['body'];

/** A `block` of the service itself, without rules, cannot be taken again; any other content under such a reason code is forged. */
function judgeUnasked({ body, policy }: EvidenceRecord): readonly string[] | undefined {
  const code = textOf(body, 'reason_code') ?? '';
  const unasked = NOT_ASKED.has(code);
  if (!unasked && !(code === NO_BUNDLE && policy === undefined)) return undefined;
  const made = [
    ...(unasked && body.outcome !== 'block' ? ['outcome'] : []),
    ...(Array.isArray(body.rules) && body.rules.length > 0 ? ['rules'] : []),
  ];
  return made;
}

/** Reads the request, with the arguments and the result that the record names by digest. */
function readRequest(
  body: Body,
  opened: DisclosedValues,
): { readonly request: unknown } | { readonly missing: readonly string[] } {
  const values = objectOf(body, 'values') ?? {};
  const missing = ['request', 'args', 'result'].filter((name) => {
    const digest = textOf(values, name);
    return digest === undefined ? name === 'request' : !opened.has(digest);
  });
  if (missing.length > 0) return { missing };
  const openedValue = (name: string) => opened.get(textOf(values, name) ?? '')?.value;
  const asked = openedValue('request');
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) {
    return { missing: ['request'] };
  }
  const args = textOf(values, 'args') === undefined ? {} : { args: openedValue('args') };
  if (textOf(values, 'result') === undefined) return { request: { ...asked, ...args } };
  const facts = objectOf(asked as Readonly<Record<string, unknown>>, 'facts') ?? {};
  return { request: { ...asked, ...args, facts: { result: openedValue('result'), ...facts } } };
}

const PARTS = ['outcome', 'obligations', 'matched', 'reason', 'reason_code', 'rules'] as const;

/** The parts of a record that differ from the policy's verdict. */
function differences(body: Body, verdict: RederivedVerdict): readonly string[] {
  return PARTS.filter((part) => {
    const recorded = body[part] ?? (part === 'obligations' ? [] : null);
    return canonicalize(recorded) !== canonicalize(verdict[part]);
  });
}

/** The parts of a record that contradict its own request. */
function contradictions({ body, context }: EvidenceRecord, request: unknown): readonly string[] {
  const asked = request as Readonly<Record<string, unknown>>;
  const repeated = ['service', 'control', 'tool', 'resource', 'action', 'observed'].filter(
    (part) => canonicalize(body[part] ?? null) !== canonicalize(asked[part] ?? null),
  );
  const agent = objectOf(asked, 'agent');
  const actor = objectOf(asked, 'actor');
  return [
    ...repeated,
    ...(asked.env === context.env ? [] : ['env']),
    ...(agent && textOf(agent, 'id') !== context.agent ? ['agent'] : []),
    ...(actor && textOf(actor, 'id') !== context.actor ? ['actor'] : []),
  ];
}

/** Takes one decision again, by the bundles under `policy/` and the values that are open. */
export function takeAgain(
  record: EvidenceRecord,
  pkg: EvidencePackage,
  opened: DisclosedValues,
  rederive: PolicyRederiver,
): RederivedDecision {
  const { index, id, body, policy } = record;
  const place = { index, id };
  const madeUp = judgeUnasked(record);
  if (madeUp !== undefined) {
    if (madeUp.length > 0) return { ...place, status: 'different', parts: madeUp };
    return { ...place, status: 'not_rederivable', missing: ['policy'] };
  }
  const bundle = policy && pkg.get(`policy/${policy.digest}.json`);
  const read = readRequest(body, opened);
  const missing = [...(bundle ? [] : ['policy']), ...('missing' in read ? read.missing : [])];
  if (!bundle || !('request' in read)) return { ...place, status: 'not_rederivable', missing };
  let verdict: RederivedVerdict;
  try {
    verdict = rederive(fromUtf8(bundle), read.request);
  } catch {
    return { ...place, status: 'not_rederivable', missing: ['policy_unreadable'] };
  }
  const parts = [...differences(body, verdict), ...contradictions(record, read.request)];
  return parts.length === 0
    ? { ...place, status: 'same' }
    : { ...place, status: 'different', parts };
}

/** Takes every policy decision of a package again whose bundle and values are disclosed. */
export function checkRederivation(
  pkg: EvidencePackage,
  records: readonly EvidenceRecord[],
  opened: DisclosedValues,
  rederive: PolicyRederiver,
  ledger: VerificationLedger,
): void {
  const counts = { same: 0, different: 0, notRederivable: 0 };
  const decisions: RederivedDecision[] = [];
  for (const record of records) {
    if (record.type !== policyDecisionV1.key) continue;
    const decision = takeAgain(record, pkg, opened, rederive);
    counts[decision.status === 'not_rederivable' ? 'notRederivable' : decision.status] += 1;
    if (decision.status !== 'same' && decisions.length < MAX_LISTED) decisions.push(decision);
    if (decision.status !== 'different') continue;
    ledger.fail('invalid', NAME, {
      index: record.index,
      reason: `decision_differs:${decision.parts.join(',')}`,
    });
  }
  ledger.known.rederivation = { ...counts, decisions };
  const lost = counts.notRederivable;
  if (lost > 0) {
    ledger.notCovered(
      `${lost} decision(s) that cannot be taken again: something was withheld or erased`,
    );
  }
  if (ledger.clean(NAME) && counts.same > 0)
    ledger.pass(NAME, `${counts.same} decision(s) follow from their policies`);
}
