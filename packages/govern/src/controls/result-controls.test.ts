import {
  createDiscloser,
  createTimeLimit,
  type PolicyDecider,
  type Recorder,
} from '@spanforge/core-events';
import { describe, expect, test } from 'vitest';
import { type CombinedDecision, NO_OBJECTION } from '../model/combined-decision.js';
import type { CallLabelTracker } from '../model/labels.js';
import type { DecidedCall } from '../model/open-call.js';
import { CONTEXT, decision } from '../testing/fixtures.js';
import type { ControlQuestion, NamedSlot } from './ask-control.js';
import { controlsAfter } from './installed-controls.js';
import {
  judgeResult,
  labelsOfFailure,
  outputLabels,
  passResult,
  type ResultControls,
} from './result-controls.js';

const disclose = createDiscloser();
const argsDisclosure = disclose('args', { amount: 5 });
const recorder = {} as Recorder;
const EARLIER = new Error('earlier');

const BEFORE: CombinedDecision = {
  decision: NO_OBJECTION,
  ids: ['before-1'],
  notAsked: ['scope'],
  askedBy: [],
  objections: [],
  policy: undefined,
  cause: undefined,
};

interface Given {
  readonly labels?: readonly string[];
  readonly callerLabels?: readonly string[];
  readonly output?: 'trusted' | 'untrusted';
  readonly outputLabels?: readonly string[];
  readonly before?: Partial<CombinedDecision>;
}

function decidedCall(given: Given = {}): DecidedCall {
  const { labels = [], callerLabels = labels, before = {} } = given;
  const options = {
    ...(given.output ? { output: given.output } : {}),
    ...(given.outputLabels ? { outputLabels: given.outputLabels } : {}),
  };
  return {
    call: { callId: 'call-1', tool: 'pay', mode: 'enforce', context: CONTEXT, labels },
    tool: { kind: 'known', options },
    argsValue: { kind: 'disclosed', disclosure: argsDisclosure },
    callerLabels,
    combined: { ...BEFORE, ...before },
  } as unknown as DecidedCall;
}

/** A control that answers a decision, and keeps what it was asked. */
function control(outcome: Parameters<typeof decision>[0], isNeeded = () => true) {
  const asked: ControlQuestion[] = [];
  const slot: NamedSlot = {
    ...{ kind: 'installed', name: 'judge', isNeeded },
    ask: async (question) => {
      asked.push(question);
      return { ...decision(outcome), ids: ['after-1'] };
    },
  };
  return { slot, asked };
}

const controlsOf = (
  after: readonly NamedSlot[],
  labels?: CallLabelTracker['onResult'],
  more: Partial<ResultControls> = {},
): ResultControls => ({
  after,
  labels: labels && { onCall: () => ({ labels: [], via: [] }), onResult: labels },
  describe: undefined,
  disclose,
  controlLimit: createTimeLimit(1000),
  ...more,
});

