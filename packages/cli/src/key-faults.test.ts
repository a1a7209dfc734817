import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { scopeV1 } from '@spanforge/core-events/records';
import {
  createKeySet,
  createNoteVerifier,
  deriveTenantKey,
  formatJwks,
  formatVkey,
  generateSigningKey,
  importRawVerificationKey,
  importSigningKey,
  importVerificationKey,
  leafHash,
  macRecord,
  openNote,
  parseJwks,
  signEnvelope,
  signNote,
  toBase64Url,
  toVerificationKey,
  utf8,
  verifyEnvelope,
  verifyRecordMac,
} from '@spanforge/core-signing';
import { verifyJws } from '@spanforge/core-signing/jws';
import { formatVerification, verifyPackage } from '@spanforge/operator';
import { readPackage } from '@spanforge/operator/node';
import { verify } from '@spanforge/operator/verifier';
import { describe, expect, it } from 'vitest';
import { useFolder } from './test-cli.js';
import { openWorkspace } from './workspace/workspace.js';

// Group K of the faults, by number. Longer tables of the same cases stand beside what they test.

const folder = useFolder();
const payload = utf8('{"iss":"spanforge"}');
const ed = await generateSigningKey({ alg: 'Ed25519', role: 'package' });
const es = await generateSigningKey({ alg: 'ES256', role: 'package' });
const log = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const keys = [ed, es].map(toVerificationKey);
const json = (value: unknown): string => toBase64Url(utf8(JSON.stringify(value)));
const check = (token: string) =>
  verifyJws(token, { keys, algorithms: ['EdDSA', 'Ed25519', 'ES256'] });
const refused = { code: 'SIGNING_JWS_INVALID' };

/** A token with any header, signed by a key of ours. */
async function token(header: object, key = ed): Promise<string> {
  const input = `${json(header)}.${toBase64Url(payload)}`;
  return `${input}.${toBase64Url(await key.sign(utf8(input)))}`;
}

/** Any record, as a service writes it. */
const aDraft = () => ({
  type: scopeV1.key,
  context: {
    ...{ tenant: 'default', project: 'default', env: 'prod', run: 'run-1', traceId: 'trace-1' },
    ...{ agent: 'claims-agent', actor: 'ada', source: 'test@1.0.0' },
  },
  body: scopeV1.toWire({
    ...{
      agentId: 'claims-agent',
      resource: 'payments',
      action: 'read',
      outcome: 'allow' as const,
      allowed: true,
    },
    ...{ reason: 'allowed', reasonCode: 'granted' },
  }),
});

const CLAIM = {
  trace: 'keys-trace',
  file: (...names: readonly string[]): string => folder.path('.spanforge', ...names),
};
const publicKeys = (): readonly string[] =>
  ['log.vkey', 'package.jwks.json'].map((name) => readFileSync(CLAIM.file('keys', name), 'utf8'));
const read = (...names: readonly string[]): string => readFileSync(CLAIM.file(...names), 'utf8');
const secretsOf = (): readonly string[] => [
  ...['log', 'package-eddsa', 'package-es256'].map(
    (name) => JSON.parse(read('keys', `${name}.jwk.json`)).d,
  ),
  JSON.parse(read('keys', 'record.json')).secret,
];
const ok = async (...argv: readonly string[]) => {
  const run = await folder.run(...argv);
  expect([argv.join(' '), run.exitCode, run.stderr]).toEqual([argv.join(' '), 0, '']);
  return run;
};
/** The trace of the records about keys themselves is evidence like any other. */
async function exportKeys(name: string) {
  await ok('operator', 'export', 'keys', '--output', name);
  return readPackage(folder.path(name));
}

