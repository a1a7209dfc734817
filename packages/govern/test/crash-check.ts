import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EvidenceRecord, readRecords } from '@spanforge/core-events';
import { type EvidenceLog, fsck, openEvidenceLog } from '@spanforge/core-events/log';
import {
  type ExecutionEndedBody,
  type ExecutionStartedBody,
  executionEndedV1,
  executionStartedV1,
  type ReviewConsumedBody,
  reviewConsumedV1,
} from '@spanforge/core-events/records';
import { openDisclosure } from '@spanforge/core-signing';
import { openSqliteStore } from '@spanforge/store-sqlite';
import { expect } from 'vitest';
import type { Answer } from './crash-child.js';

/** What the tool wrote down when it really ran. */
interface Effect {
  readonly n: number;
  readonly callId: string;
  readonly args: unknown;
}

interface Start extends ExecutionStartedBody {
  readonly record: EvidenceRecord;
  readonly n: number;
}

interface End extends ExecutionEndedBody {
  readonly index: number;
  readonly n: number;
}

/** What a log and its ledger hold. */
export interface Kept {
  readonly effects: ReadonlyMap<number, Effect>;
  readonly starts: ReadonlyMap<number, Start>;
  readonly ends: readonly End[];
  readonly consumed: readonly ReviewConsumedBody[];
  readonly records: readonly EvidenceRecord[];
}

/** Answers about an attempt that say of the call only that it was made before, or waits. */
const OF_THE_ATTEMPT = new Set(['already_started', 'approval_consumed', 'amount']);
/** Answers about other arguments, or another call, than those that ran. */
const OF_ANOTHER = new Set(['call_id_reused', 'review_mismatch']);

const SECRET = Uint8Array.from({ length: 32 }, (_, step) => (step * 89 + 41) % 256);

/** The number of a call, from the run and the id it was made with. */
function numberOf({ context }: EvidenceRecord, callId: string): number {
  const [, run] = context.run.split('-');
  const [word, id] = callId.split('-');
  return word === 'call' ? Number(run) * 10 + Number(id) : Number(id);
}

function mapOnce<Item extends { readonly n: number }>(items: readonly Item[]): Map<number, Item> {
  const once = new Map(items.map((item) => [item.n, item]));
  expect([...once.values()], 'each one once').toHaveLength(items.length);
  return once;
}

async function readEffects(folder: string): Promise<Map<number, Effect>> {
  const text = await readFile(join(folder, 'ledger'), 'utf8').catch(() => '');
  const lines = text.split('\n').slice(0, -1);
  return mapOnce(lines.map((line) => JSON.parse(line) as Effect));
}

async function readKept(folder: string, log: EvidenceLog): Promise<Kept> {
  const effects = await readEffects(folder);
  const types = [executionStartedV1.key, executionEndedV1.key, reviewConsumedV1.key];
  const records = await readRecords(log, { types });
  const starts: Start[] = [];
  const ends: End[] = [];
  const consumed: ReviewConsumedBody[] = [];
  for (const record of records) {
    if (record.type === executionStartedV1.key) {
      const body = executionStartedV1.fromWire(record.body);
      starts.push({ ...body, record, n: numberOf(record, body.callId) });
    } else if (record.type === executionEndedV1.key) {
      const body = executionEndedV1.fromWire(record.body);
      ends.push({ ...body, index: record.index, n: numberOf(record, body.callId) });
    } else consumed.push(reviewConsumedV1.fromWire(record.body));
  }
  return { effects, starts: mapOnce(starts), ends, consumed, records };
}

async function expectStarted(log: EvidenceLog, { effects, starts }: Kept): Promise<void> {
  for (const { n, callId, args } of effects.values()) {
    const start = starts.get(n);
    expect(start, `call ${n} ran without a start`).toMatchObject({ callId, tool: 'pay' });
    const disclosures = await log.disclosures(start?.record.index ?? -1);
    const given = disclosures.find(({ digest }) => digest === start?.values?.args);
    expect(given && openDisclosure(given.encoded).value).toEqual(args);
  }
}

function expectEndings({ effects, starts, ends }: Kept): void {
  const byStart = new Map([...starts.values()].map((start) => [start.record.id, start]));
  const own = ends.filter(({ startedId }) => startedId !== undefined);
  mapOnce(own);
  for (const { n, startedId, status, executed } of own) {
    const start = byStart.get(startedId ?? '');
    const ran = effects.has(n);
    expect({ n: start?.n, status, executed, ran }).toEqual({
      ...{ n, status: 'completed', executed: true, ran: true },
    });
  }
  for (const { n, index, startedId, executed, reasonCode } of ends) {
    if (startedId !== undefined) continue;
    expect(executed).toBe(false);
    const started = starts.get(n)?.record.index ?? Number.POSITIVE_INFINITY;
    if (index < started) continue;
    const known = OF_THE_ATTEMPT.has(reasonCode) || OF_ANOTHER.has(reasonCode);
    expect(known, `call ${n} was told ${reasonCode}`).toBe(true);
  }
}

function expectApprovals({ starts, consumed }: Kept): void {
  const reviews = consumed.map(({ reviewId }) => reviewId);
  expect(new Set(reviews).size).toBe(reviews.length);
  const redeemed = [...starts.values()].flatMap(({ reviewId }) => reviewId ?? []);
  expect([...redeemed].sort()).toEqual([...reviews].sort());
  // Odd calls need a person, and run only with an approval.
  for (const { n, reviewId } of starts.values()) expect(reviewId !== undefined).toBe(n % 2 === 1);
}

function expectAnswers(kept: Kept, answers: readonly Answer[]): void {
  const endAt = new Map(kept.ends.map((end) => [end.index, end]));
  for (const { n, status, executed, reasonCode, index } of answers) {
    expect(endAt.get(index), `the answer to call ${n}`).toMatchObject({
      ...{ n, status, executed, reasonCode },
    });
    if (status === 'completed') expect(kept.effects.has(n)).toBe(true);
  }
}

/**
 * Checks what a log says against what really happened: nothing ran twice, nothing ran without a
 * start, nothing that ran is said not to have, every answer is on record, every approval was used
 * once, and the log is whole.
 */
export async function expectTrue(folder: string, answers: readonly Answer[]): Promise<Kept> {
  const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
  const log = await openEvidenceLog({
    store,
    origin: 'example.com/crash',
    writer: 'check',
    hmac: { kid: 'crash', secret: SECRET },
  });
  try {
    const { findings } = await fsck({ log });
    // Numbers of a refused commit are explained by the next record, which a kill may prevent: that
    // is a warning. What was acknowledged is compared below.
    expect(findings.filter(({ code }) => code !== 'writer_hole')).toEqual([]);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    const kept = await readKept(folder, log);
    await expectStarted(log, kept);
    expectEndings(kept);
    expectApprovals(kept);
    expectAnswers(kept, answers);
    return kept;
  } finally {
    await log.close();
  }
}
