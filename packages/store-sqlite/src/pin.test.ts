import * as store from '@spanforge/store-sqlite';
import { expect, it } from 'vitest';
import { APPLICATION_ID, SCHEMA_VERSION, segmentOf } from './schema.js';

it('exports exactly this', () => {
  expect(Object.keys(store)).toEqual(['openSqliteStore']);
});

it('marks its files so; a change needs a new schema version', () => {
  expect(APPLICATION_ID).toBe(1397114198);
  expect(SCHEMA_VERSION).toBe(1);
  expect([8191, 8192].map(segmentOf)).toEqual([0, 1]);
});
