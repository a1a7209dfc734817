import { readFileSync } from 'node:fs';
import { createNoteVerifier, formatVkey, importVerificationKey } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { contextOf, openTestLog, rbacDraft, record } from '../test-log.js';
import { filesOfVector, type Vector, type VectorFile } from '../vectors/vector.js';
import { checkConsistency, checkTail } from './checkpoint.js';
import { createLedger } from './report.js';
import { openStatement } from './statement.js';
import { predicate, resign, text, withFiles } from './test-forge.js';
import { verifyPackage } from './verify-package.js';

/** The published vectors, judged by this verifier alone: what it says of each, member by member. */
const fileOf = (name: string): VectorFile =>
  JSON.parse(
    readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'),
  ) as VectorFile;
const packages = fileOf('verdicts');
const OUTSIDE = 'files outside the log, such as VERIFY.md, keys and package.dsse.json';

function optionsOf(file: VectorFile, { keys, options }: Vector) {
  const { since, known_size: knownSize, witness_policy: witnessPolicy } = options ?? {};
  return {
    keys: (keys ?? ['package', 'log']).map((name) => file.keys[name] ?? ''),
    ...(typeof since === 'string' ? { since } : {}),
    ...(typeof knownSize === 'number' ? { knownSize } : {}),
    ...(typeof witnessPolicy === 'string' ? { witnessPolicy } : {}),
  };
}

const verify = (file: VectorFile, vector: Vector, more: object = {}) =>
  verifyPackage(filesOfVector(file, vector), { ...optionsOf(file, vector), ...more });

function vectorNamed(name: string): Vector {
  const found = packages.vectors.find((vector) => vector.name === name);
  if (found === undefined) throw new Error(`no vector ${name}`);
  return found;
}

describe.each([
  ['of packages', packages],
  ['of keys', fileOf('keys')],
  ['of reviews and records', fileOf('records')],
  ['of witnesses', fileOf('witnesses')],
])('a published vector %s', (_, file) => {
  it.each(file.vectors)('$name: $verdict', async (vector) => {
    const report = await verify(file, vector);
    expect(report).toMatchObject({ verdict: vector.verdict, exitCode: vector.exit_code });
    const wrong = report.checks.filter(({ ok }) => !ok);
    expect(wrong.length === 0).toBe(vector.verdict === 'valid');
    expect(report.firstBad === undefined).toBe(vector.verdict === 'valid');
    if (vector.verdict === 'failed') {
      expect(report.firstBad).toEqual({ reason: 'OPERATOR_ANCHOR_INVALID' });
    } else if (vector.reason !== undefined) {
      expect(wrong.some(({ detail }) => detail.endsWith(vector.reason ?? ''))).toBe(true);
    }
  });
});

