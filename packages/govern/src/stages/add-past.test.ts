import { createDiscloser, createTimeLimit, EventsError } from '@spanforge/core-events';
import { describe, expect, test, vi } from 'vitest';
import type { CallLabelTracker } from '../model/labels.js';
import type { OpenCall } from '../model/open-call.js';
import { NO_PAST, type PastEntry, type PastTrace } from '../trace/past-trace.js';
import { addPast, type PastParts } from './add-past.js';

const disclose = createDiscloser();
const open = (labels: readonly string[] = [], calls?: readonly unknown[]): OpenCall =>
  ({
    call: {
      ...{ callId: 'c-2', tool: 'send', args: { to: 'bob' }, labels, context: { run: 'r' } },
      ...(calls === undefined ? {} : { calls }),
    },
    admissibility: { kind: 'askable' },
    propagation: [],
    declassifiedBy: [],
  }) as unknown as OpenCall;

const entry = (labels: readonly string[] = []): PastEntry => ({
  ...{ callId: 'c-1', tool: 'look', kind: 'result', labels, endedAt: 3 },
  args: disclose('args', { id: 1 }),
  value: disclose('result', 'seen'),
});
const past = (more: Partial<PastTrace> = {}): PastTrace => ({ ...NO_PAST, ...more });
const seen = { tool: 'look', args: { id: 1 }, labels: [], result: 'seen' };

const tracker = (labels: readonly string[], via: readonly object[] = []) => {
  const onCall = vi.fn(() => ({ labels, via }));
  return { onCall, labels: { onCall, onResult: () => [] } as unknown as CallLabelTracker };
};

interface Given {
  readonly past?: PastTrace | Promise<PastTrace>;
  readonly labels?: CallLabelTracker;
  readonly approved?: readonly { readonly reviewId: string; readonly labels: readonly string[] }[];
  readonly recent?: () => Promise<void>;
}

const partsOf = ({ past: found, labels, approved, recent }: Given): PastParts =>
  ({
    log: recent === undefined ? {} : { requireRecentIndex: recent },
    traces: found === undefined ? undefined : { past: () => found },
    labels,
    reviews: {
      declassified: async () => {
        if (approved === undefined) throw new Error('not readable');
        return approved;
      },
    },
    commitLimit: createTimeLimit(1000),
  }) as unknown as PastParts;

const UNREADABLE = 'The earlier calls of this trace could not be read from the evidence';

describe('a call is given what came before it', () => {
  test('or nothing where no facts are kept', () => {
    const call = open(['a']);
    expect(addPast(partsOf({}), call)).toBe(call);
  });

  test('or nothing where it is refused already, and nobody is asked', () => {
    const call = { ...open(), admissibility: { kind: 'inadmissible' } } as unknown as OpenCall;
    const recent = vi.fn(async () => undefined);
    expect(addPast(partsOf({ recent, past: past({ entries: [entry()] }) }), call)).toBe(call);
    expect(recent).not.toHaveBeenCalled();
  });

  test('at once where all of it is in memory', () => {
    expect(addPast(partsOf({ past: past() }), open())).toEqual(open([], []));
    const added = addPast(partsOf({ past: past({ entries: [entry()] }) }), open());
    expect(added).toEqual(open([], [seen]));
    const again = addPast(partsOf({ past: past({ entries: [entry()] }) }), open([], ['old']));
    expect(again).toEqual(open([], [seen]));
  });

  test('once it was read, and once the newest records were compared', async () => {
    const entries = [entry()];
    const reading = partsOf({ past: Promise.resolve(past({ entries })) });
    expect(await addPast(reading, open())).toEqual(open([], [seen]));
    const order: string[] = [];
    const recent = async () => void order.push('compared');
    const parts = partsOf({ recent, past: past({ entries }) });
    const asked = vi.fn(() => {
      order.push('read');
      return past({ entries });
    });
    const added = addPast({ ...parts, traces: { past: asked } as never }, open());
    expect(added).toBeInstanceOf(Promise);
    expect(await added).toEqual(open([], [seen]));
    expect(order).toEqual(['compared', 'read']);
  });

  test('without facts where some are gone, so that rules take the stricter way', () => {
    const parts = partsOf({ past: past({ whole: false, entries: [entry()] }) });
    expect((addPast(parts, open()) as OpenCall).call).not.toHaveProperty('calls');
  });
});

