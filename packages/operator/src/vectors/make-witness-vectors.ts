import {
  concatBytes,
  cosignCheckpoint,
  formatJwks,
  formatVkey,
  fromHex,
  generateSigningKey,
  limitKey,
  noteKeyId,
  toBase64,
  toVerificationKey,
  utf8,
} from '@spanforge/core-signing';
import { readNote } from '../log-state.js';
import { openTestLog, recordCall } from '../test-log.js';
import { resign, text, withFiles } from '../verify/test-forge.js';
import { createSheet, type VectorSheet } from './sheet.js';
import { filesOf, type VectorFile } from './vector.js';

const SEEN = 1_790_000_000;

const by = (witness_policy: string, more: object = {}) => ({
  ...more,
  options: { witness_policy },
});

const trust = (...which: readonly string[]) => ({ keys: which });

const MISSED = ['incomplete', 'witness_quorum_missed'] as const;

/** Witness policies over these keys. */
function writePolicies(vkeys: readonly string[]) {
  const defined = (...at: readonly number[]) =>
    at.map((n) => `witness w${n} ${vkeys[n - 1]}\n`).join('');
  const need = (count: number | 'any' | 'all', ...at: readonly number[]) =>
    `${defined(...at)}group enough ${count} ${at.map((n) => `w${n}`).join(' ')}\nquorum enough\n`;
  return { defined, need };
}

/** A log with a package, which three of four witnesses have cosigned. */
async function openScene() {
  const test = await openTestLog();
  const { keys } = test;
  const names = ['a', 'b', 'c', 'd'].map((name) => `witness.example/${name}`);
  const witnesses = await Promise.all(
    names.map(async (name) => ({
      name,
      key: await generateSigningKey({ alg: 'Ed25519', role: 'witness' }),
    })),
  );
  const vkeys = witnesses.map(({ name, key }) => formatVkey(name, key));
  await recordCall(test.log, 'trace-1');
  const signers = [keys.ed25519, keys.es256];
  const plain = await test.operator.exportPackage({ traceId: 'trace-1' });
  const old = text(plain, 'checkpoint');
  const under = (note: string) =>
    resign(
      withFiles(
        plain,
        Object.fromEntries(
          [...plain.keys()]
            .filter((name) => text(plain, name).includes(old))
            .map((name) => [name, text(plain, name).replace(old, note)]),
        ),
      ),
      signers,
    );
  let note = old;
  for (const [at, witness] of witnesses.slice(0, 3).entries()) {
    note = await cosignCheckpoint(note, { ...witness, timestamp: SEEN + at });
  }
  const cosigned = await under(note);
  const { size } = readNote(old);
  const [first, , , last] = witnesses;
  if (!first || !last) throw new Error('four witnesses');
  const revoked = formatJwks([limitKey(toVerificationKey(first.key), { lastGoodSize: size - 1 })]);
  const later = formatJwks([limitKey(toVerificationKey(first.key), { lastGoodSize: size })]);
  const named = { package: test.jwks, log: test.vkey, revoked, later, witness_a: vkeys[0] ?? '' };
  const policies = writePolicies(vkeys);
  return {
    ...policies,
    vkeys,
    vkey: test.vkey,
    plain,
    cosigned,
    note,
    old,
    size,
    under,
    signers,
    named,
    first,
    last,
  };
}

type Scene = Awaited<ReturnType<typeof openScene>>;

/** Policies of one group. */
function addQuorums({ add }: VectorSheet, { need, vkey }: Scene): void {
  add('two of three witnesses', 'cosigned', undefined, 'valid', undefined, by(need(2, 1, 2, 3)));
  add(
    'all of three witnesses',
    'cosigned',
    undefined,
    'valid',
    undefined,
    by(need('all', 1, 2, 3)),
  );
  add(
    'three of four witnesses',
    'cosigned',
    undefined,
    'valid',
    undefined,
    by(need(3, 1, 2, 3, 4)),
  );
  add('any of two witnesses', 'cosigned', undefined, 'valid', undefined, by(need('any', 3, 4)));
  add('four of four witnesses', 'cosigned', undefined, ...MISSED, by(need('all', 1, 2, 3, 4)));
  add('another witness', 'cosigned', undefined, ...MISSED, by(need(1, 4)));
  add('two of two, of whom one signed', 'cosigned', undefined, ...MISSED, by(need(2, 3, 4)));
  add('no witness signed', 'plain', undefined, ...MISSED, by(need(1, 1, 2, 3)));
  add('a policy that needs nobody', 'plain', undefined, 'valid', undefined, by('quorum none\n'));
  add('no policy', 'cosigned', undefined, 'valid');
  add('a policy that names the log', 'cosigned', undefined, 'valid', undefined, {
    ...by(`log ${vkey} https://log.example/\n${need(2, 1, 2, 3)}`, trust('package')),
  });
}

/** Policies of several groups, and of none. */
function addGroups({ add }: VectorSheet, { defined, vkeys }: Scene): void {
  add(
    'groups of groups, comments, addresses, spaces and tabs',
    'cosigned',
    undefined,
    'valid',
    undefined,
    by(
      `# ours\n\t witness w1 ${vkeys[0]}  https://a.example/x \n\n${defined(2, 3, 4)}group ours 2 w1 w2\n  # theirs\ngroup\ttheirs any w3 w4\ngroup both all ours theirs\nquorum both`,
    ),
  );
  add(
    'a group of which one half is missing',
    'cosigned',
    undefined,
    ...MISSED,
    by(`${defined(1, 2, 3, 4)}group x all w1 w4\ngroup y any w2 w3\ngroup z all x y\nquorum z\n`),
  );
  add('a quorum of one witness', 'cosigned', undefined, 'valid', undefined, {
    ...by(`${defined(2)}quorum w2\n`),
  });
}