describe('a package as it was exported', () => {
  const whole = vectorNamed('as it was exported');
  const kept = vectorNamed('with a checkpoint that was kept');
  const namesOf = async (vector: Vector, more: object = {}) =>
    (await verify(packages, vector, more)).checks.map(({ name }) => name);

  it('passes every check there is about it, each once', async () => {
    const report = await verify(packages, whole);
    expect(report.checks.map(({ name }) => name).sort()).toEqual(
      [
        ...['agreement', 'checkpoint', 'complete', 'conduct', 'digests', 'disclosures'],
        ...['inclusion', 'members', 'policies', 'signatures'],
      ].sort(),
    );
    expect(report.checks.every(({ ok }) => ok)).toBe(true);
    expect(report).toMatchObject({ level: 'L1', complete: 'proven', notCovered: [] });
    expect(report.signers.map(({ role }) => role)).toEqual(['package', 'package', 'log']);
  });

  it('says what it covers, in numbers', async () => {
    const { checks, counts } = await verify(packages, whole);
    const details = Object.fromEntries(checks.map(({ name, detail }) => [name, detail]));
    const files = filesOfVector(packages, whole);
    expect(details.members).toBe(`${files.size} files, none unknown, none missing`);
    expect(details.digests).toBe(`${files.size - 1} files are as the statement lists them`);
    expect(details.inclusion).toBe(
      `${counts.records} record(s) are in the checkpoint, byte for byte`,
    );
    expect(details.signatures).toMatch(/^2 trusted package key\(s\) signed: \w+, \w+$/);
    expect(details.checkpoint).toMatch(
      /^size \d+ of log\.example\/acme, signed by the trusted log$/,
    );
    expect(counts.files).toBe(files.size);
  });

  it('is as trusted as the keys are: by the log, by the exporter, by neither', async () => {
    const key = (...names: string[]) => ({ keys: names.map((name) => packages.keys[name] ?? '') });
    const log = await verify(packages, whole, key('log'));
    expect(log).toMatchObject({
      ...{ verdict: 'incomplete', level: 'L1', complete: 'proven' },
      firstBad: { reason: 'no_trusted_package_key' },
      notCovered: ['files outside the log, such as VERIFY.md, keys and package.dsse.json'],
    });
    const exporter = await verify(packages, whole, key('package'));
    expect(exporter).toMatchObject({
      verdict: 'valid',
      notCovered: ['the signature of the log on its checkpoint'],
    });
    expect([exporter.level, exporter.complete]).not.toContain('L1');
    expect(exporter.checks.find(({ name }) => name === 'checkpoint')?.detail).toMatch(
      /its signature was not checked$/,
    );
    const nobody = await verify(packages, whole, key());
    expect(nobody).toMatchObject({
      verdict: 'untrusted',
      firstBad: { reason: 'no_trusted_key' },
      notCovered: [
        'the signature of the log on its checkpoint',
        'files outside the log, such as VERIFY.md, keys and package.dsse.json',
        'whether every record of the query is here',
      ],
    });
    expect(nobody.level).toBeUndefined();
    expect(nobody.signers).toEqual([]);
  });

  it('is within limits up to the last file, byte and record', async () => {
    const files = filesOfVector(packages, whole);
    const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    const { counts } = await verify(packages, whole);
    const limited = async (limits: object) =>
      (await verify(packages, whole, { limits })).firstBad?.reason;
    expect(await limited({ maxFiles: files.size, maxBytes: bytes })).toBeUndefined();
    expect(await limited({ maxFiles: files.size - 1 })).toBe('package_too_large');
    expect(await limited({ maxBytes: bytes - 1 })).toBe('package_too_large');
    expect(await limited({ maxRecords: counts.records })).toBeUndefined();
    const short = await verify(packages, whole, { limits: { maxRecords: counts.records - 1 } });
    expect(short.verdict).toBe('invalid');
    expect(short.checks.some(({ detail }) => detail.endsWith('lines_malformed'))).toBe(true);
  });

  it('has its end pinned by what the verifier itself knows, and by a trusted log alone', async () => {
    const { log } = await verify(packages, whole);
    const size = log?.size ?? 0;
    const tail = async (more: object, vector = whole) =>
      (await verify(packages, vector, more)).tail;
    expect(await tail({})).toBe('unpinned');
    expect(await tail({ knownSize: size })).toBe('pinned');
    expect(await tail({ knownSize: size - 1 })).toBe('pinned');
    expect(await tail({ knownSize: size + 1 })).toBe('unpinned');
    expect(await tail({}, kept)).toBe('pinned');
    expect(await tail({ keys: [packages.keys.package], knownSize: size })).toBe('unpinned');
    const grown = await verify(packages, whole, { knownSize: size + 1 });
    expect(grown).toMatchObject({
      verdict: 'invalid',
      firstBad: { file: 'checkpoint', reason: 'rollback' },
    });
    expect(await namesOf(kept)).toContain('since');
    expect(await namesOf(whole)).not.toContain('since');
  });

  it('that does not extend the kept checkpoint is not pinned', () => {
    const ledger = createLedger();
    const checkpoint = { origin: 'log', size: 5, root: new Uint8Array(32) };
    ledger.fail('invalid', 'since', { reason: 'fork' });
    checkTail({ checkpoint, note: '', trusted: true, cosignatures: [] }, { since: 'x' }, ledger);
    expect(ledger.known.tail).toBe('unpinned');
  });

  it('is a rollback where the kept checkpoint is of a larger log', async () => {
    const later = String(kept.options?.since).replace(/\n\d+\n/, '\n1000000\n');
    const report = await verify(packages, kept, { since: later });
    expect(report).toMatchObject({
      ...{ verdict: 'invalid', tail: 'unpinned' },
      firstBad: { file: 'checkpoint', reason: 'rollback' },
    });
  });

  it('is not compared with a checkpoint of another log, or with none', async () => {
    const since = String(kept.options?.since);
    const elsewhere = since.replaceAll('log.example/acme', 'log.example/other');
    for (const wrong of ['', 'nonsense', elsewhere]) {
      expect(await verify(packages, kept, { since: wrong })).toMatchObject({
        verdict: 'failed',
        exitCode: 2,
        firstBad: { reason: 'OPERATOR_ANCHOR_INVALID' },
      });
    }
    const checkpoint = { origin: 'log.example/acme', size: 5, root: new Uint8Array(32) };
    const checked = { checkpoint, note: '', trusted: true, cosignatures: [] };
    const compare = (wrong: string) => () =>
      checkConsistency(new Map(), checked, wrong, createLedger());
    expect(compare('nonsense')).toThrow('the kept checkpoint cannot be read');
    expect(compare(elsewhere)).toThrow('the kept checkpoint belongs to another log');
  });
});