describe('a call keeps labels', () => {
  test('of its caller, where no approval takes them away or approvals cannot be read', async () => {
    for (const approved of [undefined, [], [{ reviewId: 'r', labels: ['other'] }]]) {
      const parts = partsOf({ past: past(), ...(approved ? { approved } : {}) });
      const labelled = await addPast(parts, open(['secret']));
      expect(labelled.call.labels).toEqual(['secret']);
      expect(labelled.declassifiedBy).toEqual([]);
    }
  });

  test('but for those that approvals take away, which are named', async () => {
    const approved = [
      { reviewId: 'r-1', labels: ['secret'] },
      { reviewId: 'r-2', labels: ['other'] },
      { reviewId: 'r-3', labels: ['pii', 'secret'] },
    ];
    const labelled = await addPast(
      partsOf({ past: past(), approved }),
      open(['pii', 'secret', 'x']),
    );
    expect(labelled.call.labels).toEqual(['x']);
    expect(labelled.declassifiedBy).toEqual(['r-1', 'r-3']);
  });

  test('that a tracker finds, from calls that are kept and from those that were dropped', async () => {
    const via = [{ label: 'pii', mode: 'exact', fromCallId: 'c-1' }];
    const { labels, onCall } = tracker(['pii'], via);
    const kept = past({ entries: [entry(['pii'])], carried: ['gone'], whole: false });
    const labelled = await addPast(partsOf({ past: kept, labels, approved: [] }), open());
    expect(labelled).toMatchObject({ call: { labels: ['pii'] }, propagation: via });
    const [[asked]] = onCall.mock.calls as unknown as [[{ past: readonly object[] }]];
    expect(asked.past).toMatchObject([
      { callId: '', lost: true, labels: ['gone'] },
      { callId: 'c-1', labels: ['pii'] },
    ]);
  });

  test('of dropped calls too where nothing else is known, and none where a tracker finds none', async () => {
    const { labels, onCall } = tracker([]);
    const found = addPast(partsOf({ past: past({ carried: ['gone'] }), labels }), open());
    expect(found).toEqual(open([], []));
    expect(onCall).toHaveBeenCalledOnce();
    const nothing = tracker(['new']);
    const asked = await addPast(partsOf({ past: past(), labels: nothing.labels }), open());
    expect(asked.call.labels).toEqual(['new']);
  });
});

describe('a call is refused', () => {
  const refusal = (reasonCode: string, reason: string, cause: unknown) => ({
    kind: 'inadmissible',
    decision: { outcome: 'block', obligations: [], reasonCode, reason },
    cause,
  });

  test('where a tracker fails', () => {
    const cause = new Error('no');
    const labels = {
      onCall: () => {
        throw cause;
      },
    } as unknown as CallLabelTracker;
    const { admissibility } = addPast(partsOf({ past: past(), labels }), open()) as OpenCall;
    const reason = 'The labels of this call could not be determined.';
    expect(admissibility).toEqual(refusal('control_failed', reason, cause));
  });

  const causes = [
    [new Error('secret'), `${UNREADABLE}.`],
    [new EventsError('EVENTS_STORE_UNAVAILABLE', 'the store'), `${UNREADABLE}.`],
    [{ code: 'EVENTS_INDEX_INCOMPLETE', message: 'forged' }, `${UNREADABLE}.`],
    [undefined, `${UNREADABLE}.`],
    [new EventsError('EVENTS_INDEX_INCOMPLETE', 'record 7'), `${UNREADABLE}: record 7.`],
  ] as const;
  test.each(causes)('where its past cannot be read: %s', async (cause, reason) => {
    const failing = partsOf({ past: Promise.reject(cause) });
    const expected = refusal('evidence_unavailable', reason, cause);
    expect((await addPast(failing, open())).admissibility).toEqual(expected);
    const recent = () => Promise.reject(cause);
    const first = await addPast(partsOf({ recent, past: past() }), open());
    expect(first.admissibility).toEqual(expected);
  });
});
