import type { EvidenceRecord } from '@spanforge/core-events';
import { executionEndedV1, executionStartedV1 } from '@spanforge/core-events/records';
import { describe, expect, it } from 'vitest';
import { partsOf } from './calls.js';

const at = (index: number, type: string, id: string, body: object) =>
  ({ index, type, id, mode: 'live', body }) as unknown as EvidenceRecord;
const start = (index: number, id: string, call = 'c1') =>
  at(index, executionStartedV1.key, id, { call_id: call, tool: 't' });
const end = (index: number, body: object) =>
  at(index, executionEndedV1.key, `e${index}`, { call_id: 'c1', tool: 't', ...body });
const RAN = { executed: true };
const joined = (...records: EvidenceRecord[]) =>
  partsOf(records).calls.map(({ started, ended }) => [started?.index, ended?.index]);

describe('an end', () => {
  it('belongs to the earliest open start that it names, also where two have one id', () => {
    const starts = [start(0, 'a'), start(1, 'a')];
    expect(joined(...starts, end(2, { started_id: 'a' }))).toEqual([
      [0, 2],
      [1, undefined],
    ]);
    expect(joined(...starts, ...[2, 3, 4].map((n) => end(n, { started_id: 'a' })))).toEqual([
      [0, 2],
      [1, 3],
      [undefined, 4],
    ]);
  });

  it('that names none belongs to the earliest open start of its call id', () => {
    const starts = [start(0, 'a'), start(1, 'b'), start(2, 'c', 'c2')];
    expect(joined(...starts, end(3, { started_id: 'a' }), end(4, RAN), end(5, RAN))).toEqual([
      [0, 3],
      [1, 4],
      [2, undefined],
      [undefined, 5],
    ]);
  });

  it.each([{ executed: false }, {}, { executed: 'true' }])(
    'that ran nothing and names no start ends none: %j',
    (refused) => {
      const repeated = [start(0, 'a'), end(1, refused), end(2, { started_id: 'a' })];
      expect(joined(...repeated)).toEqual([
        [0, 2],
        [undefined, 1],
      ]);
      expect(joined(start(0, 'a'), end(1, refused))).toEqual([
        [0, undefined],
        [undefined, 1],
      ]);
    },
  );
});
