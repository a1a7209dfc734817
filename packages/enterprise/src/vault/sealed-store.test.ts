import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EvidenceContext, readRecords, readValues } from '@spanforge/core-events';
import {
  createMemoryStore,
  type EvidenceLog,
  type EvidenceStore,
  openEvidenceLog,
} from '@spanforge/core-events/log';
import { auditTombstoneV1, enterpriseHoldV1 } from '@spanforge/core-events/records';
import { evidenceStoreContract } from '@spanforge/core-events/testing';
import { createDisclosure } from '@spanforge/core-signing';
import { openSqliteStore } from '@spanforge/store-sqlite';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createFileKeyStore } from '../node/file-key-store.js';
import { createFileKms } from '../node/file-kms.js';
import { guardTenants } from '../tenants/admission.js';
import { scopeReader } from '../tenants/scoped-reader.js';
import { createTenants } from '../tenants/tenants.js';
import { createErasure } from './erasure.js';
import { readHolds } from './holds.js';
import { createMemoryKeyStore } from './key-store.js';
import { paddedLength } from './padding.js';
import { sealStore } from './sealed-store.js';
import { createVault, type Vault } from './vault.js';

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'spanforge-vault-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const newVault = (folder = newFolder()): Vault =>
  createVault({
    kms: createFileKms(join(folder, 'kms')),
    keys: createFileKeyStore(join(folder, 'subjects')),
  });

evidenceStoreContract({
  describe,
  it,
  expect,
  fc,
  persistent: false,
  runs: 10,
  async open() {
    const subjectOf = () => ({ tenant: 'acme', subject: 'anybody' });
    const keys = createMemoryKeyStore();
    const vault = createVault({ kms: createFileKms(newFolder()), keys });
    const store = sealStore(createMemoryStore(), { vault, subjectOf });
    const same = async () => store;
    return { store, reopen: same, another: same, dispose: () => store.close() };
  },
});

const CANARY = 'canary-4711-hippopotamus';
const secret = { kid: 'first', secret: new Uint8Array(32).fill(7).map((byte, at) => byte + at) };

const contextOf = (actor: string): EvidenceContext => ({
  tenant: 'acme',
  project: 'claims',
  env: 'prod',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'claims-agent',
  actor,
  source: 'test@1.0.0',
});

function open(store: EvidenceStore): Promise<EvidenceLog> {
  return openEvidenceLog({ store, origin: 'example.org/erasure', writer: 'test', hmac: secret });
}

async function recordValue(log: EvidenceLog, actor: string, value: unknown): Promise<void> {
  const args = createDisclosure({
    name: 'args',
    value,
    salt: crypto.getRandomValues(new Uint8Array(16)),
  });
  await log.append([
    {
      type: 'spanforge.execution.started.v1',
      context: contextOf(actor),
      body: {
        call_id: `call-${actor}`,
        tool: 'pay',
        effect: 'write',
        mode: 'enforce',
        outcome: 'allow',
        decisions: [],
        values: { args: args.digest },
      },
      disclosures: [args],
    },
  ]);
}

async function valuesOf(log: EvidenceLog, actor: string): Promise<number> {
  const { records } = await log.query({ types: ['spanforge.execution.started.v1'] });
  const own = records.filter(({ context }) => context.actor === actor);
  return (await readValues(log, own)).size;
}

/** Every byte of every file under a folder. */
const bytesUnder = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('');

