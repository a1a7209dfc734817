import { createDiscloser, type EvidenceRecord } from '@spanforge/core-events';
import {
  canonicalize,
  createNoteVerifier,
  deriveTenantKey,
  formatMac,
  generateSigningKey,
  leafHash,
  macRecord,
  sha256,
  toHex,
  toVerificationKey,
  utf8,
} from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { openTestLog, recordCall, SECRET } from '../test-log.js';
import { checkIndexProof, termOfQuery } from './index-proof.js';
import { checkMacs } from './macs.js';
import { createLedger, type VerificationLedger } from './report.js';
import { unlines } from './test-forge.js';
import { checkDisclosures, checkPolicies } from './values.js';
import { verifyPackage } from './verify-package.js';

/** What each of these checks says of records made for it, with nothing else around it. */
function said(ledger: VerificationLedger, name: string) {
  const { verdict, checks } = ledger.report();
  expect(checks.every((check) => check.name === name)).toBe(true);
  expect(verdict).toBe(checks.every(({ ok }) => ok) ? 'valid' : 'invalid');
  return checks.map(({ detail }) => detail);
}

const disclose = createDiscloser();

describe('the line of a disclosed value', () => {
  const [a, b, c] = [disclose('a', 1), disclose('b', { deep: 2 }), disclose('a', 3)];
  const records = [
    { index: 0, body: { values: { a: a.digest, b: b.digest } } },
    { index: 4, body: { values: { a: c.digest } } },
    { index: 5, body: { values: { a: c.digest, b: 5 } } },
    { index: 6, body: {} },
  ] as unknown as readonly EvidenceRecord[];
  const line = (index: number, { name, digest, encoded }: typeof a, more: object = {}) =>
    canonicalize({ index, name, digest, disclosure: encoded, ...more });
  const check = (content: string | undefined) => {
    const ledger = createLedger();
    const pkg = new Map<string, Uint8Array>();
    if (content !== undefined) pkg.set('disclosures.jsonl', utf8(content));
    const opened = checkDisclosures(pkg, records, ledger);
    return { ledger, opened };
  };
  const faults = (...all: readonly string[]) => said(check(unlines(all)).ledger, 'disclosures');

  it('opens what a record commits to', () => {
    const { ledger, opened } = check(unlines([line(0, a), line(0, b), line(4, c)]));
    expect(said(ledger, 'disclosures')).toEqual(['3 value(s) are what the records commit to']);
    expect(ledger.report().counts.disclosures).toBe(3);
    expect([...opened]).toEqual([
      [a.digest, { name: 'a', value: 1 }],
      [b.digest, { name: 'b', value: { deep: 2 } }],
      [c.digest, { name: 'a', value: 3 }],
    ]);
    expect(faults()).toEqual(['0 value(s) are what the records commit to']);
  });

  it('is there, though there may be none', () => {
    const { ledger, opened } = check(undefined);
    expect(said(ledger, 'lines')).toEqual(['disclosures.jsonl: lines_malformed']);
    expect(ledger.report().counts.disclosures).toBe(0);
    expect(opened.size).toBe(0);
  });

  it('stands after those of earlier records and smaller names, and opens each value once', () => {
    expect(faults(line(0, b), line(0, a))).toEqual(['record 0: disclosure_repeated:a']);
    expect(faults(line(4, c), line(0, a))).toEqual(['record 0: disclosure_repeated:a']);
    expect(faults(line(4, c), line(0, b))).toEqual(['record 0: disclosure_repeated:b']);
    expect(faults(line(0, a), line(0, a))).toEqual(['record 0: disclosure_repeated:a']);
    expect(faults(line(4, c), line(5, c))).toEqual(['record 5: disclosure_repeated:a']);
    const strange = line(0, disclose('a', 9));
    expect(faults(strange, strange)).toEqual([
      ...['record 0: disclosure_mismatch:a', 'record 0: disclosure_repeated:a'],
    ]);
  });

  it('is of a record in the package, under a name it commits to, with its digest', () => {
    expect(faults(line(1, a))).toEqual(['record 1: disclosure_without_record:a']);
    expect(faults(line(6, a))).toEqual(['record 6: value_not_committed:a']);
    expect(faults(line(4, b))).toEqual(['record 4: value_not_committed:b']);
    expect(faults(line(5, disclose('b', 5)))).toEqual(['record 5: value_not_committed:b']);
    expect(faults(line(4, a))).toEqual(['record 4: disclosure_mismatch:a']);
  });

  it('opens to that very digest and name', () => {
    const opens = (encoded: string) => faults(line(0, a, { disclosure: encoded }));
    expect(opens(c.encoded)).toEqual(['record 0: disclosure_mismatch:a']);
    expect(opens('AAAA')).toEqual(['record 0: disclosure_malformed:a']);
    expect(check(unlines([line(0, a, { disclosure: 'AAAA' })])).opened.size).toBe(0);
    // A value that opens under another name, although the digest is the one committed to.
    const renamed = { index: 7, body: { values: { z: a.digest } } } as unknown as EvidenceRecord;
    const ledger = createLedger();
    const pkg = new Map([['disclosures.jsonl', utf8(unlines([line(7, a, { name: 'z' })]))]]);
    expect(checkDisclosures(pkg, [renamed], ledger).size).toBe(0);
    expect(said(ledger, 'disclosures')).toEqual(['record 7: disclosure_mismatch:z']);
  });

  it('is a line as it is written, and nothing behind another is read', () => {
    expect(faults(line(0, a), 'x', line(0, a))).toEqual(['disclosures.jsonl: line_malformed']);
    expect(faults(` ${line(0, a)}`)).toEqual(['disclosures.jsonl: line_malformed']);
  });

  it('has a name that reaches a terminal only where it is short and plain', () => {
    const named = (name: string) => faults(line(6, a, { name }))[0];
    const plain = 'record 6: value_not_committed';
    expect(named('~!')).toBe(`${plain}:~!`);
    expect(named('n'.repeat(100))).toBe(`${plain}:${'n'.repeat(100)}`);
    for (const odd of ['n'.repeat(101), 'a b', '\u001b[31m', 'é', 'a\n']) {
      expect(named(odd)).toBe(plain);
    }
  });
});