describe('the checkpoint of a package', () => {
  const files = filesOfVector(packages, vectorNamed('as it was exported'));
  const { package: jwks = '', log: vkey = '' } = packages.keys;
  /** What is wrong with the checkpoint when it is another, or none. */
  const wrong = async (checkpoint: string | Uint8Array | undefined, options: object = {}) => {
    const changed = new Map(files);
    if (checkpoint === undefined) changed.delete('checkpoint');
    else changed.set('checkpoint', Buffer.from(checkpoint));
    const report = await verifyPackage(changed, { keys: [jwks, vkey], ...options });
    expect(report.verdict).toBe('invalid');
    expect(report.log).toBeUndefined();
    const checks = report.checks.filter(({ name }) => name === 'checkpoint');
    return checks.map(({ ok, detail }) => (ok ? 'passed' : detail));
  };
  const byPackage = { keys: [jwks] };

  it('is a note in UTF-8, whoever is trusted', async () => {
    const malformed = ['checkpoint: note_malformed'];
    for (const options of [{}, byPackage, { keys: [] }]) {
      expect(await wrong(undefined, options)).toEqual(malformed);
      expect(await wrong(Uint8Array.of(0xff), options)).toEqual(malformed);
    }
    expect(await wrong('nonsense')).toEqual(malformed);
  });

  it('is read although nobody is trusted to have signed it', async () => {
    const note = files.get('checkpoint') ?? new Uint8Array();
    const written = Buffer.from(note).toString();
    const unsigned = ['checkpoint: checkpoint_malformed'];
    for (const other of ['', 'nonsense', written.replace(/\n\d+\n/, '\n0x5\n')]) {
      expect(await wrong(other, byPackage)).toEqual(unsigned);
    }
    const report = await verifyPackage(files, { ...byPackage, origin: 'log.example/acme' });
    expect(report).toMatchObject({ verdict: 'valid', log: { origin: 'log.example/acme' } });
    expect(report.signers.map(({ role }) => role)).toEqual(['package', 'package']);
    const elsewhere = await verifyPackage(files, { ...byPackage, origin: 'log.example/other' });
    expect(elsewhere).toMatchObject({
      ...{ verdict: 'invalid', exitCode: 1 },
      firstBad: { file: 'checkpoint', reason: 'origin_mismatch' },
    });
    expect(elsewhere.log).toBeUndefined();
  });

  it('says how big the log was, and its root', async () => {
    const [origin, size, root = ''] = Buffer.from(files.get('checkpoint') ?? [])
      .toString()
      .split('\n');
    const { log } = await verifyPackage(files, { keys: [jwks, vkey] });
    expect(log).toEqual({
      ...{ origin, size: Number(size) },
      root: Buffer.from(root, 'base64').toString('hex'),
    });
  });
});

