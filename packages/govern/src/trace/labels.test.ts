import { describe, expect, test } from 'vitest';
import type { GovernedCall } from '../model/call.js';
import type { CallLabelTracker } from '../model/labels.js';
import { joinLabels, labelCall, labelResult, withoutLabels } from './labels.js';

const callWith = (labels: unknown) =>
  ({ callId: 'call-1', args: { to: 'bob' }, labels }) as unknown as GovernedCall;
const trackerOf = (found: unknown): CallLabelTracker =>
  ({ onCall: () => found, onResult: () => found }) as unknown as CallLabelTracker;
const long = (length: number) => 'x'.repeat(length);

const NOT_LABELS = 'labels: expected a list of names of 1 to 512 characters';
const NOT_VIA = 'via: expected a list of label propagations';

describe('the labels of a call', () => {
  test('are without a tracker those of the caller, in order', () => {
    expect(labelCall(undefined, callWith(['b', 'a', 'b']), [])).toEqual({
      ...{ labels: ['a', 'b'], via: [] },
    });
    expect(labelCall(undefined, callWith([]), [])).toEqual({ labels: [], via: [] });
  });

  test('are with a tracker those, what it finds, and what it says how it found', () => {
    const asked: unknown[] = [];
    const tracker: CallLabelTracker = {
      onCall: (question) => {
        asked.push(question);
        return { labels: ['c'], via: [{ label: 'a', mode: 'exact', fromCallId: 'call-0' }] };
      },
      onResult: () => [],
    };
    const call = callWith(['b']);
    const past = [{ tool: 'browse' }] as never;
    expect(labelCall(tracker, call, past)).toEqual({
      labels: ['a', 'b', 'c'],
      via: [{ label: 'a', mode: 'exact', fromCallId: 'call-0' }],
    });
    expect(asked).toEqual([{ call, args: call.args, past }]);
  });

  test('are told with the first call that each came from, in each way', () => {
    const via = [
      { label: 'a', mode: 'context', fromCallId: '' },
      { label: 'a', mode: 'exact', fromCallId: 'call-1' },
      { label: 'a', mode: 'context', fromCallId: 'call-2' },
      { label: 'b', mode: 'partial', fromCallId: 'call-3', more: 'left out' },
      { label: 'a', mode: 'exact', fromCallId: 'call-4' },
    ];
    expect(labelCall(trackerOf({ labels: [], via }), callWith([]), []).via).toEqual([
      { label: 'a', mode: 'context', fromCallId: 'earlier' },
      { label: 'a', mode: 'exact', fromCallId: 'call-1' },
      { label: 'b', mode: 'partial', fromCallId: 'call-3' },
    ]);
  });

  test('are told as often as a record can hold, and none is lost', () => {
    const via = Array.from({ length: 65 }, (_, at) => ({
      ...{ label: `l${at}`, mode: 'context', fromCallId: 'call-0' },
    }));
    const { labels, via: told } = labelCall(trackerOf({ labels: [], via }), callWith([]), []);
    expect(labels).toHaveLength(65);
    expect(told).toEqual(via.slice(0, 64));
  });

  const NO_LABELS = [undefined, 'a', { length: 0 }, [''], ['a', ''], [5], [['a']], [long(513)]];

  test.each(NO_LABELS)('are refused when the tracker finds %j', (found) => {
    expect(() => labelCall(trackerOf({ labels: found, via: [] }), callWith([]), [])).toThrow(
      new TypeError(NOT_LABELS),
    );
    expect(() => labelResult(trackerOf(found), callWith([]), 'x', [])).toThrow(
      new TypeError(NOT_LABELS),
    );
  });

  test.each(NO_LABELS)('are refused when the caller gives %j', (given) => {
    expect(() => labelCall(undefined, callWith(given), [])).toThrow(new TypeError(NOT_LABELS));
  });

  const VIA = { label: 'a', mode: 'exact', fromCallId: 'call-0' };
  const callable = Object.assign(() => undefined, VIA);

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'exact'],
    ['an object', { 0: VIA, length: 1, every: () => true }],
    ['an entry that is null', [VIA, null]],
    ['an entry that is text', [VIA, 'exact']],
    ['an entry that is a function', [VIA, callable]],
    ['an entry without a label', [VIA, { ...VIA, label: '' }]],
    ['an entry whose label is too long', [{ ...VIA, label: long(513) }]],
    ['an entry of an unknown mode', [{ ...VIA, mode: 'guess' }]],
    ['an entry without a mode', [{ ...VIA, mode: undefined }]],
    ['an entry without a call', [{ ...VIA, fromCallId: undefined }, VIA]],
  ])('are refused when they came by %s', (_, via) => {
    expect(() => labelCall(trackerOf({ labels: ['a'], via }), callWith([]), [])).toThrow(
      new TypeError(NOT_VIA),
    );
  });

  test('may be 512 characters long', () => {
    const via = [{ ...VIA, label: long(512) }];
    expect(labelCall(trackerOf({ labels: [long(512)], via }), callWith([]), []).labels).toEqual([
      long(512),
    ]);
  });
});

describe('labels that are joined', () => {
  test('are sorted, each once, and at most 256', () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => `l${at}`);
    expect(joinLabels(['b', 'a'], [], ['b', 'c'])).toEqual(['a', 'b', 'c']);
    expect(joinLabels([], [])).toEqual([]);
    expect(joinLabels(many(200), many(256))).toHaveLength(256);
    expect(() => joinLabels(many(200), many(257))).toThrow(
      new TypeError('labels: expected at most 256'),
    );
  });
});

describe('labels that are taken away', () => {
  test('go with the ways they came by, and no others go', () => {
    const labels = ['a', 'a:context', 'a:exact', 'a:partial', 'a:other', 'ab', 'a:exact:b', 'b'];
    expect(withoutLabels(labels, new Set(['a']))).toEqual(['a:other', 'ab', 'a:exact:b', 'b']);
    expect(withoutLabels(labels, new Set(['a:exact', 'a:b', 'b']))).toEqual(
      labels.filter((label) => !['a:exact', 'b'].includes(label)),
    );
    expect(withoutLabels(labels, new Set())).toEqual(labels);
  });
});