/** Witness keys that are limited or given twice. */
function addTrusted({ add }: VectorSheet, { need }: Scene): void {
  add('a witness key that was revoked before', 'cosigned', undefined, ...MISSED, {
    ...by(need(3, 1, 2, 3), trust('package', 'log', 'revoked')),
  });
  add('a witness key that was revoked later', 'cosigned', undefined, 'valid', undefined, {
    ...by(need(3, 1, 2, 3), trust('package', 'log', 'later')),
  });
  add('a witness key given twice', 'cosigned', undefined, 'valid', undefined, {
    ...by(need(3, 1, 2, 3), trust('package', 'log', 'witness_a')),
  });
  add(
    'a witness signed, the log’s key is not trusted',
    'cosigned',
    undefined,
    'failed',
    undefined,
    {
      ...by(need(1, 1), trust('package')),
    },
  );
}

/** Cosignatures that are not what they say. */
async function addForged({ add }: VectorSheet, scene: Scene): Promise<void> {
  const { need, note, old, size, under, first, last } = scene;
  const bad = note.replace(/.{8}\n$/, 'AAAAAAA=\n');
  const forged = await under(bad);
  add(
    'a bad cosignature of a witness of the policy',
    'plain',
    forged,
    'invalid',
    'signature_invalid',
    {
      ...by(need(1, 1, 2, 3)),
    },
  );
  add('a bad cosignature of somebody else', 'plain', forged, 'valid', undefined, {
    ...by(need(2, 1, 2)),
  });
  const other = await cosignCheckpoint(note.replace(/^\d+$/m, String(size + 1)), {
    ...last,
    timestamp: SEEN,
  });
  const pasted = await under(note + other.slice(other.lastIndexOf('— ')));
  add('a cosignature of another size', 'plain', pasted, 'invalid', 'signature_invalid', {
    ...by(need(1, 1, 4)),
  });
  const body = old.slice(0, old.indexOf('\n\n') + 1);
  const late = 2 ** 53;
  const time = concatBytes(Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0));
  const signed = await last.key.sign(utf8(`cosignature/v1\ntime ${late}\n${body}`));
  const id = fromHex(noteKeyId(last.name, toVerificationKey(last.key).publicKey, 0x04));
  const tooLate = await under(`${note}— ${last.name} ${toBase64(concatBytes(id, time, signed))}\n`);
  add('a time beyond 2^53 - 1', 'plain', tooLate, 'invalid', 'signature_invalid', {
    ...by(need(1, 1, 4)),
  });
  const again = await cosignCheckpoint(note, { ...first, timestamp: SEEN + 9 });
  add('a witness that signed twice counts once', 'plain', await under(again), ...MISSED, {
    ...by(need(2, 1, 4)),
  });
}

/** Policies that are none, by what is wrong with them. */
function refusedPolicies({ defined, need, vkeys, vkey }: Scene): Readonly<Record<string, string>> {
  const w1 = defined(1);
  return {
    'is empty': '',
    'has no quorum': w1,
    'has two': `${w1}quorum w1\nquorum w1\n`,
    'has a quorum before its witness': `quorum w1\n${w1}`,
    'has a quorum of nobody it knows': `${w1}quorum w2\n`,
    'has a key twice': `${w1}witness w2 ${vkeys[0]}\nquorum w1\n`,
    'has a name twice': `${w1}witness w1 ${vkeys[1]}\nquorum w1\n`,
    'calls a witness none': `witness none ${vkeys[0]}\nquorum none\n`,
    'calls a log a witness': `witness w1 ${vkey}\nquorum w1\n`,
    'calls a witness a log': `log ${vkeys[0]}\nquorum none\n`,
    'needs more than there are': need(4, 1, 2, 3),
    'needs none of a group': `${w1}group g 0 w1\nquorum g\n`,
    'has a leading zero': `${w1}group g 01 w1\nquorum g\n`,
    'has a member twice': `${w1}group g any w1 w1\nquorum g\n`,
    'has a member in two groups': `${w1}group g any w1\ngroup h any w1\nquorum g\n`,
    'has a group of itself': `${w1}group g any g\nquorum g\n`,
    'has none in a group': `${w1}group g any none\nquorum g\n`,
    'has an empty group': `${w1}group g any\nquorum g\n`,
    'has a word too many': `${w1}quorum w1 w1\n`,
    'has an unknown line': `${w1}sigsum\nquorum w1\n`,
    'has carriage returns': `quorum none\r\n`,
    'is HTML': '<!doctype html>\n',
  };
}

/**
 * Makes the vectors about witnesses, with new keys: run by hand, and kept as they are from then on. The
 * base package `cosigned` has lines of three witnesses, `plain` is the same without them.
 */
export async function makeWitnessVectors(): Promise<VectorFile> {
  const scene = await openScene();
  const { cosigned, plain, named: keys, signers } = scene;
  const packages = { cosigned, plain };
  const sheet = createSheet({ call: cosigned, packages, keys, signers, since: undefined });
  addQuorums(sheet, scene);
  addGroups(sheet, scene);
  addTrusted(sheet, scene);
  await addForged(sheet, scene);
  for (const [what, policy] of Object.entries(refusedPolicies(scene))) {
    sheet.add(`a policy that ${what}`, 'cosigned', undefined, 'failed', undefined, by(policy));
  }
  return {
    v: 'spanforge.package-vectors.v1',
    keys,
    bases: { cosigned: filesOf(cosigned), plain: filesOf(plain) },
    vectors: sheet.vectors,
  };
}