describe('a sealed store', () => {
  it('keeps no value in plain text anywhere, and reads it back with the key', async () => {
    const [data, keys] = [newFolder(), newFolder()];
    const reopen = async () =>
      open(
        sealStore(await openSqliteStore({ path: join(data, 'evidence.db') }), {
          vault: newVault(keys),
        }),
      );
    const log = await reopen();
    await recordValue(log, 'ada', { iban: CANARY });
    const encoded = Buffer.from(CANARY).toString('base64').slice(2, -4);
    for (const form of [CANARY, encoded]) expect(bytesUnder(data)).not.toContain(form);
    await log.close();
    const again = await reopen();
    expect(await valuesOf(again, 'ada')).toBe(1);
    await again.close();
  });

  it('erases one subject and leaves the records, the proofs and the others as they were', async () => {
    const vault = newVault();
    const log = await open(sealStore(createMemoryStore(), { vault }));
    await recordValue(log, 'ada', 'about Ada');
    await recordValue(log, 'bob', 'about Bob');
    const before = await log.store.leaves(0, 3);
    const erasure = createErasure({ vault, recorder: log, reader: log });
    const request = {
      tenant: 'acme',
      subject: 'ada',
      reason: 'asked for',
      context: contextOf('dpo'),
    };
    const result = await erasure.erase(request);
    expect(result.erased).toBe(true);
    expect([await valuesOf(log, 'ada'), await valuesOf(log, 'bob')]).toEqual([0, 1]);
    expect(await log.store.leaves(0, 3)).toEqual(before);
    const { records } = await log.query({ types: ['spanforge.audit.tombstone.v1'] });
    expect(records.map(({ body }) => body)).toMatchObject([
      { holder: result.holder, reason: 'asked for' },
    ]);
    expect(JSON.stringify(records[0]?.body)).not.toContain('ada');
    expect((await erasure.erase(request)).erased).toBe(false);
    // Whoever comes back gets a new key.
    await recordValue(log, 'ada', 'new');
    expect(await valuesOf(log, 'ada')).toBe(1);
  });

  it('keeps what somebody holds', async () => {
    const vault = newVault();
    const log = await open(sealStore(createMemoryStore(), { vault }));
    await recordValue(log, 'ada', 'about Ada');
    const erasure = createErasure({ vault, recorder: log, reader: log });
    const request = {
      tenant: 'acme',
      subject: 'ada',
      reason: 'case 12',
      context: contextOf('dpo'),
    };
    await erasure.hold({ ...request, held: true });
    await expect(erasure.erase(request)).rejects.toMatchObject({ code: 'ENTERPRISE_LEGAL_HOLD' });
    expect(await valuesOf(log, 'ada')).toBe(1);
    await erasure.hold({ ...request, held: false });
    expect((await erasure.erase(request)).erased).toBe(true);
  });

  it('names a hold to its own tenant only, and respects it wherever it was recorded', async () => {
    const vault = newVault();
    const log = await open(sealStore(createMemoryStore(), { vault }));
    await recordValue(log, 'ada', 'about Ada');
    const erasure = createErasure({ vault, recorder: log, reader: log });
    const request = {
      tenant: 'acme',
      subject: 'ada',
      reason: 'case 12',
      context: contextOf('dpo'),
    };
    const elsewhere = { ...request.context, tenant: 'platform' };
    await erasure.hold({ ...request, context: elsewhere, held: true });
    const { holder } = await vault.keyOf(request);
    expect([...(await readHolds(log, 'acme')).holders]).toEqual([holder]);
    expect([...(await readHolds(log, 'platform')).holders]).toEqual([]);
    expect([...(await readHolds(log)).holders]).toEqual([holder]);
    await erasure.hold({ ...request, held: false });
    // As a program may record it that knows the pseudonym.
    const body = enterpriseHoldV1.toWire({ holder, held: true, reason: 'case 13' });
    await log.append([{ type: enterpriseHoldV1.key, context: elsewhere, body }]);
    expect([...(await readHolds(log, 'acme')).holders]).toEqual([]);
    await expect(erasure.erase(request)).rejects.toMatchObject({ code: 'ENTERPRISE_LEGAL_HOLD' });
  });

  it('records an erasure in the tenant of its subject, wherever the context points', async () => {
    const vault = newVault();
    const log = await open(sealStore(createMemoryStore(), { vault }));
    await recordValue(log, 'ada', 'about Ada');
    const erasure = createErasure({ vault, recorder: log, reader: log });
    const context = { ...contextOf('dpo'), tenant: 'platform' };
    const { holder } = await erasure.erase({
      ...{ tenant: 'acme', subject: 'ada' },
      ...{ reason: 'asked for', context },
    });
    const seenIn = async (tenantId: string, ...projects: readonly string[]) => {
      const tenant = { tenantId, residency: 'eu', projects, crossProject: [] } as const;
      const reader = scopeReader(log, { tenant });
      const found = await readRecords(reader, { types: [auditTombstoneV1.key] });
      return found.map(({ body }) => body.holder);
    };
    // The operator's project is none of the tenant's.
    const seen = [await seenIn('acme'), await seenIn('acme', 'loans'), await seenIn('platform')];
    expect(seen).toEqual([[holder], [holder], []]);
  });

  it('erases values of a tenant that the deployment no longer takes records of', async () => {
    const vault = newVault();
    const inner = await open(sealStore(createMemoryStore(), { vault }));
    await recordValue(inner, 'ada', 'about Ada');
    const context = { ...contextOf('dpo'), tenant: 'platform' };
    const log = guardTenants(inner, { reader: inner, own: context, deployedIn: 'eu' });
    const tenants = createTenants({ recorder: log, reader: log, deployedIn: 'eu' });
    const other = { tenantId: 'other', residency: 'eu', projects: ['claims'], crossProject: [] };
    await tenants.register(other, { context });
    await expect(recordValue(log, 'ada', 'more')).rejects.toMatchObject({
      code: 'ENTERPRISE_TENANT_UNKNOWN',
    });
    const request = { tenant: 'acme', subject: 'ada', reason: 'asked for', context };
    const { erased } = await createErasure({ vault, recorder: log, reader: log }).erase(request);
    expect([erased, await valuesOf(log, 'ada')]).toEqual([true, 0]);
  });

  it('notices keys that a back-up brought back, and destroys them again', async () => {
    const folder = newFolder();
    const keys = createFileKeyStore(join(folder, 'subjects'));
    const vault = createVault({ kms: createFileKms(join(folder, 'kms')), keys });
    const log = await open(sealStore(createMemoryStore(), { vault }));
    await recordValue(log, 'ada', 'about Ada');
    const { keyId } = await vault.keyOf({ tenant: 'acme', subject: 'ada' });
    const backup = await keys.findById(keyId ?? '');
    const erasure = createErasure({ vault, recorder: log, reader: log });
    await erasure.erase({ tenant: 'acme', subject: 'ada', reason: 'r', context: contextOf('dpo') });
    expect(await erasure.finish()).toEqual([]);
    if (backup !== undefined) await keys.add(backup);
    expect(await valuesOf(log, 'ada')).toBe(1);
    expect(await erasure.finish()).toEqual([keyId]);
    expect(await valuesOf(log, 'ada')).toBe(0);
  });

  it('an erasure that cannot be recorded erases nothing', async () => {
    const vault = newVault();
    const log = await open(sealStore(createMemoryStore(), { vault }));
    await recordValue(log, 'ada', 'about Ada');
    const recorder = { append: () => Promise.reject(new Error('disk full')) };
    const erasure = createErasure({ vault, recorder, reader: log });
    await expect(
      erasure.erase({ tenant: 'acme', subject: 'ada', reason: 'r', context: contextOf('dpo') }),
    ).rejects.toMatchObject({ code: 'ENTERPRISE_EVIDENCE_UNAVAILABLE' });
    expect(await valuesOf(log, 'ada')).toBe(1);
  });
});

