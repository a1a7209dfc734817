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
import { createSheet } from './sheet.js';
import { filesOf, type VectorFile } from './vector.js';

/**
 * Makes the vectors about keys that were retired or revoked, with new keys: run by hand, and kept as
 * they are from then on. The base package `call` is signed at size `at` by keys that left service; its
 * twin `later` is one record larger than the limits.
 */
export async function makeKeyVectors(): Promise<VectorFile> {
  const test = await openTestLog();
  const { keys, origin } = test;
  const heir = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
  const heirs = [
    await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
    await generateSigningKey({ alg: 'ES256', role: 'package' }),
  ];
  await recordCall(test.log, 'trace-1');
  const call = await test.operator.exportPackage({ traceId: 'trace-1' });
  const { size: at } = readNote(text(call, 'checkpoint'));
  await recordCall(test.log, 'trace-2');
  const later = await test.operator.exportPackage({ traceId: 'trace-2' });

  const signers = [keys.ed25519, keys.es256];
  const limited = (limits: Parameters<typeof limitKey>[1], ...which: readonly (typeof heir)[]) =>
    formatJwks(which.map((key) => limitKey(toVerificationKey(key), limits)));
  const named = {
    package: test.jwks,
    log: test.vkey,
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
  const bases = { call, later };
  const sheet = createSheet({ call, packages: bases, keys: named, signers, since: undefined });
  const { add } = sheet;
  const trust = (...names: readonly string[]) => ({ keys: names });

  add('a log key that was revoked later', 'call', undefined, 'valid', undefined, {
    ...trust('package', 'log', 'log_revoked'),
  });
  add('a log key that was retired later', 'call', undefined, 'valid', undefined, {
    ...trust('package', 'log', 'log_retired'),
  });
  add('a log key over more than its last good size', 'later', undefined, 'invalid', 'key_revoked', {
    ...trust('package', 'log', 'log_revoked'),
  });
  add(
    'a log key one record beyond its last good size',
    'call',
    undefined,
    'invalid',
    'key_revoked',
    {
      ...trust('package', 'log', 'log_revoked_before'),
    },
  );
  add('a log key after it was retired', 'call', undefined, 'invalid', 'key_retired', {
    ...trust('package', 'log', 'log_retired_before'),
  });
  add('the stricter of two limits', 'call', undefined, 'invalid', 'key_revoked', {
    ...trust('package', 'log', 'log_revoked', 'log_revoked_before'),
  });
  add('revoked before it was retired', 'call', undefined, 'invalid', 'key_revoked', {
    ...trust('package', 'log', 'log_retired_before', 'log_revoked_before'),
  });
  add('package keys that were revoked later', 'call', undefined, 'valid', undefined, {
    ...trust('package_revoked', 'log'),
  });
  add('package keys that were retired later', 'call', undefined, 'valid', undefined, {
    ...trust('package_retired', 'log'),
  });
  add('package keys beyond their last good size', 'later', undefined, 'invalid', 'key_revoked', {
    ...trust('package_revoked', 'log'),
  });
  add('package keys after they were retired', 'call', undefined, 'invalid', 'key_retired', {
    ...trust('package_retired_before', 'log'),
  });
  add('one of two package keys revoked before', 'call', undefined, 'invalid', 'key_revoked', {
    ...trust('package', 'es256_revoked_before', 'log'),
  });
  add('revoked package keys without a position', 'call', undefined, 'untrusted', 'key_revoked', {
    ...trust('package_revoked'),
  });
  add('retired package keys without a position', 'call', undefined, 'valid', undefined, {
    ...trust('package_retired_before'),
  });
  add('a limit that is no count', 'call', undefined, 'failed', 'OPERATOR_ANCHOR_INVALID', {
    ...trust('package', 'log', 'negative'),
  });

  // The heirs sign the same tree: what the revoked keys had signed before them no longer matters.
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
  const under = (note: string, by: readonly (typeof heir)[]) =>
    resign(
      withFiles(
        later,
        Object.fromEntries(
          [...later.keys()]
            .filter((name) => name === 'checkpoint' || name.startsWith('proofs/'))
            .map((name) => [name, text(later, name).replace(old, note)])
            .concat([['index-proof.txt', undefined as never]]),
        ),
      ),
      by,
    );
  add('signed by the heirs', 'later', await under(notes.heir, heirs), 'valid', undefined, {
    ...trust('package_revoked', 'heirs', 'log', 'log_revoked', 'heir'),
  });
  add(
    'signed by the heir and the revoked key',
    'later',
    await under(notes.both, heirs),
    'valid',
    undefined,
    {
      ...trust('package_revoked', 'heirs', 'log', 'log_revoked', 'heir'),
    },
  );
  add(
    'signed by the heirs, who are not trusted yet',
    'later',
    await under(notes.heir, heirs),
    'untrusted',
    'untrusted_key',
    {
      ...trust('package', 'log'),
    },
  );
  add(
    'signed by a thief of the revoked package keys',
    'later',
    await under(notes.heir, signers),
    'invalid',
    'key_revoked',
    {
      ...trust('package_revoked', 'heirs', 'log', 'log_revoked', 'heir'),
    },
  );
  return {
    v: 'spanforge.package-vectors.v1',
    keys: named,
    bases: { call: filesOf(call), later: filesOf(later) },
    vectors: sheet.vectors,
  };
}