describe('a bundle', () => {
  const nameOf = (text: string) => `policy/${toHex(sha256(utf8(text)))}.json`;
  const records = [
    {
      index: 0,
      type: 'x',
      policy: { id: 'p', version: '1', digest: toHex(sha256(utf8('{}'))) },
      body: {},
    },
  ] as unknown as readonly EvidenceRecord[];
  const check = (files: Readonly<Record<string, string>>) => {
    const ledger = createLedger();
    const pkg = new Map(Object.entries(files).map(([name, text]) => [name, utf8(text)]));
    checkPolicies(pkg, records, ledger);
    return [ledger.report().counts.policies, ...said(ledger, 'policies')];
  };

  it('is what its name says, and a record names it', () => {
    const name = nameOf('{}');
    expect(check({ [name]: '{}' })).toEqual([1, '1 bundle(s) are the ones the records name']);
    expect(check({})).toEqual([0]);
    expect(check({ 'VERIFY.md': 'x', [`${name}x`]: '{}', [`a${name}`]: '{}' })).toEqual([0]);
    expect(check({ [name]: '{ }' })).toEqual([1, `${name}: digest_mismatch`]);
    const stray = nameOf('[]');
    expect(check({ [name]: '{}', [stray]: '[]' })).toEqual([2, `${stray}: policy_without_record`]);
  });
});