describe('a vault', () => {
  it('opens what it sealed, under the same words, and nothing that was changed', async () => {
    const vault = newVault();
    const subject = { tenant: 'acme', subject: 'ada' };
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom(...'abcXYZ019-_='), maxLength: 300 }),
        fc.nat(),
        async (text, at) => {
          const sealed = await vault.seal(subject, text, 'digest');
          expect(await vault.open(sealed, 'digest')).toBe(text);
          await expect(vault.open(sealed, 'other')).rejects.toMatchObject({
            code: 'ENTERPRISE_KEY_INVALID',
          });
          const body = sealed.lastIndexOf('.') + 1;
          const place = body + (at % (sealed.length - body - 2));
          const flipped = sealed[place] === 'A' ? 'B' : 'A';
          const changed = sealed.slice(0, place) + flipped + sealed.slice(place + 1);
          await expect(vault.open(changed, 'digest')).rejects.toMatchObject({
            code: 'ENTERPRISE_KEY_INVALID',
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('asks the key store once a second for a key it reads with, and for no more keys than it may', async () => {
    const keys = createMemoryKeyStore();
    const asked: string[] = [];
    const counting = {
      ...keys,
      findById: (id: string) => {
        asked.push(id);
        return keys.findById(id);
      },
    };
    let at = 0;
    const folder = newFolder();
    const kms = createFileKms(join(folder, 'kms'));
    const vault = createVault({ kms, keys: counting, now: () => at, maxOpenKeys: 2 });
    const sealed = await Promise.all(
      ['a', 'b', 'c'].map((subject) => vault.seal({ tenant: 't', subject }, subject, 'd')),
    );
    const [a = '', b = '', c = ''] = sealed;
    for (let times = 0; times < 10; times += 1) expect(await vault.open(a, 'd')).toBe('a');
    expect(asked.length).toBe(1);
    // Another process destroys the key: from the next second on it is gone here too.
    await keys.destroy(a.split('.')[1] ?? '');
    at = 999;
    expect(await vault.open(a, 'd')).toBe('a');
    at = 1000;
    expect(await vault.open(a, 'd')).toBeUndefined();
    // Destroyed by this vault it is gone at once.
    expect(await vault.open(b, 'd')).toBe('b');
    await vault.destroyKey(b.split('.')[1] ?? '');
    expect(await vault.open(b, 'd')).toBeUndefined();
    expect(await vault.open(c, 'd')).toBe('c');
  });

  it('never seals with a key that is gone', async () => {
    const keys = createMemoryKeyStore();
    const vault = createVault({ kms: createFileKms(join(newFolder(), 'kms')), keys });
    const subject = { tenant: 't', subject: 's' };
    const [first = ''] = (await vault.seal(subject, 'x', 'd')).split('.').slice(1);
    await keys.destroy(first);
    const again = await vault.seal(subject, 'y', 'd');
    expect(again.split('.')[1]).not.toBe(first);
    expect(await vault.open(again, 'd')).toBe('y');
  });

  it('shows of a length only its class', async () => {
    const vault = newVault();
    const lengths = await Promise.all(
      ['a', 'a'.repeat(60)].map(async (text) => {
        return (await vault.seal({ tenant: 't', subject: 's' }, text, 'd')).length;
      }),
    );
    expect(new Set(lengths).size).toBe(1);
    fc.assert(
      fc.property(fc.nat(100_000), (length) => {
        const padded = paddedLength(length);
        expect(padded).toBeGreaterThanOrEqual(length);
        expect(paddedLength(padded)).toBe(padded);
      }),
    );
  });

  it('makes one key for a subject, whoever asks at the same time', async () => {
    const folder = newFolder();
    const vaults = [1, 2, 3].map(() => newVault(folder));
    const subject = { tenant: 'acme', subject: 'ada' };
    const sealed = await Promise.all(vaults.map((vault) => vault.seal(subject, 'x', 'd')));
    expect(new Set(sealed.map((text) => text.split('.')[1])).size).toBe(1);
    expect((await vaults[0]?.open(sealed[2] ?? '', 'd')) ?? '').toBe('x');
  });

  it('reads on after the wrapping key was rotated, and no more once it is retired', async () => {
    const folder = newFolder();
    const kms = createFileKms(join(folder, 'kms'));
    const keys = createFileKeyStore(join(folder, 'subjects'));
    const subject = { tenant: 'acme', subject: 'ada' };
    const sealed = await createVault({ kms, keys }).seal(subject, 'x', 'd');
    await kms.rotate();
    expect(await createVault({ kms, keys }).open(sealed, 'd')).toBe('x');
    const wrapped = await keys.findById(sealed.split('.')[1] ?? '');
    await kms.retire(wrapped?.keyId ?? '');
    await expect(createVault({ kms, keys }).open(sealed, 'd')).rejects.toMatchObject({
      code: 'ENTERPRISE_KMS_KEY_RETIRED',
    });
  });
});
