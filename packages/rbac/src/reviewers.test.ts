import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { expect, test } from 'vitest';
import { createRbac } from './index.js';

const CONTEXT = {
  ...{ tenant: 'acme', project: 'p', env: 'test', run: 'r', traceId: 't' },
  ...{ agent: 'setup', actor: 'platform', source: 'tests@1.0.0' },
};

async function openRbac() {
  const log = await openEvidenceLog({
    ...{ store: createMemoryStore(), origin: 'example.com/rbac', writer: 'test', hmac: false },
  });
  const rbac = createRbac({ recorder: log, reader: log, refreshMs: 0 });
  for (const [actorId, roles] of [
    ['bob', ['reviewer']],
    ['carol', ['superadmin']],
    ['alice', ['reviewer']],
  ] as const) {
    await rbac.registerActor({ actorId, roles }, { context: CONTEXT });
  }
  return { rbac, check: rbac.reviewers() };
}

const question = { tenant: 'acme', requester: 'alice', agent: 'bot', required: 1 };

test.each<[readonly string[], readonly string[], number, boolean, string]>([
  [['bob'], ['reviewer'], 1, true, 'satisfied'],
  [['bob'], [], 1, true, 'satisfied'],
  [['stranger'], [], 1, true, 'satisfied'],
  [['stranger'], ['reviewer'], 1, false, 'not_eligible'],
  [['carol'], ['admin'], 1, true, 'satisfied'],
  [['carol'], ['reviewer'], 1, false, 'not_eligible'],
  [['bob', 'BOB'], ['reviewer'], 2, false, 'approvals_missing'],
  [['bob', 'carol'], ['reviewer', 'admin'], 2, true, 'satisfied'],
  [['Alice'], ['reviewer'], 1, false, 'self_approval'],
  [['bot'], [], 1, false, 'self_approval'],
])('%j may decide for %j, %d needed: %s', async (reviewers, roles, required, eligible, code) => {
  const { check } = await openRbac();
  const found = await check({ ...question, reviewers, roles, required });
  expect(found).toMatchObject({ eligible, reasonCode: code });
});

test('who lost the role may not, and neither may the same name of another tenant', async () => {
  const { rbac, check } = await openRbac();
  const asked = { ...question, reviewers: ['bob'], roles: ['reviewer'] };
  expect((await check({ ...asked, tenant: 'other' })).eligible).toBe(false);
  expect((await check(asked)).eligible).toBe(true);
  await rbac.unregister('bob', { context: CONTEXT });
  expect((await check(asked)).eligible).toBe(false);
});