describe('what the exporter signed again', () => {
  async function grown() {
    const test = await openTestLog();
    for (let n = 0; n < 10; n += 1) await record(test.log, rbacDraft(contextOf('a')));
    const { note, size } = await test.checkpointer.checkpoint();
    await record(test.log, rbacDraft(contextOf('a')));
    const pkg = await test.operator.exportPackage({ traceId: 'a' }, { since: note });
    const forger = [test.keys.ed25519, test.keys.es256];
    const verifyForged = async (files: Parameters<typeof withFiles>[1]) =>
      verifyPackage(await resign(withFiles(pkg, files), forger), { keys: test.trusted });
    return { ...test, pkg, note, size, verifyForged };
  }

  it('is no checkpoint where it is no text', async () => {
    const { verifyForged } = await grown();
    expect(await verifyForged({ checkpoint: Uint8Array.of(0xff) })).toMatchObject({
      ...{ verdict: 'invalid', exitCode: 1 },
      firstBad: { file: 'checkpoint', reason: 'note_malformed' },
    });
  });

  it('is consistency between exactly the sizes in its name', async () => {
    const { pkg, note, size, trusted, verifyForged } = await grown();
    const file = [...pkg.keys()].find((name) => name.startsWith('consistency-')) ?? '';
    expect(file).toBe(`consistency-${size}-${size + 1}.txt`);
    expect(size).toBeGreaterThan(9);
    const report = await verifyPackage(pkg, { keys: trusted, since: note });
    expect(report).toMatchObject({ verdict: 'valid', tail: 'pinned' });
    expect(report.checks).toContainEqual({
      ...{ name: 'since', ok: true },
      detail: `the log of size ${size + 1} extends that of ${size}`,
    });
    for (const other of [`consistency-${size}-${size + 2}.txt`, `consistency-1-${size + 1}.txt`]) {
      expect(await verifyForged({ [file]: undefined, [other]: pkg.get(file) })).toMatchObject({
        verdict: 'invalid',
        firstBad: { file: other, reason: 'consistency_malformed' },
        checks: expect.arrayContaining([
          { name: 'consistency', ok: false, detail: `${other}: consistency_malformed` },
        ]),
      });
    }
    const elsewhere = text(pkg, file).replace('log.example/acme\n', 'log.example/other\n');
    expect(elsewhere).not.toBe(text(pkg, file));
    for (const content of [Uint8Array.of(0xff), elsewhere]) {
      expect(await verifyForged({ [file]: content })).toMatchObject({
        verdict: 'invalid',
        firstBad: { file, reason: 'consistency_malformed' },
      });
    }
  });
});

describe('who signed', () => {
  const keys = fileOf('keys');
  const witnesses = fileOf('witnesses');
  const signers = async (file: VectorFile, name: string) => {
    const vector = file.vectors.find((one) => one.name === name);
    if (vector === undefined) throw new Error(`no vector ${name}`);
    const { signers: found } = await verify(file, vector);
    return found.map(({ role, name: of, later }) => [role, of, later].filter(Boolean).join(' '));
  };
  const LOG = 'log log.example/acme';

  it('is told with role and name, witnesses after the log', async () => {
    expect(await signers(packages, 'as it was exported')).toEqual(['package', 'package', LOG]);
    expect(await signers(witnesses, 'two of three witnesses')).toEqual([
      ...['package', 'package', LOG],
      ...['witness witness.example/a', 'witness witness.example/b', 'witness witness.example/c'],
    ]);
    expect(await signers(witnesses, 'a quorum of one witness')).toEqual([
      ...['package', 'package', LOG, 'witness witness.example/b'],
    ]);
  });

  it('is told with what became of the key since', async () => {
    expect(await signers(keys, 'a log key that was revoked later')).toEqual([
      ...['package', 'package', `${LOG} revoked`],
    ]);
    expect(await signers(keys, 'a log key that was retired later')).toEqual([
      ...['package', 'package', `${LOG} retired`],
    ]);
    expect(await signers(keys, 'package keys that were revoked later')).toEqual([
      ...['package revoked', 'package revoked', LOG],
    ]);
    const [, , log, ...later] = await signers(witnesses, 'a witness key that was revoked later');
    expect(log).toBe(LOG);
    expect(later.filter((one) => one.endsWith(' revoked'))).toHaveLength(1);
  });
});

