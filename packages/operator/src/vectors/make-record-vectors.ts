import { createDiscloser, type EvidenceContext, type RecordDraft } from '@spanforge/core-events';
import {
  reviewEscalatedV1,
  reviewRequestedV1,
  reviewResolvedV2,
} from '@spanforge/core-events/records';
import { formatEnvelope, signEnvelope, signNote, utf8 } from '@spanforge/core-signing';
import {
  contextOf,
  endedDraft,
  openTestLog,
  policyDraft,
  record,
  recordCall,
  startedDraft,
  type TestLog,
} from '../test-log.js';
import { predicate, resign, statementOf, text, withFiles } from '../verify/test-forge.js';
import { exportOpening, reopen } from './make-chain-vectors.js';
import { createSheet } from './sheet.js';
import { filesOf, type VectorFile } from './vector.js';

/** One vote about a review, as a record of the second version. */
type Vote = readonly [resolution: 'approved' | 'rejected', decided: boolean];

interface Reviewed {
  readonly votes: readonly Vote[];
  readonly ran: boolean;
  readonly escalated?: true;
  /** `decided`: a decision about the other arguments is on record; `undecided`: none is. */
  readonly edited?: 'decided' | 'undecided';
}

const REVIEW = { reviewId: 'r1', binding: 'the binding' };

function heldDraft(context: EvidenceContext, args: string): RecordDraft {
  const draft = policyDraft(context, 'block');
  const body = draft.body as { readonly values: object };
  const values = { ...body.values, args };
  return { ...draft, body: { ...body, outcome: 'human_review', values } as RecordDraft['body'] };
}

function requestedDraft(context: EvidenceContext, decisions: readonly string[]): RecordDraft {
  const body = reviewRequestedV1.toWire({
    ...REVIEW,
    callId: 'c1',
    tool: 'payments.refund',
    decisions,
    reason: 'large refunds are reviewed',
    reasonCode: 'rule_triggered',
    quorum: 2,
  } as Parameters<typeof reviewRequestedV1.toWire>[0]);
  return { type: reviewRequestedV1.key, context, body };
}

const voteDraft = (
  context: EvidenceContext,
  [resolution, decided]: Vote,
  at: number,
): RecordDraft => ({
  type: reviewResolvedV2.key,
  context: { ...context, actor: `user:reviewer-${at}` },
  body: reviewResolvedV2.toWire({
    ...REVIEW,
    resolution,
    decided,
    reviewer: `user:reviewer-${at}`,
    vote: at + 1,
    required: 2,
  }),
});

/** A held call, the votes about it, and whether it ran after them. */
async function recordReview(log: TestLog['log'], trace: string, told: Reviewed): Promise<void> {
  const context = contextOf(trace);
  const disclose = createDiscloser();
  const [asked, other] = [disclose('args', { amount: 5000 }), disclose('args', { amount: 5 })];
  const decisions = await record(log, heldDraft(context, asked.digest));
  const held = endedDraft(context, decisions, undefined, 'blocked');
  const ending = { status: 'held', outcome: 'human_review', reason_code: 'held', review_id: 'r1' };
  await record(log, requestedDraft(context, decisions));
  await record(log, { ...held, body: { ...(held.body as object), ...ending } as never });
  if (told.escalated) {
    const body = reviewEscalatedV1.toWire({ ...REVIEW, step: 1, role: 'admin', afterMs: 1000 });
    await record(log, { type: reviewEscalatedV1.key, context, body });
  }
  for (const [at, vote] of told.votes.entries()) await record(log, voteDraft(context, vote, at));
  if (!told.ran) return;
  const args = told.edited === undefined ? asked : other;
  const again =
    told.edited === 'decided' ? await record(log, heldDraft(context, args.digest)) : decisions;
  const start = startedDraft(context, again);
  const values = { args: args.digest };
  const began = { outcome: 'human_review', review_id: 'r1', values };
  const [startedId = ''] = await record(log, {
    ...start,
    disclosures: [args],
    body: { ...(start.body as object), ...began } as never,
  });
  await record(log, endedDraft(context, again, startedId));
}

/** A call that somebody repeated while it ran: the repetition is refused before it starts. */
async function recordRepeated(log: TestLog['log'], trace: string, ended: boolean): Promise<void> {
  const context = contextOf(trace);
  const decisions = await record(log, policyDraft(context, 'allow'));
  const [startedId = ''] = await record(log, startedDraft(context, decisions));
  await record(log, endedDraft(context, [], undefined, 'blocked'));
  if (ended) await record(log, endedDraft(context, decisions, startedId));
}

const BOTH: readonly Vote[] = [
  ['approved', false],
  ['approved', true],
];
const ONE: readonly Vote[] = [['approved', false]];
const REFUSED: readonly Vote[] = [
  ['approved', false],
  ['rejected', true],
];
const UNAUTHORISED = 'executed_not_authorised';

