import { createDiscloser } from '@spanforge/core-events';
import {
  formatJwks,
  formatVkey,
  generateSigningKey,
  type SigningKey,
  toVerificationKey,
} from '@spanforge/core-signing';
import type { EvidencePackage } from '../package/members.js';
import {
  bundleDraft,
  contextOf,
  openTestLog,
  policyDraft,
  rbacDraft,
  record,
  recordCall,
  scopeDraft,
  startedDraft,
} from '../test-log.js';

/** What the vectors are made from: packages of new logs, and the keys to them. */
export interface VectorBases {
  /** The package of one call with its values disclosed, the base of most vectors. */
  readonly call: EvidencePackage;
  /** All of them by name, `call` among them. */
  readonly packages: Readonly<Record<string, EvidencePackage>>;
  /** Public keys by the name vectors give them. */
  readonly keys: Readonly<Record<string, string>>;
  /** The exporter's keys, in the hands of a forger. */
  readonly signers: readonly SigningKey[];
  /** A checkpoint from before the packages were exported. */
  readonly since: string | undefined;
}

/** Exports the packages that vectors change. */
export async function makeBases(): Promise<VectorBases> {
  const test = await openTestLog();
  await record(test.log, bundleDraft());
  await recordCall(test.log, 'trace-1');
  const first = await test.checkpointer.checkpoint();
  await recordCall(test.log, 'trace-2');
  const bad = contextOf('bad');
  const blocked = await record(test.log, scopeDraft(bad, 'block'));
  await record(test.log, startedDraft(bad, blocked));
  const reused = contextOf('reused');
  const once = await record(test.log, policyDraft(reused, 'allow'));
  await record(test.log, startedDraft(reused, once, 'c1'), startedDraft(reused, once, 'c2'));
  const elsewhere = contextOf('elsewhere');
  const foreign = await record(test.log, scopeDraft({ ...elsewhere, agent: 'other' }, 'allow'));
  await record(test.log, startedDraft(elsewhere, foreign));
  const args = createDiscloser()('args', { amount: 1 });
  const shared = contextOf('shared');
  await record(
    test.log,
    {
      ...startedDraft(shared, []),
      mode: 'shadow',
      disclosures: [args],
      body: { ...(startedDraft(shared, []).body as object), values: { args: args.digest } },
    },
    {
      ...startedDraft(shared, []),
      mode: 'shadow',
      disclosures: [],
      body: { ...(startedDraft(shared, []).body as object), values: { args: args.digest } },
    },
  );
  const { operator, keys } = test;
  const all = { disclose: () => true };
  const other = await openTestLog({ origin: 'log.example/other' });
  await recordCall(other.log, 'trace-1');
  const call = await operator.exportPackage(
    { traceId: 'trace-1' },
    { ...all, since: first?.note ?? '' },
  );
  const bases: Record<string, EvidencePackage> = {
    call,
    other: await other.operator.exportPackage({ traceId: 'trace-1' }, all),
    empty: await operator.exportPackage({ traceId: 'nobody' }),
    parts: await operator.exportPackage({ query: { types: ['spanforge.rbac.v1'] } }),
    blocked: await operator.exportPackage({ traceId: 'bad' }),
    reused: await operator.exportPackage({ traceId: 'reused' }),
    elsewhere: await operator.exportPackage({ traceId: 'elsewhere' }),
    shared: await operator.exportPackage({ traceId: 'shared' }, all),
  };
  await record(
    test.log,
    ...Array.from({ length: 257 }, () => ({ ...rbacDraft(contextOf('tiles')) })),
  );
  bases.tiles = await operator.exportPackage({ traceId: 'tiles' });
  const stranger = await generateSigningKey({ alg: 'Ed25519', role: 'package' });
  const strangeLog = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
  const named = {
    package: test.jwks,
    log: test.vkey,
    stranger: formatJwks([toVerificationKey(stranger)]),
    strange_log: formatVkey(test.origin, toVerificationKey(strangeLog)),
    other_log: other.vkey,
    eddsa: formatJwks([toVerificationKey(keys.ed25519)]),
  };
  const signers = [keys.ed25519, keys.es256];
  return { call, packages: bases, keys: named, signers, since: first?.note };
}