describe('the HMAC of a record', () => {
  const recordOf = (index: number, tenant = 'acme', kid: string | undefined = SECRET.kid) => {
    const leaf = leafHash(utf8(`record ${index}`));
    const key = deriveTenantKey({ secret: SECRET.secret, kid: SECRET.kid, tenant });
    const mac = formatMac(macRecord(key, leaf));
    return { index, leaf, context: { tenant }, ...(kid ? { mac, macKid: kid } : {}) };
  };
  const bare = { index: 8, leaf: leafHash(utf8('8')), context: { tenant: 'acme' } };
  const check = (
    records: readonly object[],
    secrets: Parameters<typeof checkMacs>[1] = [SECRET],
  ) => {
    const ledger = createLedger();
    const all = checkMacs(records as unknown as readonly EvidenceRecord[], secrets, ledger);
    return [all, ...said(ledger, 'hmac'), ...ledger.report().notCovered];
  };

  it('is good for every record, or not every record is covered', () => {
    const two = [recordOf(0), recordOf(1, 'globex'), recordOf(2)];
    expect(check(two)).toEqual([true, '3 of 3 record(s) carry a good HMAC']);
    expect(check(two, [])).toEqual([false]);
    expect(check([])).toEqual([false, '0 of 0 record(s) carry a good HMAC']);
    expect(check([recordOf(0), bare])).toEqual([
      ...[false, '1 of 2 record(s) carry a good HMAC', '1 record(s) without an HMAC'],
    ]);
    expect(check([recordOf(0), recordOf(1, 'acme', 'other')])).toEqual([
      ...[false, '1 of 2 record(s) carry a good HMAC', '1 HMAC(s) of a key that was not given'],
    ]);
  });

  it('is of these bytes, this tenant and this key', () => {
    const wrong = [false, 'record 3: hmac_mismatch'];
    const record = recordOf(3);
    expect(check([{ ...record, leaf: bare.leaf }])).toEqual(wrong);
    expect(check([{ ...record, context: { tenant: 'globex' } }])).toEqual(wrong);
    const secret = SECRET.secret.map((byte) => byte ^ 1);
    expect(check([record], [{ ...SECRET, secret }])).toEqual(wrong);
  });

  it('counts below the last good size of its key', () => {
    const limited = (lastGoodSize: number) => check([recordOf(3)], [{ ...SECRET, lastGoodSize }]);
    expect(limited(4)).toEqual([true, '1 of 1 record(s) carry a good HMAC']);
    expect(limited(3)).toEqual([false, 'record 3: key_revoked']);
    expect(limited(0)).toEqual([false, 'record 3: key_revoked']);
  });
});

describe('the proof that a package is whole', () => {
  it('is about a trace or a run, and about no narrower query', () => {
    expect(termOfQuery({ trace_id: 't' })).toBe('trace:t');
    expect(termOfQuery({ run: 'r' })).toBe('run:r');
    for (const query of [
      ...[{}, { tenant: 'acme' }, { types: ['x'] }, { trace_id: 't', run: 'r' }],
      { trace_id: 't', types: ['x'] },
    ]) {
      expect(termOfQuery(query)).toBeUndefined();
    }
  });

  it('says how many records there are, up to which size', async () => {
    const { log, operator, trusted } = await openTestLog();
    await recordCall(log, 'a');
    const { checks, complete } = await verifyPackage(
      await operator.exportPackage({ traceId: 'a' }),
      { keys: trusted },
    );
    expect(complete).toBe('proven');
    expect(checks).toContainEqual({
      ...{ name: 'complete', ok: true },
      detail: 'these 5 record(s) are all there are up to size 6',
    });
  });

  it('is looked at where there is one, the statement is there and the log signed', async () => {
    const key = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
    const anchors = {
      packageKeys: [],
      noteVerifiers: [createNoteVerifier('log.example/acme', toVerificationKey(key))],
      origin: 'log.example/acme',
    };
    const checkpoint = { origin: 'log.example/acme', size: 5, root: new Uint8Array(32) };
    const check = async ({
      bytes = utf8('nothing'),
      query = { trace_id: 't' } as object,
      trusted = true,
      keys = anchors.noteVerifiers,
    } = {}) => {
      const ledger = createLedger();
      const pkg = new Map([['index-proof.txt', bytes]]);
      const checked = { checkpoint, note: '', trusted, cosignatures: [] };
      const predicate = { query } as never;
      const given = { ...anchors, noteVerifiers: keys };
      await checkIndexProof(pkg, predicate, [], checked, given, ledger);
      expect(ledger.known.complete).toBe('unproven');
      return said(ledger, 'complete');
    };
    const fault = (reason: string) => [`index-proof.txt: index_proof_${reason}`];
    expect(await check()).toEqual(fault('malformed'));
    expect(await check({ bytes: Uint8Array.of(0xff) })).toEqual(fault('malformed'));
    expect(await check({ query: { tenant: 'acme' } })).toEqual(fault('other_term'));
    expect(await check({ keys: [] })).toEqual(fault('other_term'));
    expect(await check({ trusted: false })).toEqual([]);
    const ledger = createLedger();
    const checked = { checkpoint, note: '', trusted: true, cosignatures: [] };
    const given = { 'index-proof.txt': utf8('x') };
    const query = { query: { trace_id: 't' } } as never;
    await checkIndexProof(new Map(), query, [], checked, anchors, ledger);
    await checkIndexProof(new Map(Object.entries(given)), undefined, [], checked, anchors, ledger);
    expect(said(ledger, 'complete')).toEqual([]);
  });
});
