import {
  atOnceOf,
  type ControlDecision,
  createTimeLimit,
  EventsError,
  OUTCOMES,
  promised,
  type Recorder,
  type RuleFinding,
  recordAtOnce,
  strictness,
} from '@spanforge/core-events';
import { describe, expect, test } from 'vitest';
import { GovernError } from '../error.js';
import type { GovernedCall } from '../model/call.js';
import { CONTEXT, decision } from '../testing/fixtures.js';
import { askControl, type ControlRequest, type NamedSlot } from './ask-control.js';
import { askControls } from './ask-controls.js';
import { isObligation, isText } from './obligation.js';
import { objectionsOf, whoAsks } from './who-asks.js';

type Ask = Extract<NamedSlot, { kind: 'installed' }>['ask'];

const slot = (ask: Ask, name = 'scope') =>
  ({ kind: 'installed', name, ask, isNeeded: () => true }) as const;

const answers = (answer: unknown, name?: string) =>
  slot(() => Promise.resolve(answer as ControlDecision), name);

/** A recorder that numbers what it is given, and remembers it. */
function createRecorder() {
  const drafts: object[] = [];
  const recorder = {
    append: async (given: readonly object[]) => {
      drafts.push(...given);
      return { ids: given.map((_, at) => `record-${drafts.length - given.length + at}`) };
    },
  } as unknown as Recorder;
  return { recorder, drafts };
}

function requestIn(
  mode: GovernedCall['mode'] = 'enforce',
  recorder = createRecorder().recorder,
  limitMs = 1000,
): ControlRequest {
  const call = { callId: 'call-1', tool: 'pay', mode, context: CONTEXT } as unknown as GovernedCall;
  const disclosed = { args: undefined, result: undefined };
  return {
    question: { call, result: undefined, disclosed },
    recorder,
    limit: createTimeLimit(limitMs),
  };
}

const DRAFT = { type: 'x' } as unknown as Parameters<Recorder['append']>[0][number];
const WHOLE = { kind: 'redact', target: 'result', path: '' } as const;
const CARD = { kind: 'redact', target: 'args', path: 'card' } as const;
const NOTICE = { kind: 'notice', text: 'Look at it.' } as const;
const POLICY = { id: 'p', version: '1', digest: 'd' };
const long = (length: number) => 'x'.repeat(length);

