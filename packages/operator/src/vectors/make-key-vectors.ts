import {
  formatCheckpoint,
  formatJwks,
  formatVkey,
  generateSigningKey,
  limitKey,
  signNote,
  toVerificationKey,
} from '@spanforge/core-signing';
import { readNote } from '../log-state.js';
import { openTestLog, recordCall } from '../test-log.js';
import { resign, text, withFiles } from '../verify/test-forge.js';
import { createSheet, type VectorSheet } from './sheet.js';
import { filesOf, type VectorFile } from './vector.js';

/** A log with two packages, and heirs of its keys. */
async function openScene() {
  const test = await openTestLog();
  const heir = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
  const heirs = [
    await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
    await generateSigningKey({ alg: 'ES256', role: 'package' }),
  ];
  await recordCall(test.log, 'trace-1');
  const call = await test.operator.exportPackage({ traceId: 'trace-1' });
  await recordCall(test.log, 'trace-2');
  const later = await test.operator.exportPackage({ traceId: 'trace-2' });
  const { keys, origin, jwks, vkey } = test;
  const signers = [keys.ed25519, keys.es256];
  return { keys, origin, jwks, vkey, signers, heir, heirs, call, later };
}

type Scene = Awaited<ReturnType<typeof openScene>>;

/** The keys that a verifier may be given, by name. */
function nameKeys({ keys, origin, jwks, vkey, signers, heir, heirs, call }: Scene) {
  const { size: at } = readNote(text(call, 'checkpoint'));
  const limited = (limits: Parameters<typeof limitKey>[1], ...which: readonly (typeof heir)[]) =>
    formatJwks(which.map((key) => limitKey(toVerificationKey(key), limits)));
  return {
    package: jwks,
    log: vkey,
    heir: formatVkey(origin, toVerificationKey(heir)),
    heirs: formatJwks(heirs.map(toVerificationKey)),
    log_revoked: limited({ lastGoodSize: at }, keys.log),
    log_revoked_before: limited({ lastGoodSize: at - 1 }, keys.log),
    log_retired: limited({ retiredSize: at }, keys.log),
    log_retired_before: limited({ retiredSize: at - 1 }, keys.log),
    package_revoked: limited({ lastGoodSize: at }, ...signers),
    package_revoked_before: limited({ lastGoodSize: at - 1 }, ...signers),
    package_retired: limited({ retiredSize: at }, ...signers),
    package_retired_before: limited({ retiredSize: at - 1 }, ...signers),
    es256_revoked_before: limited({ lastGoodSize: at - 1 }, keys.es256),
    negative: formatJwks([toVerificationKey(keys.log)]).replace(
      '"use":"sig"',
      '"spanforge_last_good_size":-1,"use":"sig"',
    ),
  };
}

/** Name, base, verdict, reason, and the names of the keys that are trusted. */
type Row = readonly [string, string, string, string | undefined, string];

const LIMITED: readonly Row[] = [
  ['a log key that was revoked later', 'call', 'valid', undefined, 'package log log_revoked'],
  ['a log key that was retired later', 'call', 'valid', undefined, 'package log log_retired'],
  [
    'a log key over more than its last good size',
    'later',
    'invalid',
    'key_revoked',
    'package log log_revoked',
  ],
  [
    'a log key one record beyond its last good size',
    'call',
    'invalid',
    'key_revoked',
    'package log log_revoked_before',
  ],
  [
    'a log key after it was retired',
    'call',
    'invalid',
    'key_retired',
    'package log log_retired_before',
  ],
  [
    'the stricter of two limits',
    'call',
    'invalid',
    'key_revoked',
    'package log log_revoked log_revoked_before',
  ],
  [
    'revoked before it was retired',
    'call',
    'invalid',
    'key_revoked',
    'package log log_retired_before log_revoked_before',
  ],
  ['package keys that were revoked later', 'call', 'valid', undefined, 'package_revoked log'],
  ['package keys that were retired later', 'call', 'valid', undefined, 'package_retired log'],
  [
    'package keys beyond their last good size',
    'later',
    'invalid',
    'key_revoked',
    'package_revoked log',
  ],
  [
    'package keys after they were retired',
    'call',
    'invalid',
    'key_retired',
    'package_retired_before log',
  ],
  [
    'one of two package keys revoked before',
    'call',
    'invalid',
    'key_revoked',
    'package es256_revoked_before log',
  ],
  [
    'revoked package keys without a position',
    'call',
    'untrusted',
    'key_revoked',
    'package_revoked',
  ],
  ['retired package keys without a position', 'call', 'valid', undefined, 'package_retired_before'],
  ['a limit that is no count', 'call', 'failed', 'OPERATOR_ANCHOR_INVALID', 'package log negative'],
];

