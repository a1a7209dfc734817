import {
  type ControlDecision,
  createDiscloser,
  createTimeLimit,
  type EvidenceReader,
  OUTCOMES,
  type Outcome,
  type Recorder,
} from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ControlQuestion, NamedSlot } from '../controls/ask-control.js';
import { bindingOf } from '../evidence/records.js';
import { blockDecision } from '../model/combined-decision.js';
import type { DecidedCall, OpenCall } from '../model/open-call.js';
import type { Review } from '../reviews/review-state.js';
import type { Reviews } from '../reviews/reviews.js';
import { CONTEXT, decision } from '../testing/fixtures.js';
import { chooseNextStep, decideCall } from './decide.js';

const disclosure = createDiscloser()('args', { amount: 5 });

const OPEN = {
  call: {
    ...{ callId: 'call-1', tool: 'pay', resource: 'pay', action: 'write', effect: 'write' },
    ...{ mode: 'enforce', args: { amount: 5 }, labels: [], time: 5 },
    context: { ...CONTEXT, source: 'test@1.0.0' },
  },
  tool: { kind: 'known', options: {}, run: () => undefined },
  args: { value: { amount: 5 }, described: { amount: 5 }, exact: true },
  argsValue: { kind: 'disclosed', disclosure },
  argsText: '{"amount":5}',
  admissibility: { kind: 'askable' },
  reviewId: undefined,
  callerLabels: ['untrusted'],
  propagation: [{ label: 'untrusted' }],
  declassifiedBy: ['review-0'],
} as unknown as OpenCall;

const withCall = (more: Partial<OpenCall['call']>, open: Partial<OpenCall> = {}): OpenCall => ({
  ...{ ...OPEN, ...open },
  call: { ...OPEN.call, ...more },
});

const ABORTED = AbortSignal.abort();

describe('the controls', () => {
  const recorder = {} as Recorder;

  /** Asks a control that blocks, and one that is missing, at a time. */
  async function ask(open: OpenCall, now = 7) {
    const questions: ControlQuestion[] = [];
    const scope: NamedSlot = {
      ...{ kind: 'installed', name: 'scope', isNeeded: () => true },
      ask: async (question) => {
        questions.push(question);
        return { ...decision('block'), ids: ['record-1'] };
      },
    };
    const before: NamedSlot[] = [scope, { kind: 'missing', name: 'policy' }];
    const parts = { before, controlLimit: createTimeLimit(1000), clock: () => now };
    return { decided: await decideCall(parts, open, recorder), questions };
  }

  test('are asked about the call as it is disclosed, before there is a result', async () => {
    const { decided, questions } = await ask(OPEN);
    expect(questions).toEqual([
      { call: OPEN.call, result: undefined, disclosed: { args: disclosure, result: undefined } },
    ]);
    expect(decided).toEqual({
      ...OPEN,
      combined: {
        decision: decision('block'),
        ids: ['record-1'],
        notAsked: ['policy'],
        askedBy: [],
        objections: [],
        policy: undefined,
        cause: undefined,
      },
      decisionMs: 2,
    });
  });

  test('took no time when the clock went back', async () => {
    expect((await ask(OPEN, 3)).decided.decisionMs).toBe(0);
  });

  test('are not asked once the call is cancelled', async () => {
    const { decided, questions } = await ask(withCall({ signal: ABORTED }));
    expect(questions).toEqual([]);
    expect(decided.combined).toMatchObject({
      decision: { outcome: 'allow' },
      notAsked: ['scope', 'policy'],
    });
  });

  test('are asked about a call that govern has refused only in shadow mode', async () => {
    const cause = new Error('a cycle');
    const refusal = blockDecision('args_unrecordable', 'No.');
    const refused: Partial<OpenCall> = {
      admissibility: { kind: 'inadmissible', decision: refusal, cause },
    };
    const enforced = await ask(withCall({}, refused));
    expect(enforced.questions).toEqual([]);
    expect(enforced.decided).toEqual({
      ...withCall({}, refused),
      combined: {
        decision: refusal,
        ids: [],
        notAsked: ['scope', 'policy'],
        askedBy: [],
        objections: [],
        policy: undefined,
        cause,
      },
      decisionMs: 2,
    });
    const shadowed = await ask(withCall({ mode: 'shadow' }, refused));
    expect(shadowed.questions).toHaveLength(1);
    expect(shadowed.decided.combined).toMatchObject({
      decision: decision('block'),
      ids: ['record-1'],
    });
  });
});