describe('the answer of a control', () => {
  test.each<[string, Partial<Record<keyof ControlDecision, unknown>>]>([
    ['an outcome nobody knows', { outcome: 'ALLOW' }],
    ['no outcome', { outcome: undefined }],
    ['no obligations', { obligations: undefined }],
    ['obligations that are no list', { obligations: { length: 0, every: () => true } }],
    ['one obligation that is none', { obligations: [WHOLE, { kind: 'redact' }] }],
    ['no reason', { reason: undefined }],
    ['an empty reason', { reason: '' }],
    ['a reason that is too long', { reason: long(16_385) }],
    ['no reason code', { reasonCode: undefined }],
    ['an empty reason code', { reasonCode: '' }],
    ['a reason code that is too long', { reasonCode: long(513) }],
    ['ids that are no list', { ids: 'record-1' }],
    ['one id that is empty', { ids: ['record-1', ''] }],
    ['one id that is too long', { ids: [long(513), 'record-1'] }],
    ['a policy that is text', { policy: 'p' }],
    ['a policy that is null', { policy: null }],
    ['a policy that is a function', { policy: Object.assign(() => undefined, POLICY) }],
    ['a policy without an id', { policy: { ...POLICY, id: undefined } }],
    ['a policy without a version', { policy: { ...POLICY, version: '' } }],
    ['a policy without a digest', { policy: { ...POLICY, digest: 5 } }],
    ['a policy whose id is too long', { policy: { ...POLICY, id: long(513) } }],
    ['a policy whose version is too long', { policy: { ...POLICY, version: long(513) } }],
    ['a policy whose digest is too long', { policy: { ...POLICY, digest: long(513) } }],
    ['an `allowed` that is no truth value', { allowed: 'yes' }],
    ['an `allowed` that is null', { allowed: null }],
  ])('blocks with %s', async (_, wrong) => {
    const answer = await askControl(answers({ ...decision('allow'), ...wrong }), requestIn());
    expect(answer).toMatchObject({
      decision: {
        outcome: 'block',
        obligations: [],
        reason: 'Control scope failed.',
        reasonCode: 'control_failed',
      },
      ids: [],
      cause: {
        code: 'GOVERN_CONTROL_INVALID',
        message: 'scope: the control did not answer with a decision',
        details: { control: 'scope' },
      },
    });
  });

  test('blocks when it is a function that looks like a decision', async () => {
    const callable = Object.assign(() => undefined, decision('allow'));
    const { decision: given } = await askControl(answers(callable), requestIn());
    expect(given.outcome).toBe('block');
  });

  test.each([undefined, null, 'allow', true])('blocks when it is %j', async (answer) => {
    const { decision: given, cause } = await askControl(answers(answer), requestIn());
    expect(given.outcome).toBe('block');
    expect(GovernError.is(cause) && cause.code).toBe('GOVERN_CONTROL_INVALID');
  });

  test.each<[string, Partial<ControlDecision>]>([
    ['the longest reason', { reason: long(16_384), reasonCode: long(512) }],
    ['the longest id', { ids: [long(512)] }],
    ['a policy', { policy: { id: long(512), version: long(512), digest: long(512) } }],
    ['obligations', { obligations: [WHOLE, CARD, NOTICE] }],
    ['`allowed`', { allowed: true }],
  ])('counts with %s', async (_, more) => {
    const given = { ...decision('allow'), ...more };
    const answer = await askControl(answers(given), requestIn());
    expect(answer).toEqual({ decision: given, ids: more.ids ?? [], cause: undefined });
  });

  test('that redacts nothing in particular redacts the whole result', async () => {
    const asked = async (given: ControlDecision) =>
      (await askControl(answers(given), requestIn())).decision;
    expect((await asked(decision('redact'))).obligations).toEqual([WHOLE]);
    expect((await asked(decision('redact', [NOTICE]))).obligations).toEqual([NOTICE, WHOLE]);
    expect((await asked(decision('redact', [CARD]))).obligations).toEqual([CARD]);
    expect((await asked(decision('redact', [NOTICE, CARD]))).obligations).toEqual([NOTICE, CARD]);
    for (const outcome of OUTCOMES.filter((one) => one !== 'redact')) {
      expect(await asked(decision(outcome, [NOTICE]))).toEqual(decision(outcome, [NOTICE]));
    }
  });

  test('that is a denial counts as a block at least, with its own reason', async () => {
    for (const outcome of OUTCOMES) {
      for (const allowed of [true, false, undefined]) {
        const given = {
          ...decision(outcome, [CARD]),
          ...(allowed === undefined ? {} : { allowed }),
        };
        const denied = allowed === false && strictness(outcome) < strictness('human_review');
        const { decision: counted } = await askControl(answers(given), requestIn());
        expect(counted).toEqual(denied ? { ...given, outcome: 'block' } : given);
      }
    }
  });
});

describe('a control that cannot answer', () => {
  test.each([
    ['throws', () => Promise.reject(new Error('down')), 'Control scope failed.', 'control_failed'],
    [
      'throws at once',
      () => {
        throw new Error('down');
      },
      'Control scope failed.',
      'control_failed',
    ],
    [
      'cannot record',
      () => Promise.reject(new EventsError('EVENTS_APPEND_FAILED', 'disk full')),
      'The decision of control scope could not be recorded.',
      'evidence_unavailable',
    ],
    [
      'meets another error of this package',
      () => Promise.reject(new GovernError('GOVERN_CONTROL_INVALID', 'no')),
      'Control scope failed.',
      'control_failed',
    ],
  ] as const)('because it %s blocks, and says why', async (_, ask, reason, reasonCode) => {
    const answer = await askControl(slot(ask as Ask), requestIn());
    expect(answer).toEqual({
      decision: { outcome: 'block', obligations: [], reason, reasonCode },
      ids: [],
      cause: expect.any(Error),
    });
  });

  test('in time blocks; what it records in time counts, and what it records later is refused', async () => {
    const { recorder, drafts } = createRecorder();
    const late = deferred();
    const ask: Ask = async (_, own) => {
      await own.append([DRAFT]);
      await late.promise;
      return decision('allow');
    };
    let own: Recorder | undefined;
    const keeping: Ask = (question, given) => {
      own = given;
      return ask(question, given);
    };
    const answer = await askControl(slot(keeping), requestIn('enforce', recorder, 20));
    expect(answer).toMatchObject({
      decision: {
        outcome: 'block',
        reason: 'Control scope did not answer in time.',
        reasonCode: 'control_failed',
      },
      ids: ['record-0'],
      cause: {
        code: 'GOVERN_CONTROL_TIMED_OUT',
        message: 'scope: the control did not answer in time',
        details: { control: 'scope' },
      },
    });
    late.resolve(undefined);
    await expect(own?.append([DRAFT])).rejects.toMatchObject({ code: 'GOVERN_CONTROL_TIMED_OUT' });
    expect(drafts).toEqual([DRAFT]);
  });
});