const REVIEWS: readonly (readonly [name: string, told: Reviewed, violation?: string])[] = [
  ['two of two approved, and it ran', { votes: BOTH, ran: true }],
  ['one of two approved, and it waits', { votes: ONE, ran: false }],
  ['one of two approved, and it ran', { votes: ONE, ran: true }, UNAUTHORISED],
  ['one of two approved, then rejected', { votes: REFUSED, ran: false }],
  ['rejected after one approval, and it ran', { votes: REFUSED, ran: true }, UNAUTHORISED],
  ['nobody voted, and it ran', { votes: [], ran: true }, UNAUTHORISED],
  ['escalated, then approved', { votes: BOTH, ran: true, escalated: true }],
  ['escalated, and it ran', { votes: [], ran: true, escalated: true }, UNAUTHORISED],
  ['edited and decided again', { votes: BOTH, ran: true, edited: 'decided' }],
  [
    'edited and not decided again',
    { votes: BOTH, ran: true, edited: 'undecided' },
    'decision_mismatch',
  ],
  ['edited after one of two approved', { votes: ONE, ran: true, edited: 'decided' }, UNAUTHORISED],
];

const REPEATED = [
  ['repeated-ended', true],
  ['repeated-open', false],
] as const;

/**
 * Makes the vectors about reviews, repeated calls and what is in records, with new keys: run by hand, and kept
 * as they are from then on.
 */
export async function makeRecordVectors(): Promise<VectorFile> {
  const test = await openTestLog();
  const { keys, origin, operator } = test;
  const signers = [keys.ed25519, keys.es256];
  await recordCall(test.log, 'trace-1');
  const call = await operator.exportPackage({ traceId: 'trace-1' });
  const twin = await openTestLog();
  await recordCall(twin.log, 'trace-1');
  const forked = await twin.operator.exportPackage({ traceId: 'trace-1' });
  const opening = await exportOpening(await openTestLog());
  const packages: Record<string, typeof call> = { call, opening };
  for (const [at, [, told]] of REVIEWS.entries()) {
    const trace = `review-${at + 1}`;
    await recordReview(test.log, trace, told);
    packages[trace] = await operator.exportPackage({ traceId: trace });
  }
  for (const [trace, ended] of REPEATED) {
    await recordRepeated(test.log, trace, ended);
    packages[trace] = await operator.exportPackage({ traceId: trace });
  }
  const named = { package: test.jwks, log: test.vkey };
  const sheet = createSheet({ call, packages, keys: named, signers, since: undefined });
  const { add, signed, said } = sheet;
  for (const [at, [name, , violation]] of REVIEWS.entries()) {
    add(name, `review-${at + 1}`, undefined, violation ? 'violation' : 'valid', violation);
  }
  add('repeated while it ran, and ended', 'repeated-ended', undefined, 'valid');
  add('repeated while it ran, and not ended', 'repeated-open', undefined, 'valid');
  const since = { options: { since: text(forked, 'checkpoint') } };
  add('another root at one size', 'call', undefined, 'invalid', 'fork', since);
  await signed('an unsafe name', 'unsafe_name', { '../x': 'y' });
  await signed('a signed note that is no checkpoint', 'checkpoint_malformed', {
    checkpoint: await signNote(`${origin}\nmany\nAAAA\n`, [{ name: origin, key: keys.log }]),
  });
  const { summary } = statementOf(call).predicate as { readonly summary: object };
  for (const part of ['blocked', 'controls']) {
    const change = { summary: { ...summary, [part]: 'All is well.' } };
    await said(`false ${part}`, change, `summary.${part}_mismatch`);
  }
  const enveloped = async (payloadType: string, payload: string) =>
    withFiles(call, {
      'package.dsse.json': formatEnvelope(
        await signEnvelope({ payloadType, payload: utf8(payload), keys: signers }),
      ),
    });
  const other = await enveloped('application/json', '{}');
  add('a signed payload of another type', 'call', other, 'unsupported', 'payload_type');
  const empty = await enveloped('application/vnd.in-toto+json', '{}');
  add('a signed payload that is no statement', 'call', empty, 'invalid', 'not_a_statement');
  const later = await reopen(opening, keys, (one) => one.replace('record.v1"', 'record.v9"'));
  add('a record of a later version', 'opening', later, 'unsupported', 'record_version');
  const odd = await reopen(opening, keys, (one) => one.replace('"mode":"live"', '"mode":"dead"'));
  add('a record that is none', 'opening', odd, 'invalid', 'not_a_record');
  const elsewhere = await resign(odd, signers, predicate({ query: { trace_id: 'another' } }));
  add('a record that is none, of another query', 'opening', elsewhere, 'invalid', 'not_a_record', {
    reasons: ['not_a_record'],
  });
  const list = await reopen(opening, keys, () => '[]');
  add('bytes that are no object', 'opening', list, 'invalid', 'not_a_record');
  const bases = Object.entries(packages).map(([name, pkg]) => [name, filesOf(pkg)] as const);
  return {
    v: 'spanforge.package-vectors.v1',
    keys: named,
    bases: Object.fromEntries(bases),
    vectors: sheet.vectors,
  };
}