describe('the next step', () => {
  const decidedAs = (given: ControlDecision, open: OpenCall = OPEN): DecidedCall => ({
    ...open,
    combined: {
      ...{ decision: given, ids: ['record-1'], notAsked: [], askedBy: ['refund'] },
      ...{ objections: [], policy: undefined, cause: 'of the controls' },
    },
    decisionMs: 2,
  });

  /** Chooses, with at most one review of the call on record. */
  async function choose(decided: DecidedCall, review?: Partial<Review>) {
    const disclose = createDiscloser();
    const binding = disclose('binding', {
      ...bindingOf(decided),
      ...{ obligations: [], outcome: 'human_review' },
    });
    const edited = disclose('edited', { args: { amount: 3 } });
    const log = {
      disclosures: async (index: number) => [index === 3 ? binding : edited],
    } as unknown as EvidenceReader;
    const found = review && {
      ...{ reviewId: 'review-1', callId: 'call-1', state: 'approved', binding: binding.digest },
      ...{ index: 3, context: decided.call.context, obligations: [], required: 1, roles: [] },
      votes: [{ reviewer: 'bob', resolution: 'approved', approves: binding.digest }],
      ...review,
      ...(review.edited ? { edited: { digest: edited.digest, index: 4 } } : {}),
    };
    const reviews = {
      forCall: async () => found,
      standing: async () => ({ rejection: undefined, grants: [] }),
    } as unknown as Reviews;
    const step = await chooseNextStep(
      {
        ...{ log, reviews, reviewers: undefined, reviewDemand: undefined },
        ...{ ids: () => 'new', commitLimit: createTimeLimit(1000) },
      },
      decided,
    );
    return { step, approval: { reviewId: 'review-1', binding: binding.digest }, found };
  }

  test('runs a tool only when nothing objects, but in shadow mode whatever is said', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Outcome>(...OUTCOMES),
        fc.constantFrom('enforce', 'shadow'),
        fc.constantFrom('known', 'unknown'),
        fc.constantFrom(undefined, new AbortController().signal, ABORTED),
        async (outcome, mode, kind, signal) => {
          const more = { mode, ...(signal === undefined ? {} : { signal }) } as const;
          const tool = { ...OPEN.tool, kind } as OpenCall['tool'];
          const decided = decidedAs(decision(outcome), withCall(more, { tool }));
          const { combined } = decided;
          const shadow = mode === 'shadow' && kind === 'known';
          const refused = signal?.aborted
            ? { kind: 'cancelled', combined }
            : shadow
              ? undefined
              : outcome === 'block'
                ? { kind: 'blocked', combined, reviewId: undefined }
                : outcome === 'human_review'
                  ? { kind: 'to_ask', combined, reviewId: 'new' }
                  : undefined;
          expect((await choose(decided)).step).toEqual(
            refused ? { kind: 'refuse', refused } : { kind: 'run', decided, approval: undefined },
          );
        },
      ),
    );
  });

  test('of a call that is to be reviewed is what the review says', async () => {
    const decided = decidedAs(decision('human_review'));
    const { combined } = decided;
    const approved = await choose(decided, {});
    expect(approved.step).toEqual({
      kind: 'run',
      decided: {
        ...decided,
        combined: {
          ...combined,
          decision: {
            ...decision('human_review', [], 'approved'),
            reason: 'A reviewer approved this call.',
          },
        },
      },
      approval: approved.approval,
    });
    expect((await choose(decided, { state: 'pending' })).step).toEqual({
      kind: 'refuse',
      refused: { kind: 'pending', combined, reviewId: 'review-1' },
    });
    const edited = await choose(decided, { edited: { digest: '', index: 4 } });
    expect(edited.step).toEqual({
      kind: 'redecide',
      edited: {
        kind: 'edited',
        args: { amount: 3 },
        review: edited.found,
        approval: edited.approval,
      },
    });
  });

  test('of a refused review is a block, with the cause of both', async () => {
    const decided = decidedAs(decision('human_review'));
    const rejected = await choose(decided, { state: 'rejected' });
    expect(rejected.step).toMatchObject({
      kind: 'refuse',
      refused: {
        kind: 'blocked',
        combined: {
          decision: { outcome: 'block', reasonCode: 'review_rejected' },
          cause: 'of the controls',
        },
        reviewId: 'review-1',
      },
    });
    const unreadable = await choose(decided, { index: 4 });
    expect(unreadable.step).toMatchObject({
      refused: {
        combined: {
          decision: { reasonCode: 'evidence_unavailable' },
          cause: expect.any(TypeError),
        },
      },
    });
  });
});