describe('the controls of a result', () => {
  test('are asked about it as it is disclosed, and joined with what was decided before', async () => {
    const { slot, asked } = control('redact');
    const judged = await judgeResult(
      controlsOf([slot]),
      decidedCall({ labels: ['pii'] }),
      { card: '4' },
      recorder,
    );
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ call: { labels: ['pii'] }, result: { card: '4' } });
    expect(asked[0]?.disclosed.args).toBe(argsDisclosure);
    expect(judged.value).toMatchObject({ disclosure: asked[0]?.disclosed.result });
    expect(judged.value.kind).toBe('disclosed');
    expect(judged).toMatchObject({
      snapshot: { value: { card: '4' }, described: { card: '4' }, exact: true },
      combined: {
        decision: { outcome: 'redact', obligations: [{ path: '', target: 'result' }] },
        ids: ['before-1', 'after-1'],
        notAsked: ['scope'],
      },
      outcome: 'redact',
      labels: ['pii'],
    });
  });

  test('are asked although the call was cancelled meanwhile: the tool has run', async () => {
    const { slot, asked } = control('block');
    const decided = decidedCall();
    const cancelled = { ...decided, call: { ...decided.call, signal: AbortSignal.abort() } };
    const judged = await judgeResult(controlsOf([slot]), cancelled, 'x', recorder);
    expect(asked).toHaveLength(1);
    expect(judged).toMatchObject({ outcome: 'block', combined: { notAsked: ['scope'] } });
  });

  test('keep the outcome of the result apart from the stricter one before it', async () => {
    const { slot } = control('allow+log');
    const before = { decision: decision('human_review', [], 'approved') };
    const judged = await judgeResult(controlsOf([slot]), decidedCall({ before }), 'x', recorder);
    expect(judged.outcome).toBe('allow+log');
    expect(judged.combined.decision.outcome).toBe('human_review');
  });

  test('that have nothing to say are not asked: what was decided before stands', async () => {
    const { slot, asked } = control('block', () => false);
    const decided = decidedCall({ labels: ['pii'] });
    for (const after of [[], [slot]]) {
      const judged = await judgeResult(controlsOf(after), decided, 'x', recorder);
      expect(judged).toMatchObject({ outcome: 'allow', labels: ['pii'] });
      expect(judged.combined).toBe(decided.combined);
    }
    expect(asked).toEqual([]);
  });

  test('are only those that have something to say', async () => {
    const [silent, asked] = [control('block', () => false), control('allow')];
    const missing = { kind: 'missing', name: 'x' } as const;
    const after = [silent.slot, missing, asked.slot];
    const judged = await judgeResult(controlsOf(after), decidedCall(), 'x', recorder);
    expect(silent.asked).toEqual([]);
    expect(asked.asked).toHaveLength(1);
    expect(judged).toMatchObject({ outcome: 'allow', combined: { notAsked: ['scope'] } });
  });

  test('include the policy, unless it says that it has nothing to decide', async () => {
    const questions: unknown[] = [];
    const policyOf = (hasSay: PolicyDecider['hasSay']) =>
      ({
        decide: async (request: unknown) => {
          questions.push(request);
          return decision('block');
        },
        ...(hasSay ? { hasSay } : {}),
      }) as unknown as PolicyDecider;
    const outcomes: string[] = [];
    for (const hasSay of [undefined, () => undefined as never, () => true, () => false]) {
      const after = controlsAfter({ policy: policyOf(hasSay) } as never);
      const { outcome } = await judgeResult(controlsOf(after), decidedCall(), 'x', recorder);
      outcomes.push(outcome);
    }
    expect(outcomes).toEqual(['block', 'block', 'block', 'allow']);
    expect(questions).toHaveLength(3);
    expect(questions[0]).toMatchObject({ control: 'tool_result', facts: { result: 'x' } });
  });

  test('see a value that no snapshot can be taken of as unrecordable, and may stop it', async () => {
    const value = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const { slot, asked } = control('block');
    const judged = await judgeResult(controlsOf([slot]), decidedCall(), value, recorder);
    expect(asked[0]).toMatchObject({ result: { unrecordable: 'result' } });
    expect(judged).toMatchObject({
      snapshot: { described: { unrecordable: 'result' }, exact: false },
      outcome: 'block',
    });
    expect(judged.snapshot.value).toBe(value);
  });

  test('see a value that cannot be disclosed, without a disclosure', async () => {
    const { slot, asked } = control('allow');
    const cause = new Error('too large');
    const failing = () => {
      throw cause;
    };
    const controls = controlsOf([slot], undefined, { disclose: failing as never });
    const judged = await judgeResult(controls, decidedCall(), 'x', recorder);
    expect(judged.value).toEqual({ kind: 'undisclosable', cause });
    expect(asked[0]?.disclosed).toEqual({ args: argsDisclosure, result: undefined });
  });
});