describe('tokens', () => {
  it.each(['none', 'None', 'nOnE'])('K-01: alg %s and an empty signature', async (alg) => {
    const unsigned = `${json({ alg, kid: ed.kid })}.${toBase64Url(payload)}.`;
    await expect(check(unsigned)).rejects.toMatchObject(refused);
    await expect(check(await token({ alg, kid: ed.kid }))).rejects.toMatchObject(refused);
    await expect(
      check((await token({ alg: 'EdDSA', kid: ed.kid })).replace(/[^.]*$/, '')),
    ).rejects.toMatchObject(refused);
  });

  it('K-02: HS256 keyed with the bytes of a public key', async () => {
    for (const secret of [JSON.stringify(es.publicJwk), keys[1]?.publicKey ?? '', ed.publicJwk.x]) {
      const input = `${json({ alg: 'HS256', kid: es.kid })}.${toBase64Url(payload)}`;
      const tag = createHmac('sha256', secret).update(input).digest();
      await expect(check(`${input}.${toBase64Url(tag)}`)).rejects.toMatchObject(refused);
    }
  });

  it('K-03: an algorithm with the kid of another key type', async () => {
    for (const [alg, kid, key] of [
      ['ES256', ed.kid, ed],
      ['EdDSA', es.kid, es],
      ['RS256', ed.kid, ed],
      ['ES256', ed.kid, es],
    ] as const) {
      await expect(check(await token({ alg, kid }, key))).rejects.toMatchObject(refused);
    }
  });

  it('K-04: keys and addresses in a header are ignored, and nothing is asked for', async () => {
    let asked = 0;
    const trap = createServer((_, response) => {
      asked += 1;
      response.end(formatJwks([toVerificationKey(thief)]));
    });
    const thief = await generateSigningKey({ alg: 'Ed25519', role: 'package' });
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
    try {
      const address = trap.address();
      const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
      const header = { alg: 'EdDSA', jwk: thief.publicJwk, jku: url, x5u: url, x5c: ['AAAA'] };
      for (const kid of [thief.kid, ed.kid, undefined]) {
        await expect(check(await token({ ...header, kid }, thief))).rejects.toMatchObject(refused);
      }
      expect((await check(await token({ ...header, kid: ed.kid }))).kid).toBe(ed.kid);
      expect(asked).toBe(0);
    } finally {
      trap.close();
    }
  });

  it.each([{ crit: ['x'], x: 1 }, { crit: ['b64'], b64: false }, { b64: false }, { b64: true }])(
    'K-05: %j',
    async (more) => {
      await expect(
        check(await token({ alg: 'EdDSA', kid: ed.kid, ...more })),
      ).rejects.toMatchObject(refused);
    },
  );

  it.each([
    '../../etc/passwd',
    '/dev/zero',
    "a' OR 1=1--",
    '__proto__',
    'constructor',
    'x'.repeat(1_048_576),
    '\0',
    'a\r\nb',
  ])('K-06: a kid that is no key is a miss (%#)', async (kid) => {
    expect(createKeySet(keys).get(kid)).toBeUndefined();
    await expect(check(await token({ alg: 'EdDSA', kid }))).rejects.toMatchObject(refused);
    const envelope = await signEnvelope({ payloadType: 'x', payload, keys: [ed] });
    const renamed = {
      ...envelope,
      signatures: envelope.signatures.map((one) => ({ ...one, keyid: kid })),
    };
    await expect(verifyEnvelope(renamed, { keys, threshold: 1 })).rejects.toMatchObject({
      code: 'SIGNING_THRESHOLD_NOT_MET',
    });
    await ok('init');
    const said = await folder.run('keys', 'retire', kid.replaceAll('\0', '?'), '--by', 'ada');
    expect(said.exitCode).toBe(2);
    expect(said.stderr).not.toMatch(/\r|\0/);
    expect(said.stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('keys themselves', () => {
  it('K-07: keys inside a package are not believed', async () => {
    await ok('init');
    const pkg = await exportKeys('p.zip');
    const thief = await generateSigningKey({ alg: 'Ed25519', role: 'package' });
    const forged = new Map(pkg).set('keys/jwks.json', utf8(formatJwks([toVerificationKey(thief)])));
    expect(await verifyPackage(pkg, { keys: [] })).toMatchObject({
      verdict: 'untrusted',
      exitCode: 3,
    });
    expect(await verify(pkg, { keys: [] })).toMatchObject({ verdict: 'untrusted', exit_code: 3 });
    expect(await verifyPackage(forged, { keys: publicKeys() })).toMatchObject({
      verdict: 'invalid',
    });
    expect(await verifyPackage(pkg, { keys: publicKeys() })).toMatchObject({ verdict: 'valid' });
  });

  it('K-08: a kid twice, a private member, a symmetric key', () => {
    const set = (...list: readonly object[]): string => JSON.stringify({ keys: list });
    const jwk = { ...ed.publicJwk, kid: ed.kid };
    const code = (text: string): unknown => {
      try {
        return parseJwks(text);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code(set(jwk, jwk))).toBe('SIGNING_KEY_DUPLICATE');
    expect(code(set({ ...ed.exportPrivateJwk() }))).toBe('SIGNING_KEY_PRIVATE');
    expect(code(set({ kty: 'oct', k: 'AAAA' }))).toBe('SIGNING_KEY_PRIVATE');
    expect(formatJwks(keys)).not.toContain('"d"');
  });

  it('K-09: points of small order, points that are not canonical, signatures made of zeros', async () => {
    const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
    for (const point of [
      '00'.repeat(32),
      `01${'00'.repeat(31)}`,
      `ec${'ff'.repeat(30)}7f`,
      'ff'.repeat(32),
    ]) {
      expect(() => importRawVerificationKey('Ed25519', hex(point))).toThrow(/cannot be used/);
    }
    const [key] = keys;
    const signature = await ed.sign(payload);
    expect(await key?.verify(payload, signature)).toBe(true);
    expect(await key?.verify(payload, new Uint8Array(64))).toBe(false);
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = signature.slice(32).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n) + order;
    const plus = hex(s.toString(16).padStart(64, '0')).reverse();
    expect(await key?.verify(payload, Uint8Array.of(...signature.slice(0, 32), ...plus))).toBe(
      false,
    );
  });

  it('K-10: a P-256 point that is not on the curve, and impossible r and s', async () => {
    const { x } = es.publicJwk;
    expect(() => importVerificationKey({ kty: 'EC', crv: 'P-256', x, y: x })).toThrow(
      /cannot be used/,
    );
    const [, key] = keys;
    const n = Buffer.from(
      'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
      'hex',
    );
    expect(await key?.verify(payload, await es.sign(payload))).toBe(true);
    for (const signature of [
      new Uint8Array(64),
      Uint8Array.of(...n, ...n),
      new Uint8Array(64).fill(255),
    ]) {
      expect(await key?.verify(payload, signature)).toBe(false);
    }
  });

  it('K-16: one key offered as log and as witness', async () => {
    const asLog = createNoteVerifier('log.example', toVerificationKey(log));
    const asWitness = createNoteVerifier(
      'witness.example',
      importVerificationKey(log.publicJwk, 'witness'),
    );
    await expect(
      openNote('x\n\n— log.example AAAAAAAA\n', [asLog, asWitness]),
    ).rejects.toMatchObject({
      code: 'SIGNING_KEY_ROLE_CONFLICT',
    });
    const texts = [
      formatVkey('log.example', toVerificationKey(log)),
      formatVkey('w.example', importVerificationKey(log.publicJwk, 'witness')),
    ];
    expect(await verifyPackage(new Map(), { keys: texts })).toMatchObject({
      exitCode: expect.toSatisfy((code) => code !== 0),
    });
  });
});

describe('keys that leave service', () => {
  it('K-11: a revoked key signs nothing above its last good size, whatever time a record claims', {
    timeout: 60_000,
  }, async () => {
    await ok('init', '--origin', 'log.example/claims');
    const before = await exportKeys('before.zip');
    const vkey = read('keys', 'log.vkey');
    const kid = JSON.parse(read('keys', 'log.jwk.json'));
    const stolen = await importSigningKey(kid, 'log');
    await ok(
      'keys',
      'revoke',
      '--last-good-size',
      'now',
      '--reason',
      'the laptop is gone',
      '--by',
      'ada',
      '--',
      stolen.kid,
    );
    const after = await exportKeys('after.zip');
    const auditor = [vkey, ...publicKeys()];
    // Whoever trusts the keys of several logs takes it for no other's.
    const shown = await folder.run('keys', 'jwks');
    for (const set of [read('keys', 'package.jwks.json'), shown.stdout]) {
      expect(JSON.parse(set).keys).toContainEqual(
        expect.objectContaining({ kid: stolen.kid, spanforge_origin: 'log.example/claims' }),
      );
    }

    const good = await verifyPackage(before, { keys: auditor });
    expect(good).toMatchObject({ verdict: 'valid', exitCode: 0 });
    expect(good.signers).toContainEqual(
      expect.objectContaining({ kid: stolen.kid, later: 'revoked' }),
    );
    expect(formatVerification(good)).toContain(
      `signed by log key ${stolen.kid} of log.example/claims, revoked later`,
    );
    expect(await verifyPackage(after, { keys: auditor })).toMatchObject({ verdict: 'valid' });

    // The thief signs the newer tree, as the key's owner once would have.
    const note = Buffer.from(after.get('checkpoint') ?? []).toString();
    const body = note.slice(0, note.indexOf('\n\n') + 1);
    const forgedNote = await signNote(body, [{ name: 'log.example/claims', key: stolen }]);
    const forged = new Map(
      [...after]
        .filter(([name]) => name !== 'index-proof.txt')
        .map(([name, bytes]) => {
          const text = name === 'checkpoint' || name.startsWith('proofs/');
          return [
            name,
            text ? utf8(Buffer.from(bytes).toString().replace(note, forgedNote)) : bytes,
          ] as const;
        }),
    );
    const judged = await verifyPackage(forged, { keys: auditor });
    expect(judged.checks.map(({ detail }) => detail)).toContain('checkpoint: key_revoked');
    expect(judged.verdict).toBe('invalid');
    expect((await verify(forged, { keys: auditor })).faults).toContainEqual(
      expect.objectContaining({ verdict: 'invalid', reason: 'key_revoked' }),
    );
    // Whoever has not heard of the revocation cannot know.
    expect(
      (await verifyPackage(forged, { keys: [vkey] })).checks.map(({ detail }) => detail),
    ).not.toContain('checkpoint: key_revoked');
    expect((await folder.run('doctor')).exitCode).toBe(0);
  });

  it.each([
    ['log.jwk.json', 'key_unknown'],
    ['package-eddsa.jwk.json', 'package_key_unknown'],
    ['package-es256.jwk.json', 'package_key_unknown'],
  ])(
    "another log's %s in place of ours: nothing is governed, doctor says it",
    async (file, reason) => {
      await ok('init');
      await ok('keys', 'list');
      await ok('init', '--state', 'other');
      const own = read('keys', file);
      writeFileSync(CLAIM.file('keys', file), readFileSync(folder.path('other', 'keys', file)));
      const service = await openWorkspace(CLAIM.file(), 'service');
      const { log: logKey, packages } = service.keys;
      const byFile = { log: logKey, eddsa: packages[0], es256: packages[1] };
      const foreign = Object.entries(byFile).find(([name]) => file.includes(name))?.[1]?.kid;
      await expect(service.log.append([aDraft()])).rejects.toMatchObject({
        code: 'EVENTS_LOG_FROZEN',
        details: { reason },
      });
      expect(service.log.status().refusal).toBe(reason);
      await service.close();
      const said = await folder.run('doctor');
      expect(said.exitCode).toBe(2);
      expect(said.stdout).toContain(`governs nothing: ${reason}`);
      expect(said.stdout).toContain(`the log does not name the key ${foreign}`);
      const exported = await folder.run('operator', 'export', 'keys', '--output', 'bad.zip');
      expect(exported.exitCode).toBe(1);
      expect(exported.stderr).toContain(reason);
      writeFileSync(CLAIM.file('keys', file), own);
      const again = await openWorkspace(CLAIM.file(), 'service');
      await again.log.append([aDraft()]);
      await again.close();
      await ok('doctor');
    },
  );

  it('K-12: rotation while others write; every record verifies after a restart', {
    timeout: 60_000,
  }, async () => {
    await ok('init');
    const secret = secretsOf();
    const service = await openWorkspace(CLAIM.file(), 'service');
    const writing = (async () => {
      for (let at = 0; at < 40; at += 1) await service.log.append([aDraft()]);
    })();
    await ok('keys', 'rotate', 'all', '--by', 'ada');
    await writing;
    await service.close();
    const again = await openWorkspace(CLAIM.file(), 'service');
    await again.log.append([aDraft()]);
    await again.close();
    expect((await folder.run('audit', 'fsck', '--json')).json()).toMatchObject({ findings: [] });
    expect(await verifyPackage(await exportKeys('p.zip'), { keys: publicKeys() })).toMatchObject({
      verdict: 'valid',
    });
    const stored = readFileSync(CLAIM.file('evidence.db'), 'latin1');
    for (const one of secret) expect(stored).not.toContain(one);
    const kids = JSON.parse(read('keys', 'record.json')).kid;
    expect(kids).toMatch(/^record-[0-9A-Z]{26}$/);
  });

  it.each(['', 'changeme', '8 bytes!', ' '.repeat(64)])(
    'K-13: the record secret %j',
    async (secret) => {
      await ok('init');
      const encoded = Buffer.from(secret).toString('base64url');
      writeFileSync(
        CLAIM.file('keys', 'record.json'),
        JSON.stringify({ kid: 'record-1', secret: encoded }),
      );
      expect((await folder.run('audit', 'fsck')).stderr).toContain('CLI_KEY_INVALID');
    },
  );
});

describe('HMACs', () => {
  const key = deriveTenantKey({
    secret: Uint8Array.from({ length: 32 }, (_, at) => at * 7),
    kid: 'k',
    tenant: 'acme',
  });
  const leaf = leafHash(payload);
  const good = `hmac-sha256:${Buffer.from(macRecord(key, leaf)).toString('hex')}`;

  it.each([
    ['', 'nothing'],
    [good.toUpperCase(), 'upper case'],
    [good.slice('hmac-sha256:'.length), 'no prefix'],
    [`${good}00`, 'too long'],
    [good.slice(0, -2), 'too short'],
    [`hmac-sha256:${createHmac('sha256', '').update('').digest('hex')}`, 'that of an empty string'],
  ])('K-14: %s (%s)', (tag) => {
    expect(verifyRecordMac(key, leaf, good)).toBe(true);
    expect(verifyRecordMac(key, leaf, tag)).toBe(false);
  });

  it('K-15: tags are compared in constant time', () => {
    const source = (name: string): string =>
      readFileSync(new URL(`../../core-signing/src/${name}`, import.meta.url), 'utf8');
    expect(source('platform/node.ts')).toMatch(/constantTimeEqual[\s\S]{0,80}timingSafeEqual\(/);
    expect(source('bytes.ts')).toMatch(/equalBytes[\s\S]{0,200}constantTimeEqual\(/);
    expect(source('mac/record.ts')).toContain('equalBytes(tag, macRecord(key, leaf))');
  });
});

it('K-17: no command and no object shows a secret', { timeout: 60_000 }, async () => {
  await ok('init');
  const secrets = [...secretsOf()];
  const shown: string[] = [];
  const run = async (...argv: readonly string[]) => {
    const { stdout, stderr } = await folder.run(...argv);
    shown.push(stdout, stderr);
  };
  await run('keys', 'list', '--json');
  await run('keys', 'jwks');
  await run('keys', 'rotate', 'all', '--by', 'ada', '--json');
  secrets.push(...secretsOf());
  await run('doctor', '--json');
  await run('audit', 'fsck', '--json');
  await run('keys', 'retire', 'nobody', '--by', 'ada');
  await run('operator', 'export', 'keys', '--output', 'p', '--json');
  for (const entry of readdirSync(folder.path('p'), { recursive: true, encoding: 'utf8' })) {
    const path = join(folder.path('p'), entry);
    if (statSync(path).isFile()) shown.push(readFileSync(path, 'latin1'));
  }
  const key = await importSigningKey(JSON.parse(read('keys', 'log.jwk.json')), 'log');
  shown.push(
    inspect(key, { depth: 9, showHidden: true }),
    JSON.stringify(key),
    read('keys', 'package.jwks.json'),
  );
  expect(new Set(secrets).size).toBe(8);
  for (const secret of secrets) expect(shown.join('\n')).not.toContain(secret);
});