const HEIRS = ['package_revoked', 'heirs', 'log', 'log_revoked', 'heir'];

/** The heirs sign the same tree: what the revoked keys had signed before them no longer matters. */
async function addHeirs({ add }: VectorSheet, scene: Scene): Promise<void> {
  const { keys, origin, signers, heir, heirs, later } = scene;
  const { root, size } = readNote(text(later, 'checkpoint'));
  const body = formatCheckpoint({ origin, size, root });
  const notes = {
    heir: await signNote(body, [{ name: origin, key: heir }]),
    both: await signNote(body, [
      { name: origin, key: keys.log },
      { name: origin, key: heir },
    ]),
  };
  const old = text(later, 'checkpoint');
  const under = (note: string, by: readonly (typeof heir)[], indexed?: Uint8Array) =>
    resign(
      withFiles(
        later,
        Object.fromEntries(
          [...later.keys()]
            .filter((name) => name === 'checkpoint' || name.startsWith('proofs/'))
            .map((name) => [name, text(later, name).replace(old, note)])
            .concat([['index-proof.txt', indexed as never]]),
        ),
      ),
      by,
    );
  const byHeirs = await under(notes.heir, heirs);
  const byBoth = await under(notes.both, heirs);
  const byThief = await under(notes.heir, signers);
  const byOldIndex = await under(notes.both, heirs, later.get('index-proof.txt'));
  const oldIndex = 'an index head signed by the revoked key alone, under a checkpoint of the heir';
  const both = 'signed by the heir and the revoked key';
  const early = 'signed by the heirs, who are not trusted yet';
  const thief = 'signed by a thief of the revoked package keys';
  add('signed by the heirs', 'later', byHeirs, 'valid', undefined, { keys: HEIRS });
  add(both, 'later', byBoth, 'valid', undefined, { keys: HEIRS });
  add(oldIndex, 'later', byOldIndex, 'invalid', 'index_proof_head_signature', {
    keys: HEIRS,
    reasons: ['index_proof_head_signature'],
  });
  add(early, 'later', byHeirs, 'untrusted', 'untrusted_key', { keys: ['package', 'log'] });
  add(thief, 'later', byThief, 'invalid', 'key_revoked', { keys: HEIRS });
}

/**
 * Makes the vectors about keys that were retired or revoked, with new keys: run by hand, and kept as
 * they are from then on. The base package `call` is signed at size `at` by keys that left service; its
 * twin `later` is one record larger than the limits.
 */
export async function makeKeyVectors(): Promise<VectorFile> {
  const scene = await openScene();
  const { call, later, signers } = scene;
  const keys = nameKeys(scene);
  const sheet = createSheet({ call, packages: { call, later }, keys, signers, since: undefined });
  for (const [name, base, verdict, reason, trusted] of LIMITED) {
    sheet.add(name, base, undefined, verdict, reason, { keys: trusted.split(' ') });
  }
  await addHeirs(sheet, scene);
  return {
    v: 'spanforge.package-vectors.v1',
    keys,
    bases: { call: filesOf(call), later: filesOf(later) },
    vectors: sheet.vectors,
  };
}