describe('the labels of a result', () => {
  const labelsIn = async (given: Given, tracker?: CallLabelTracker['onResult']) => {
    const { slot, asked } = control('allow');
    const judged = await judgeResult(
      controlsOf([slot], tracker),
      decidedCall(given),
      'x',
      recorder,
    );
    expect(asked[0]?.call.labels).toEqual(judged.labels);
    return judged.labels;
  };

  test('are without a tracker all of the arguments, and those of the tool', async () => {
    expect(await labelsIn({})).toEqual([]);
    expect(await labelsIn({ labels: ['pii'] })).toEqual(['pii']);
    expect(await labelsIn({ labels: ['pii'], output: 'trusted' })).toEqual(['pii']);
    expect(await labelsIn({ labels: ['pii'], output: 'untrusted' })).toEqual(['pii', 'untrusted']);
    const outputLabels = ['source:web'];
    expect(await labelsIn({ labels: ['pii'], outputLabels })).toEqual(['pii', 'source:web']);
    expect(await labelsIn({ output: 'untrusted', outputLabels })).toEqual([
      'source:web',
      'untrusted',
    ]);
  });

  test('are with a tracker what it finds, and in any case those of the caller and the tool', async () => {
    const seen: unknown[] = [];
    const given: Given = {
      labels: ['context:a', 'pii'],
      callerLabels: ['declassified', 'pii'],
      outputLabels: ['source:web'],
    };
    const labels = await labelsIn(given, ({ call, ...asked }) => {
      seen.push({ callId: call.callId, ...asked });
      return ['found'];
    });
    expect(seen).toEqual([{ callId: 'call-1', result: 'x', inputLabels: ['context:a', 'pii'] }]);
    expect(labels).toEqual(['found', 'pii', 'source:web']);
    expect(await labelsIn({ labels: ['context:a'], callerLabels: [] }, () => [])).toEqual([]);
  });

  test('that cannot be determined block the result, with every label it may have', async () => {
    const { slot, asked } = control('allow');
    const cause = new Error('tracker');
    for (const tracker of [
      () => {
        throw cause;
      },
      () => 'none' as never,
    ]) {
      const given = { labels: ['pii'], callerLabels: [], outputLabels: ['pii', 'source:web'] };
      const judged = await judgeResult(
        controlsOf([slot], tracker),
        decidedCall({ ...given, before: { decision: decision('redact') } }),
        'x',
        recorder,
      );
      expect(judged).toMatchObject({
        combined: {
          decision: {
            outcome: 'block',
            reason: 'The labels of the result could not be determined.',
            reasonCode: 'control_failed',
          },
          ids: ['before-1'],
          notAsked: ['scope', 'judge'],
        },
        outcome: 'block',
      });
      expect(judged.labels).toEqual(['pii', 'source:web']);
      expect(judged.combined.cause).toBeInstanceOf(Error);
    }
    expect(asked).toEqual([]);
  });

  test('that cannot be determined do not hide an earlier cause', async () => {
    const tracker = () => {
      throw new Error('later');
    };
    const judge = async (before: Partial<CombinedDecision>) =>
      (await judgeResult(controlsOf([], tracker), decidedCall({ before }), 'x', recorder)).combined
        .cause;
    expect(await judge({ cause: EARLIER })).toBe(EARLIER);
    expect(await judge({})).toEqual(new Error('later'));
  });

  test('of an error are those of the arguments and of the tool', () => {
    const decided = decidedCall({ labels: ['pii'], output: 'untrusted', outputLabels: ['web'] });
    expect(labelsOfFailure(decided)).toEqual(['pii', 'untrusted', 'web']);
    expect(outputLabels(decided.tool)).toEqual(['web', 'untrusted']);
    expect(outputLabels(decidedCall({ output: 'trusted' }).tool)).toEqual([]);
  });
});

describe('a result that the caller has already seen', () => {
  test('is recorded with its labels; no control is asked', () => {
    const { slot, asked } = control('block');
    const decided = decidedCall({ labels: ['pii'], output: 'untrusted' });
    const passed = passResult(controlsOf([slot]), decided, 'x');
    expect(passed).toMatchObject({
      snapshot: { value: 'x', described: 'x' },
      value: { kind: 'disclosed', disclosure: { name: 'result' } },
      combined: { decision: NO_OBJECTION, ids: ['before-1'], notAsked: ['scope', 'judge'] },
      outcome: 'allow',
      labels: ['pii', 'untrusted'],
    });
    expect(asked).toEqual([]);
  });
});