describe('the statement of a package', () => {
  const files = filesOfVector(packages, vectorNamed('as it was exported'));
  const { package: jwks = '', log: vkey = '' } = packages.keys;

  it('is there, and in UTF-8', async () => {
    for (const [content, reason] of [
      [undefined, 'missing_file'],
      [Uint8Array.of(0xff), 'not_an_envelope'],
      [Buffer.from('[]'), 'not_an_envelope'],
      [Buffer.from('{}\n'), 'not_canonical'],
    ] as const) {
      const changed = new Map(files);
      if (content === undefined) changed.delete('package.dsse.json');
      else changed.set('package.dsse.json', content);
      const report = await verifyPackage(changed, { keys: [jwks, vkey] });
      const { checks, signers } = report;
      expect(report.verdict).toBe('invalid');
      expect(report.notCovered).toContain(OUTSIDE);
      expect(checks.filter(({ name }) => name === 'statement')).toEqual([
        { name: 'statement', ok: false, detail: `package.dsse.json: ${reason}` },
      ]);
      expect(signers.map(({ role }) => role)).toEqual(['log']);
    }
  });

  it('lists every file but itself, and every one as it is', async () => {
    const detail = async (changed: Map<string, Uint8Array>) =>
      (await verifyPackage(changed, { keys: [jwks, vkey] })).checks
        .filter(({ name }) => name === 'digests')
        .map(({ ok, detail: found }) => (ok ? 'passed' : found));
    for (const name of files.keys()) {
      if (name === 'package.dsse.json') continue;
      const changed = new Map(files).set(name, Buffer.from('changed'));
      expect(await detail(changed)).toEqual([`${name}: digest_mismatch`]);
      const missing = new Map(files);
      missing.delete(name);
      expect(await detail(missing)).toEqual([`${name}: missing_file`]);
    }
    expect(await detail(new Map(files).set('keys/more.vkey', Buffer.from('x')))).toEqual([
      'keys/more.vkey: unlisted_file',
    ]);
  });

  it('misses a file that it lists although nobody else needs it', async () => {
    const { operator, log, checkpointer, trusted, keys } = await openTestLog();
    await record(log, rbacDraft(contextOf('a')));
    await checkpointer.checkpoint();
    const pkg = await operator.exportPackage({ traceId: 'a' });
    const more = withFiles(pkg, { 'keys/more.vkey': 'x' });
    const signed = await resign(more, [keys.ed25519, keys.es256]);
    expect(await verifyPackage(signed, { keys: trusted })).toMatchObject({ verdict: 'valid' });
    const less = withFiles(signed, { 'keys/more.vkey': undefined });
    expect(await verifyPackage(less, { keys: trusted })).toMatchObject({
      ...{ verdict: 'invalid', exitCode: 1 },
      firstBad: { file: 'keys/more.vkey', reason: 'missing_file' },
    });
  });

  it.each([
    ['signatures swapped', 'signature_invalid'],
    ['no signature', 'not_signed'],
    ['one signature of two', 'signature_missing'],
    ['with a stranger as exporter', 'untrusted_key'],
    ['package keys beyond their last good size', 'key_revoked'],
    ['one of two package keys revoked before', 'key_revoked'],
    ['package keys after they were retired', 'key_retired'],
    ['a predicate with more in it', undefined],
  ])('vouches for no file: %s', async (name, reason) => {
    const all = [packages, fileOf('keys')];
    const file = all.find(({ vectors }) => vectors.some((one) => one.name === name)) ?? packages;
    const vector = file.vectors.find((one) => one.name === name);
    if (vector === undefined) throw new Error(`no vector ${name}`);
    const report = await verify(file, vector);
    const checks = report.checks.filter((one) => one.name === 'signatures');
    expect(checks.map(({ ok, detail }) => (ok ? undefined : detail))).toEqual([
      reason && `package.dsse.json: ${reason}`,
    ]);
    expect(report.notCovered).toContain(OUTSIDE);
  });

  it('is by a revoked key where one signer was revoked and the other retired', async () => {
    const set = JSON.parse(jwks) as { keys: readonly object[] };
    const limits = [{ spanforge_last_good_size: 0 }, { spanforge_retired_size: 0 }];
    for (const order of [limits, [...limits].reverse()]) {
      const keys = set.keys.map((key, at) => ({ ...key, ...order[at] }));
      const report = await verifyPackage(files, { keys: [JSON.stringify({ keys }), vkey] });
      expect(report).toMatchObject({ verdict: 'invalid', firstBad: { reason: 'key_revoked' } });
    }
  });

  it('may be larger than most JSON is', async () => {
    const { operator, log, checkpointer, trusted, keys } = await openTestLog();
    await record(log, rbacDraft(contextOf('a')));
    await checkpointer.checkpoint();
    const pkg = await operator.exportPackage({ traceId: 'a' });
    const large = (size: number) =>
      resign(pkg, [keys.ed25519, keys.es256], predicate({ more: 'x'.repeat(size) }));
    // It is read to its end: what is wrong with it is the member that nobody knows.
    expect(await verifyPackage(await large(16_777_216), { keys: trusted })).toMatchObject({
      verdict: 'invalid',
      firstBad: { file: 'package.dsse.json', reason: 'predicate_malformed' },
    });
  });

  it('with keys that contradict each other is not taken for one without signatures', async () => {
    const key = importVerificationKey((JSON.parse(jwks) as { keys: object[] }).keys[0]);
    const ledger = createLedger();
    await expect(openStatement(files, [key, key], 5, ledger, 'x')).rejects.toMatchObject({
      code: 'SIGNING_KEY_DUPLICATE',
    });
    expect(ledger.clean('signatures')).toBe(true);
  });

  it('needs no signature in an algorithm whose keys have all left service', async () => {
    const { operator, log, checkpointer, vkey: own, jwks: both, keys } = await openTestLog();
    await record(log, rbacDraft(contextOf('a')));
    await checkpointer.checkpoint();
    const pkg = await resign(await operator.exportPackage({ traceId: 'a' }), [keys.ed25519]);
    const set = JSON.parse(both) as { keys: readonly { readonly kty: string }[] };
    const verdict = async (limit: object) => {
      const trusted = set.keys.map((key) => (key.kty === 'EC' ? { ...key, ...limit } : key));
      const given = [JSON.stringify({ keys: trusted }), own];
      const { firstBad, verdict: found } = await verifyPackage(pkg, { keys: given });
      return firstBad?.reason ?? found;
    };
    expect(await verdict({})).toBe('signature_missing');
    expect(await verdict({ spanforge_last_good_size: 0 })).toBe('valid');
    expect(await verdict({ spanforge_retired_size: 0 })).toBe('valid');
  });
});

