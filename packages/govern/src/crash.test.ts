import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { expectTrue } from '../test/crash-check.js';
import { type Answer, answersIn, startCrashChild, triedIn } from '../test/crash-child.js';

const LONG = process.env.SPANFORGE_LONG === '1';
const RANDOM_KILLS = LONG ? 250 : 4;
const REPLICA_KILLS = LONG ? 35 : 2;
const POINTS_AGAIN = LONG ? 3 : 1;
const CHECK_EVERY = LONG ? 20 : 4;

/** Where a process is killed, in the order in which a call gets there. */
const POINTS = [
  'before-start',
  'during-start',
  'after-start',
  'before-effect',
  'after-effect',
  'before-end',
  'during-end',
  'after-end',
  'before-request',
  'during-request',
  'held',
  'during-approval',
  'approved',
  'before-redeem',
  'during-redeem',
  'after-redeem',
];

/** What all processes of one log said, and what is still to be done. */
function createHistory(folder: string) {
  const answers: Answer[] = [];
  const tried = new Set<number>();
  const done = new Set<number>();
  let from = 0;
  let boots = 0;
  return {
    tried,
    /** A process that makes again what was cut off, and goes on with new calls. */
    start(more: { count: number; point?: string; nth?: number; probe?: boolean }) {
      boots += 1;
      const rest = { folder, name: `w${boots}`, inFlight: 6 };
      const retry = [...tried].filter((n) => more.probe || !done.has(n));
      return startCrashChild({ ...rest, retry, from, ...more });
    },
    note(lines: readonly string[]) {
      for (const n of triedIn(lines)) tried.add(n);
      from = Math.max(from, ...[...tried].map((n) => n + 1));
      const heard = answersIn(lines, 'ACK');
      answers.push(...heard, ...answersIn(lines, 'OTHER'));
      for (const { n, status } of heard) if (status !== 'held') done.add(n);
    },
    expectTrue: () => expectTrue(folder, answers),
  };
}

type History = ReturnType<typeof createHistory>;

async function inHistory(work: (history: History) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'govern-crash-'));
  try {
    const history = createHistory(folder);
    await work(history);
    await expectSettled(history);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes every call once more, in peace, and what must never run; then all of it must fit. */
async function expectSettled(history: History): Promise<void> {
  const child = history.start({ count: 0, probe: true });
  expect(await child.exited).toBe(0);
  history.note(child.lines());
  const last = new Map(answersIn(child.lines(), 'ACK').map((answer) => [answer.n, answer]));
  const probes = answersIn(child.lines(), 'PROBE');
  expect(probes.length).toBeGreaterThanOrEqual(history.tried.size);
  expect(probes.filter(({ executed, status }) => executed || status !== 'blocked')).toEqual([]);
  const { effects, starts, ends } = await history.expectTrue();
  const ended = new Set(ends.flatMap(({ n, startedId }) => (startedId === undefined ? [] : [n])));
  for (const n of history.tried) {
    const answer = last.get(n);
    expect(starts.has(n), `call ${n} never began`).toBe(true);
    if (answer?.status === 'completed') continue;
    const { reasonCode, reason } = answer ?? {};
    if (reasonCode === 'approval_consumed') continue;
    expect(reasonCode).toBe('already_started');
    expect(reason).toContain(ended.has(n) ? 'it ended as completed' : 'so it is unknown');
  }
  expect(effects.size).toBeGreaterThan(0);
}

describe('a process that is killed', () => {
  it(
    `at each of ${POINTS.length} points keeps every promise`,
    () =>
      inHistory(async (history) => {
        for (let round = 0; round < POINTS_AGAIN; round += 1) {
          for (const [at, point] of POINTS.entries()) {
            const child = history.start({ count: 20, point, nth: 1 + ((at + round) % 2) });
            expect(await child.said('AT'), `${point} was not reached`).toBe(true);
            await sleep((at + round) % 4);
            child.process.kill('SIGKILL');
            expect(await child.exited).toBe(null);
            history.note(child.lines());
          }
          await history.expectTrue();
        }
      }),
    600_000,
  );

  it(
    `at ${RANDOM_KILLS} moments keeps every promise`,
    () =>
      inHistory(async (history) => {
        for (let kill = 0; kill < RANDOM_KILLS; kill += 1) {
          const child = history.start({ count: 100_000 });
          expect(await child.said(kill % 5 === 0 ? 'TRY' : 'ACK')).toBe(true);
          await sleep(Math.random() * 60);
          child.process.kill('SIGKILL');
          expect(await child.exited).toBe(null);
          history.note(child.lines());
          if (kill % CHECK_EVERY === CHECK_EVERY - 1) await history.expectTrue();
        }
      }),
    1_800_000,
  );

  it(
    `beside another one that makes the same calls, ${REPLICA_KILLS} times, keeps every promise`,
    () =>
      inHistory(async (history) => {
        for (let kill = 0; kill < REPLICA_KILLS; kill += 1) {
          const children = [history.start({ count: 100_000 }), history.start({ count: 100_000 })];
          await Promise.all(children.map(({ said }) => said('ACK')));
          for (const { process: one, exited } of children) {
            await sleep(Math.random() * 60);
            one.kill('SIGKILL');
            expect(await exited).toBe(null);
          }
          for (const { lines } of children) history.note(lines());
        }
      }),
    600_000,
  );
});
