import type { EvidenceRecord } from '@spanforge/core-events';
import { reviewRequestedV1 } from '@spanforge/core-events/records';
import { textOf } from './body.js';
import { authorityOf, partsOf, wasRun } from './calls.js';
import type { ChainReport } from './chain.js';
import { type ControlFinding, decisionIn, type TraceOutcome } from './decisions.js';
import type { TraceSummary } from './report.js';

const MAX_NAMED = 10;

/** Joins sentences, and counts what would be too many to read. */
function sentences(all: readonly string[], none: string): string {
  if (all.length === 0) return none;
  const rest = all.length - MAX_NAMED;
  return [...all.slice(0, MAX_NAMED), ...(rest > 0 ? [`And ${rest} more.`] : [])].join(' ');
}

const quoted = ({ reason, reasonCode }: ControlFinding): string =>
  `“${reason}”${reasonCode === '' ? '' : ` (${reasonCode})`}`;

function rulesOf({ rules, policy }: ControlFinding): string {
  const named = rules.filter(({ finding }) => finding !== 'shadow').map(({ ruleId }) => ruleId);
  const by = policy ? `policy ${policy.id} ${policy.version}` : '';
  if (named.length === 0) return by;
  const rule = `${named.length === 1 ? 'rule' : 'rules'} ${named.join(', ')}`;
  return by === '' ? rule : `${rule} of ${by}`;
}

function describe(control: ControlFinding): string {
  const rules = rulesOf(control);
  return `${control.control} said ${control.outcome} at index ${control.index}${rules === '' ? '' : ` by ${rules}`}: ${quoted(control)}.`;
}

function whyAllowed(
  records: readonly EvidenceRecord[],
  live: readonly ControlFinding[],
  outcome: TraceOutcome,
): string {
  const { calls } = partsOf(records);
  const byId = new Map(live.map((control) => [control.id, control]));
  const ran = calls.filter(wasRun).map((call) => {
    const named = authorityOf(call).flatMap((id) => byId.get(id)?.control ?? []);
    const basis = named.length === 0 ? 'no decision in this trace' : named.join(', ');
    const review = call.started && textOf(call.started.body, 'review_id');
    const approved = review === undefined ? '' : ` and the approval of review ${review}`;
    return `Call ${call.callId} of ${call.tool} ran on ${basis}${approved}.`;
  });
  const permits = live.filter(({ outcome: said }) => said !== 'block' && said !== 'human_review');
  const none = outcome === 'undecided' ? 'No live decision is on record.' : 'Nothing was allowed.';
  const overruled =
    ran.length === 0 && permits.length > 0 && (outcome === 'block' || outcome === 'human_review')
      ? [`As a whole it was not allowed: the strictest control decides, and that is ${outcome}.`]
      : [];
  return sentences([...overruled, ...ran, ...permits.map(describe)], none);
}

/** What a member says: nothing where it is missing or no text. */
const said = (body: EvidenceRecord['body'], name: string): string => textOf(body, name) ?? '';

function whyBlocked(records: readonly EvidenceRecord[], live: readonly ControlFinding[]): string {
  const stopped = live.filter(({ outcome }) => outcome === 'block' || outcome === 'human_review');
  const held = records
    .filter(({ type, mode }) => mode === 'live' && type === reviewRequestedV1.key)
    .map(
      ({ body }) =>
        `Call ${said(body, 'call_id')} of ${said(body, 'tool')} was held for review ${said(body, 'review_id')}: “${said(body, 'reason')}”.`,
    );
  const endings = partsOf(records).calls.flatMap(({ callId, tool, ended }) => {
    const status = ended && textOf(ended.body, 'status');
    return ended && (status === 'blocked' || status === 'withheld')
      ? [`Call ${callId} of ${tool} was ${status}: “${said(ended.body, 'reason')}”.`]
      : [];
  });
  return sentences([...stopped.map(describe), ...held, ...endings], 'Nothing was blocked.');
}

function whichControls(all: readonly ControlFinding[], live: readonly ControlFinding[]): string {
  const contributing = live.map((control) => {
    const rules = rulesOf(control);
    return `${control.control}: ${control.outcome}${rules === '' ? '' : ` by ${rules}`}.`;
  });
  const others = all.length - live.length;
  const aside =
    others === 0 ? '' : ` ${others} simulated, replayed or shadow decisions do not count.`;
  return `${sentences([...new Set(contributing)], 'No control contributed.')}${aside}`;
}

const NO_CHAIN = 'There is no evidence, so there is no chain to be valid.';

/** What the chain report says, in sentences. */
export function describeChain(chain: ChainReport): string {
  if (chain.status === 'empty') return NO_CHAIN;
  if (chain.status === 'broken') {
    const [first] = chain.broken;
    const at = first?.index === undefined ? 'in its checkpoint' : `at index ${first.index}`;
    return `No: the evidence is broken ${at} (${first?.reason ?? 'unknown'}). ${chain.broken.length} fault(s) were found.`;
  }
  const { published, acknowledged, checkpoint } = chain;
  if (published === 0) {
    return `So far: ${acknowledged} record(s) are durable and match their hashes; no checkpoint covers them yet.`;
  }
  const covered = `${published} record(s) are proven in the checkpoint of size ${checkpoint?.size ?? 0}`;
  const waiting =
    acknowledged === 0 ? '' : `; ${acknowledged} more are durable and not yet published`;
  const signature =
    checkpoint?.signature === 'not_checked'
      ? ' The signature of the checkpoint was not checked: no log key was given.'
      : '';
  return `Yes: ${covered}${waiting}.${signature}`;
}

/** What a package's statement says of its chain: a package never holds a record that is not proven. */
export function describePackageChain(records: number, size: number): string {
  return records === 0
    ? NO_CHAIN
    : `Yes: ${records} record(s) are proven in the checkpoint of size ${size}.`;
}

/** Answers an operator's four questions about a trace. */
export function summarise(
  records: readonly EvidenceRecord[],
  outcome: TraceOutcome,
  chain: string,
): TraceSummary {
  if (outcome === 'no_evidence') {
    const none = 'No evidence is on record for this trace.';
    return { allowed: none, blocked: none, controls: none, chain };
  }
  const controls = records.flatMap((record) => decisionIn(record) ?? []);
  const live = controls.filter(({ mode }) => mode === 'live');
  return {
    allowed: whyAllowed(records, live, outcome),
    blocked: whyBlocked(records, live),
    controls: whichControls(controls, live),
    chain,
  };
}