describe('the trusted keys', () => {
  const whole = vectorNamed('as it was exported');
  const { package: jwks = '', log: vkey = '', strange_log: stranger = '' } = packages.keys;
  const [one, two] = (JSON.parse(jwks) as { keys: readonly Record<string, unknown>[] }).keys;
  const reported = (keys: readonly string[], more: object = {}) =>
    verifyPackage(filesOfVector(packages, whole), { keys, ...more });
  const bad = async (keys: readonly string[], more: object = {}) => {
    const { verdict, firstBad } = await reported(keys, more);
    return verdict === 'failed' ? firstBad?.reason : verdict;
  };
  const INVALID = 'OPERATOR_ANCHOR_INVALID';

  it('may come as set, key by key, with white space, and more than once', async () => {
    const single = [JSON.stringify(one), ` ${JSON.stringify(two)}\n`, `\n${vkey}\n\n${vkey}`];
    for (const keys of [single, [...single, jwks, vkey]]) {
      expect(await reported(keys)).toMatchObject({ verdict: 'valid', level: 'L1', notCovered: [] });
    }
    const { signers } = await reported([...single, jwks]);
    expect(signers).toHaveLength(3);
  });

  it('are refused where they contradict each other', async () => {
    const role = (key: object | undefined, name: string) =>
      JSON.stringify({ ...key, spanforge_role: name });
    expect(await bad([role(one, 'package'), role(one, 'log')], { origin: 'x' })).toBe(INVALID);
    expect(await bad([role(one, 'log'), role(one, 'package')], { origin: 'x' })).toBe(INVALID);
    expect(await bad([JSON.stringify(one), JSON.stringify(one), vkey])).toBe('valid');
    expect(await bad([vkey.replace('log.example/acme', 'log.example/other'), vkey])).toBe(INVALID);
    expect(await bad([vkey], { origin: 'log.example/other' })).toBe(INVALID);
    expect(await bad(['{"keys":5}'])).toBe(INVALID);
    expect(await bad(['{}'])).toBe(INVALID);
    expect(await bad(['x'])).toBe(INVALID);
    const again = { ...one, spanforge_role: undefined };
    expect(await bad([JSON.stringify(again), JSON.stringify(two), vkey])).toBe('valid');
  });

  it('of a log, as JWK, need its name, and are no key of a package', async () => {
    const key = importVerificationKey({ ...one, spanforge_role: 'log' });
    const named = JSON.stringify({ ...one, spanforge_role: 'log' });
    expect(await bad([named])).toBe(INVALID);
    const origin = 'log.example/acme';
    expect(await bad([named], { origin })).toBe('untrusted');
    // The same key twice, as vkey of another log: that log is meant, and not this one.
    const other = formatVkey('log.example/other', key);
    expect(createNoteVerifier(origin, key).type).toBe(1);
    expect(await bad([named, other, vkey], { origin })).toBe('incomplete');
  });

  it('of a stranger do not count, whatever else is trusted', async () => {
    expect(await reported([jwks, stranger])).toMatchObject({
      verdict: 'untrusted',
      firstBad: { file: 'checkpoint', reason: 'untrusted_key' },
    });
  });
});
