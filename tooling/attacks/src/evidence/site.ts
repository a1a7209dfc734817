import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleOf, openShop, type Shop } from './service.js';
import { withSql } from './sql.js';

/** Records of other things, so that what matters lies in a closed segment of the index. */
const FILLER = 8400;

async function fill(shop: Shop): Promise<void> {
  const { log, administration } = shop;
  const filler = {
    type: 'spanforge.key.retired.v1',
    context: { ...administration.context, traceId: 'filler' },
    body: { kid: 'k', role: 'log' },
  };
  for (let left = FILLER; left > 0; left -= 2100) {
    await log.append(Array.from({ length: 2100 }, () => filler));
  }
}

async function begin(shop: Shop): Promise<void> {
  const { opened, rbac, administration, call } = shop;
  await opened.policy.lifecycle.activate(bundleOf('1'));
  for (const actorId of ['alice', 'mallory']) {
    await rbac.registerActor({ actorId, roles: ['clerk'] }, administration);
  }
  await call('refund', 20, 'alice', 'small');
  await call('refund', 50_000, 'alice', 'huge');
  await call('ship', 1, 'alice', 'parcel-1');
  await call('ship', 1, 'alice', 'parcel-2');
  const held = await call('refund', 500, 'alice', 'held');
  if (held.status !== 'held') throw new Error(`expected a held call: ${held.reason}`);
  const { reviewId } = held;
  await opened.reviews.resolve({ reviewId, resolution: 'approved', reviewer: 'bob' });
  const paid = await call('refund', 500, 'alice', 'held');
  if (paid.status !== 'completed') throw new Error(`expected a refund: ${paid.reason}`);
}

/** Mallory is let go, and what is refunded at all is lowered: what an attacker would undo. */
async function tighten({ opened, rbac, administration }: Shop): Promise<void> {
  await rbac.unregister('mallory', administration);
  await opened.policy.lifecycle.activate(bundleOf('2'));
}

/** Where the workspace of a site is, and the copy of its database from before the last changes. */
export const siteFiles = (folder: string) => ({
  workspace: join(folder, '.spanforge'),
  database: join(folder, '.spanforge', 'evidence.db'),
  older: join(folder, 'older.db'),
  mark: join(folder, '.spanforge', 'keys', 'log.mark.json'),
  keys: join(folder, '.spanforge', 'keys'),
  /** The signer's mark of the same time as the older copy. */
  olderMark: join(folder, 'older.mark.json'),
});

/** Makes a workspace with a history; `long` has all of it in a closed segment of the index. */
export async function makeSite(folder: string, long: boolean): Promise<void> {
  const { workspace, database, older, mark, olderMark } = siteFiles(folder);
  const first = await openShop(workspace);
  await begin(first);
  await first.close();
  // What a process leaves beside the database belongs into it.
  withSql(database, (sql) => sql.rows('PRAGMA wal_checkpoint(TRUNCATE)'));
  copyFileSync(database, older);
  copyFileSync(mark, olderMark);
  const second = await openShop(workspace);
  await tighten(second);
  if (long) await fill(second);
  await second.close();
}
