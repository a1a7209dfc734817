// Governs numbered calls over a SQLite file until it is killed. Whatever runs is appended to a
// ledger; every answer is said in one line, synchronously, on standard output.
// Usage: crash-child.mjs <options as JSON>, see CrashOptions in crash-child.ts
import { fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openEvidenceLog } from '@spanforge/core-events/log';
import { createGovernor, createReviews, GovernError } from '@spanforge/govern';
import { openSqliteStore } from '@spanforge/store-sqlite';

const { folder, name, retry, from, count, inFlight, point, nth, probe } = JSON.parse(
  process.argv[2],
);
const say = (text) => writeSync(1, `${text}\n`);

let reached = 0;
/** Says that a point was reached and stays there; at once for every other point. */
function at(where) {
  if (where !== point) return undefined;
  reached += 1;
  if (reached !== nth) return undefined;
  say(`AT ${where}`);
  return new Promise(() => undefined);
}

const KINDS = [
  ['review.consumed', 'redeem'],
  ['execution.started', 'start'],
  ['review.requested', 'request'],
  ['review.resolved', 'approval'],
];

/** What a commit is about; an ending only where the tool ran. */
function kindOf({ records }) {
  const bodies = records.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)));
  const has = (kind) =>
    bodies.some(({ type }) => type.replace(/\.v\d+$/, '') === `spanforge.${kind}`);
  const known = KINDS.find(([type]) => has(type))?.[1];
  return known ?? (bodies.some(({ body }) => body.executed === true) ? 'end' : 'other');
}

const store = await openSqliteStore({
  path: join(folder, 'evidence.db'),
  walLimitBytes: 128 * 1024,
});
const watched = {
  ...store,
  async append(groups) {
    const kinds = new Set(groups.map(kindOf));
    for (const kind of kinds) await at(`before-${kind}`);
    const appending = store.append(groups);
    appending.catch(() => undefined);
    for (const kind of kinds) await at(`during-${kind}`);
    const results = await appending;
    for (const kind of kinds) await at(`after-${kind}`);
    return results;
  },
};
// The same for every process of a log, as a key file would be.
const secret = Uint8Array.from({ length: 32 }, (_, step) => (step * 89 + 41) % 256);
const log = await openEvidenceLog({
  store: watched,
  origin: 'example.com/crash',
  writer: name,
  hmac: { kid: 'crash', secret },
});
const reviews = createReviews({ log });
const needsPerson = ({ args }) => args.amount >= 100;
const governor = createGovernor({
  log,
  scope: async (call) => ({
    outcome: needsPerson(call) ? 'human_review' : 'allow',
    obligations: [],
    reason: 'Decided by the amount.',
    reasonCode: 'amount',
  }),
});

const ledger = openSync(join(folder, 'ledger'), 'a');
const pay = governor.govern(
  async (args, { callId }) => {
    await at('before-effect');
    writeSync(ledger, `${JSON.stringify({ n: args.n, callId, args })}\n`);
    fsyncSync(ledger);
    await at('after-effect');
    return { paid: args.amount };
  },
  { name: 'pay' },
);

const argsOf = (n) => ({ n, amount: n % 2 === 0 ? 5 : 500 });
// Ids of calls come back in every run, as those of frameworks do.
const contextOf = (n) => ({
  tenant: n % 4 < 2 ? 'acme' : 'other',
  project: 'crash',
  env: 'test',
  run: `run-${Math.floor(n / 10)}`,
  traceId: `trace-${Math.floor(n / 10)}`,
  agent: 'bot',
  actor: 'alice',
  callId: `call-${n % 10}`,
});

function acknowledge(word, n, result) {
  const { status, executed, reasonCode, reason, receipts } = result;
  const index = receipts.at(-1)?.index ?? -1;
  say(`${word} ${JSON.stringify({ n, status, executed, reasonCode, reason, index })}`);
}

async function approve(n, reviewId) {
  try {
    await reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob' });
  } catch (error) {
    // Another process approved it, or the one before this.
    if (!GovernError.is(error) || error.code !== 'GOVERN_REVIEW_ALREADY_RESOLVED') throw error;
  }
  say(`APPROVED ${n}`);
}

async function settle(n) {
  say(`TRY ${n}`);
  const result = await pay(argsOf(n), contextOf(n));
  acknowledge('ACK', n, result);
  if (result.status !== 'held') return;
  await at('held');
  await approve(n, result.reviewId);
  await at('approved');
  await Promise.all([
    pay(argsOf(n), contextOf(n)).then((one) => acknowledge('ACK', n, one)),
    // Another call with the same arguments is after the same approval at the same moment.
    n % 3 === 0 && replay(n, result.reviewId).then((one) => acknowledge('OTHER', n, one)),
  ]);
}

const replay = (n, reviewId) => pay(argsOf(n), { ...contextOf(n), callId: `again-${n}`, reviewId });

/** What must never run: other arguments under the same id, and an approval under another id. */
async function tryAround(n, reviewId) {
  const { amount } = argsOf(n);
  acknowledge('PROBE', n, await pay({ n, amount: amount + 1 }, contextOf(n)));
  if (reviewId === undefined) return;
  acknowledge('PROBE', n, await replay(n, reviewId));
}

const queue = [...retry, ...Array.from({ length: count }, (_, step) => from + step)];
let next = 0;
async function lane(work) {
  while (next < queue.length) await work(queue[next++]);
}
await Promise.all(Array.from({ length: inFlight }, () => lane(settle)));
if (probe) {
  const nameOf = (run, callId) => `${run} ${callId}`;
  const used = await reviews.list({ state: 'consumed' });
  const byCall = new Map(
    used.map(({ context, callId, reviewId }) => [nameOf(context.run, callId), reviewId]),
  );
  const usedBy = (n) => byCall.get(nameOf(contextOf(n).run, contextOf(n).callId));
  next = 0;
  const probeOne = (n) => tryAround(n, usedBy(n));
  await Promise.all(Array.from({ length: inFlight }, () => lane(probeOne)));
}
await log.close();
say('END');
