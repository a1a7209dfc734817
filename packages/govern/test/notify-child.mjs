// Holds calls for a person, decides them and tells a receiver, until it is killed.
// Usage: notify-child.mjs <options as JSON>, see NotifyOptions in notifications/kill.test.ts

import { writeSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { openEvidenceLog } from '@spanforge/core-events/log';
import { createGovernor, createReviews, GovernError } from '@spanforge/govern';
import { createReviewNotifier } from '@spanforge/govern/notifications';
import { openSqliteStore } from '@spanforge/store-sqlite';

const { folder, name, url, calls, point } = JSON.parse(process.argv[2]);
const say = (text) => writeSync(1, `${text}\n`);

/** Says that a point was reached and stays there; at once for every other point. */
function at(where) {
  if (where !== point) return undefined;
  say(`AT ${where}`);
  return new Promise(() => undefined);
}

/** What a commit asks for, or decides. */
function kindOf(groups) {
  const bytes = groups.flatMap(({ records }) => records.map((record) => record.bytes));
  const types = bytes.map((one) => JSON.parse(new TextDecoder().decode(one)).type);
  const has = (kind) => types.some((type) => type.startsWith(`spanforge.review.${kind}.`));
  return ['requested', 'resolved'].find(has);
}

const store = await openSqliteStore({ path: join(folder, 'evidence.db') });
const watched = {
  ...store,
  async append(groups) {
    const kind = kindOf(groups);
    await at(`before-${kind}`);
    const appending = store.append(groups);
    appending.catch(() => undefined);
    await at(`during-${kind}`);
    const results = await appending;
    await at(`after-${kind}`);
    return results;
  },
};
// The same for every process of a log, as a key file would be.
const secret = Uint8Array.from({ length: 32 }, (_, step) => (step * 89 + 41) % 256);
const log = await openEvidenceLog({
  store: watched,
  origin: 'example.com/notify',
  writer: name,
  hmac: { kid: 'notify', secret },
});
const governor = createGovernor({
  log,
  scope: async () => ({
    outcome: 'human_review',
    obligations: [],
    reason: 'A person decides.',
    reasonCode: 'person',
  }),
});
const pay = governor.govern(async () => 'paid', { name: 'pay' });
const reviews = createReviews({ log });

const place = join(folder, 'notified');
const cursor = {
  async load() {
    try {
      return Number(await readFile(place, 'utf8'));
    } catch (error) {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    }
  },
  async save(next) {
    await at('before-save');
    const file = await open(`${place}.new`, 'w');
    await file.writeFile(String(next));
    await file.sync();
    await file.close();
    await at('during-save');
    await rename(`${place}.new`, place);
    await at('after-save');
  },
};
const notifier = createReviewNotifier({
  log,
  cursor,
  target: { url, allowedHosts: ['127.0.0.1'], allowPrivate: true },
  signing: { kind: 'hmac', secret },
  backoffMs: 1,
  async fetch(...request) {
    await at('before-send');
    const response = await fetch(...request);
    await at('after-answer');
    return response;
  },
  pause: (ms) => at('between-attempts') ?? new Promise((resolve) => setTimeout(resolve, ms)),
});

async function hold(n) {
  const result = await pay(
    { amount: n },
    {
      ...{ tenant: 'acme', project: 'notify', env: 'test', run: `run-${n}`, traceId: `trace-${n}` },
      ...{ agent: 'bot', actor: 'alice', callId: `call-${n}` },
    },
  );
  if (result.status !== 'held') return;
  try {
    await reviews.resolve({ reviewId: result.reviewId, resolution: 'rejected', reviewer: 'bob' });
  } catch (error) {
    if (!GovernError.is(error) || error.code !== 'GOVERN_REVIEW_ALREADY_RESOLVED') throw error;
  }
}

for (const n of calls) await hold(n);
const { failed } = await notifier.deliver();
say(`DONE ${failed?.reason ?? 'all'}`);
await log.close();