function deferred() {
  let resolve: (value: unknown) => void = () => undefined;
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('the records of a control', () => {
  const records =
    (ids: readonly string[] | undefined): Ask =>
    async (_, own) => {
      await own.append([DRAFT]);
      await own.append([DRAFT, DRAFT]);
      return { ...decision('allow'), ...(ids ? { ids } : {}) };
    };

  test('are named once each: those it made, then those it names', async () => {
    const asked = async (ids?: readonly string[]) =>
      (await askControl(slot(records(ids)), requestIn())).ids;
    expect(await asked()).toEqual(['record-0', 'record-1', 'record-2']);
    expect(await asked(['record-1', 'other'])).toEqual([
      ...['record-0', 'record-1', 'record-2'],
      'other',
    ]);
  });

  test('are marked in shadow mode, and only there', async () => {
    for (const mode of ['enforce', 'shadow'] as const) {
      const { recorder, drafts } = createRecorder();
      await askControl(slot(records(undefined)), requestIn(mode, recorder));
      expect(drafts).toEqual(
        Array(3).fill(mode === 'shadow' ? { ...DRAFT, mode: 'shadow' } : DRAFT),
      );
    }
  });

  test('that it makes at once are counted, marked, and refused once it has answered', async () => {
    for (const mode of ['enforce', 'shadow'] as const) {
      const drafts: object[] = [];
      const recorder = recordAtOnce(createRecorder().recorder, (given) => {
        drafts.push(...given);
        const ids = given.map((_, at) => `at-once-${drafts.length - given.length + at}`);
        return { ids, duplicate: false, receipts: Promise.resolve([]) };
      });
      let own: Recorder | undefined;
      const ask: Ask = async (_, given) => {
        own = given;
        atOnceOf(given)?.([DRAFT, DRAFT]);
        return decision('allow');
      };
      const { ids } = await askControl(slot(ask), requestIn(mode, recorder));
      expect(ids).toEqual(['at-once-0', 'at-once-1']);
      const marked = mode === 'shadow' ? { ...DRAFT, mode } : DRAFT;
      expect(drafts).toEqual([marked, marked]);
      const closed = expect.objectContaining({ code: 'GOVERN_CONTROL_TIMED_OUT' });
      expect(() => own && atOnceOf(own)?.([DRAFT])).toThrow(closed);
      await expect(own?.append([DRAFT])).rejects.toEqual(closed);
      expect(drafts).toHaveLength(2);
    }
  });

  test('are only waited for where its recorder is', async () => {
    let own: Recorder | undefined;
    const ask: Ask = async (_, given) => {
      own = given;
      return decision('allow');
    };
    await askControl(slot(ask), requestIn());
    expect(own && atOnceOf(own)).toBeUndefined();
  });

  test('are written with the options it gives', async () => {
    const seen: unknown[] = [];
    const recorder = {
      append: async (_: unknown, options: unknown) => {
        seen.push(options);
        return { ids: [] };
      },
    } as unknown as Recorder;
    const options = { expect: 5 } as never;
    const ask: Ask = async (_, own) => {
      await own.append([DRAFT], options);
      return decision('allow');
    };
    await askControl(slot(ask), requestIn('enforce', recorder));
    expect(seen).toEqual([options]);
  });
});

describe('an answer at once', () => {
  const ready = (answer: unknown, name?: string) =>
    slot(() => promised(() => answer as ControlDecision), name);
  const prompt: Ask = () => promised(() => decision('allow') as ControlDecision);

  test('is not waited for, and is judged like any other', async () => {
    for (const answer of [{ ...decision('allow'), allowed: false }, decision('redact'), {}, null]) {
      const now = askControl(ready(answer), requestIn());
      expect(now).not.toBeInstanceOf(Promise);
      expect(now).toEqual(await askControl(answers(answer), requestIn()));
    }
  });

  test('of every control is joined at once; one that takes its time is waited for', async () => {
    const all = [ready({ ...decision('allow'), ids: ['a-1'] }, 'a'), ready(decision('allow'), 'b')];
    expect(askControls(all, requestIn(), undefined)).toMatchObject({ ids: ['a-1'] });
    const slow = answers({ ...decision('human_review'), ids: ['c-1'] }, 'c');
    const waiting = askControls([...all, slow, ready(decision('allow'))], requestIn(), undefined);
    expect(waiting).toBeInstanceOf(Promise);
    expect(await waiting).toMatchObject({
      ids: ['a-1', 'c-1'],
      decision: decision('human_review'),
    });
  });

  test.each<[string, Ask]>([
    ['a promise derived from one', (...asked) => prompt(...asked).then((one) => one)],
    ['an async function around one', async (...asked) => prompt(...asked)],
    ['a promise that inherits from one', (...asked) => Object.create(prompt(...asked)) as never],
  ])('is not what %s gives', async (_, ask) => {
    const asking = askControl(slot(ask), requestIn());
    expect(asking).toBeInstanceOf(Promise);
    await asking;
  });
});

describe('several controls', () => {
  const names = (slots: readonly NamedSlot[], mode?: GovernedCall['mode'], signal?: AbortSignal) =>
    askControls(slots, requestIn(mode), signal);

  test('are asked up to the first block, in shadow mode all of them', async () => {
    const slots = [
      answers(decision('redact', [CARD]), 'a'),
      { kind: 'missing', name: 'b' } as const,
      answers({ ...decision('block'), ids: ['block-1'] }, 'c'),
      answers({ ...decision('human_review'), ids: ['review-1'] }, 'd'),
      answers({ ...decision('block'), ids: ['block-2'] }, 'e'),
    ];
    expect(await names(slots)).toMatchObject({
      decision: { ...decision('block'), obligations: [CARD] },
      ids: ['block-1'],
      notAsked: ['b', 'd', 'e'],
      askedBy: [],
    });
    expect(await names(slots, 'shadow')).toMatchObject({
      decision: { ...decision('block'), obligations: [CARD] },
      ids: ['block-1', 'review-1', 'block-2'],
      notAsked: ['b'],
      askedBy: ['d/human_review'],
    });
  });

  test('none is asked once the call is cancelled, and the rest not when it is cancelled between', async () => {
    const control = new AbortController();
    const cancels = slot(async () => {
      control.abort();
      return decision('allow+log');
    }, 'a');
    const slots = [cancels, answers(decision('block'), 'b')];
    expect(await names(slots, 'enforce', control.signal)).toMatchObject({
      decision: { outcome: 'allow+log' },
      notAsked: ['b'],
    });
    expect(await names(slots, 'enforce', AbortSignal.abort())).toMatchObject({
      decision: { outcome: 'allow', reason: 'No control objected.' },
      notAsked: ['a', 'b'],
    });
  });

  test('of which one failed: the first cause stays, and the last policy', async () => {
    const first = new Error('first');
    const fails = (error: Error, name: string) => slot(() => Promise.reject(error), name);
    const other = { ...POLICY, id: 'q' };
    const combined = await names(
      [
        answers({ ...decision('allow'), policy: POLICY }, 'a'),
        answers({ ...decision('allow'), policy: other }, 'b'),
        fails(first, 'c'),
        fails(new Error('second'), 'd'),
        answers(decision('allow'), 'e'),
      ],
      'shadow',
    );
    expect(combined.cause).toBe(first);
    expect(combined.policy).toEqual(other);
  });

  test('say which rules object, and which of them ask for a person', async () => {
    const rule = (ruleId: string, action: RuleFinding['action'], finding = 'triggered') =>
      ({ ruleId, action, finding }) as RuleFinding;
    const rules = [
      rule('holds', 'human_review'),
      rule('blocks', 'block'),
      rule('masks', 'redact'),
      rule('tries', 'human_review', 'shadow'),
      rule('would', 'block', 'shadow'),
      rule('unsure', 'human_review', 'indeterminate'),
    ];
    const asked = async (outcome: ControlDecision['outcome']) =>
      names([answers({ ...decision(outcome), rules }, 'policy')]);
    expect(await asked('human_review')).toMatchObject({
      askedBy: ['holds', 'unsure'],
      objections: [rules[0], rules[1], rules[5]],
    });
    expect(await asked('block')).toMatchObject({
      askedBy: [],
      objections: [rules[0], rules[1], rules[5]],
    });
    expect(await asked('redact')).toMatchObject({ askedBy: [], objections: [] });
    const holding = answers({ ...decision('human_review'), rules: [rules[0]] as never }, 'policy');
    const unsure = answers({ ...decision('human_review'), rules: [rules[5]] as never }, 'other');
    const all = await names([holding, answers(decision('human_review'), 'budget'), unsure]);
    expect(all.askedBy).toEqual(['holds', 'budget/human_review', 'unsure']);
    expect(all.objections).toEqual([rules[0], rules[5]]);
  });
});

describe('whoever asks for a person', () => {
  const finding = (ruleId: unknown) =>
    ({ ruleId, action: 'human_review', finding: 'triggered' }) as RuleFinding;

  test('has a name that fits a record', () => {
    const from = (ruleIds: readonly unknown[]) =>
      whoAsks('policy', { rules: ruleIds.map(finding), reasonCode: 'rule_triggered' });
    expect(from([long(512)])).toEqual([long(512)]);
    expect(from(['', 5, long(513)])).toEqual(['policy/rule_triggered']);
    expect(from(['', 'holds'])).toEqual(['holds']);
    expect(whoAsks(long(500), { reasonCode: long(500) })).toEqual([
      `${long(500)}/${long(500)}`.slice(0, 512),
    ]);
    expect(whoAsks('policy', { rules: 'holds' as never, reasonCode: 'x' })).toEqual(['policy/x']);
    expect(objectionsOf({ rules: [finding(long(513)), finding(long(512))] })).toEqual([
      finding(long(512)),
    ]);
    expect(objectionsOf({ rules: 'holds' as never })).toEqual([]);
    expect(objectionsOf({})).toEqual([]);
  });
});

describe('an obligation', () => {
  test.each([
    NOTICE,
    { kind: 'notice', text: '' },
    WHOLE,
    CARD,
    { ...CARD, mask: '' },
    { ...WHOLE, types: ['email'] },
    { ...WHOLE, types: [long(512)] },
  ])('is %j', (value) => expect(isObligation(value)).toBe(true));

  test.each([
    null,
    undefined,
    'redact',
    {},
    { kind: 'notice' },
    { kind: 'notice', text: 5 },
    { ...WHOLE, kind: 'mask' },
    { ...WHOLE, kind: undefined },
    { ...WHOLE, path: undefined },
    { ...WHOLE, path: ['card'] },
    { ...WHOLE, target: 'facts' },
    { ...WHOLE, target: undefined },
    { ...WHOLE, mask: 5 },
    { ...WHOLE, mask: null },
    { ...WHOLE, types: [] },
    { ...WHOLE, types: 'email' },
    { ...WHOLE, types: [''] },
    { ...WHOLE, types: ['email', 5] },
    { ...WHOLE, types: [long(513)] },
  ])('is not %j', (value) => expect(isObligation(value)).toBe(false));

  test('is made of texts that have an end', () => {
    expect(isText('x', 1)).toBe(true);
    expect(isText('xx', 1)).toBe(false);
    expect(isText('', 1)).toBe(false);
    expect(isText(['x'], 1)).toBe(false);
  });
});
