import { sha256, toHex, utf8 } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import {
  bundleDraft,
  contextOf,
  openTestLog,
  policyDraft,
  rbacDraft,
  record,
  recordCall,
  SECRET,
  startedDraft,
} from '../test-log.js';
import { lines, resign, unlines, withFiles } from './test-forge.js';
import { openResigned } from './test-resigned.js';
import { type VerifyOptions, verifyPackage } from './verify-package.js';

describe('the HMACs of records', () => {
  async function signed() {
    const test = await openResigned();
    await record(test.log, rbacDraft(contextOf('a')));
    const pkg = await test.exported();
    const check = async (secrets: VerifyOptions['hmacSecrets'], changed = pkg) => {
      const report = await test.verify(changed, { keys: [], hmacSecrets: secrets ?? [] });
      const { checks, notCovered, level } = report;
      const found = checks.filter(({ name }) => name === 'hmac').map(({ detail }) => detail);
      return { found, level, notCovered: notCovered.filter((one) => one.includes('HMAC')) };
    };
    return { ...test, pkg, check };
  }
  const STRANGE = { kid: 'hmac-2', secret: SECRET.secret };

  it('are good, of a key that was not given, or missing', async () => {
    const { check, pkg } = await signed();
    expect(await check([SECRET])).toEqual({
      ...{ found: ['2 of 2 record(s) carry a good HMAC'], level: 'L0', notCovered: [] },
    });
    expect(await check([])).toEqual({ found: [], level: undefined, notCovered: [] });
    expect(await check([STRANGE])).toEqual({
      ...{ found: ['0 of 2 record(s) carry a good HMAC'], level: undefined },
      notCovered: ['2 HMAC(s) of a key that was not given'],
    });
    const [one = '', two = ''] = lines(pkg, 'records.index');
    const { index } = JSON.parse(two) as { index: number };
    const bare = withFiles(pkg, { 'records.index': unlines([one, `{"index":${index}}`]) });
    expect(await check([STRANGE, SECRET], bare)).toEqual({
      ...{ found: ['1 of 2 record(s) carry a good HMAC'], level: undefined },
      notCovered: ['1 record(s) without an HMAC'],
    });
    const { index: first } = JSON.parse(one) as { index: number };
    const none = withFiles(pkg, {
      'records.index': unlines([`{"index":${first}}`, `{"index":${index}}`]),
    });
    expect(await check([SECRET], none)).toEqual({
      ...{ found: ['0 of 2 record(s) carry a good HMAC'], level: undefined },
      notCovered: ['2 record(s) without an HMAC'],
    });
  });

  it('count up to the last good size of their key', async () => {
    const { check, pkg } = await signed();
    const last = Number(
      (JSON.parse(lines(pkg, 'records.index')[1] ?? '') as { index: number }).index,
    );
    const revoked = [`record ${last}: key_revoked`];
    expect(await check([{ ...SECRET, lastGoodSize: last + 1 }])).toMatchObject({ level: 'L0' });
    expect((await check([{ ...SECRET, lastGoodSize: last }])).found).toEqual(revoked);
    const all = await check([{ ...SECRET, lastGoodSize: 0 }]);
    expect(all.found).toEqual([`record ${last - 1}: key_revoked`, ...revoked]);
    expect(all.level).toBeUndefined();
  });

  it('are of the tenant of their record', async () => {
    const { log, operator, verify } = await signed();
    await record(log, rbacDraft(contextOf('t', { tenant: 'globex' })));
    const from = await operator.exportPackage({ traceId: 't' });
    expect(await verify(from, { keys: [], hmacSecrets: [SECRET] })).toMatchObject({ level: 'L0' });
  });

  it('are none of an empty package', async () => {
    const { operator, verify } = await signed();
    const empty = await operator.exportPackage({ traceId: 'nobody' });
    const report = await verify(empty, { keys: [], hmacSecrets: [SECRET] });
    expect(report.level).toBeUndefined();
    expect(report.verdict).toBe('untrusted');
  });
});

describe('disclosed values', () => {
  const disclosed = async () => {
    const test = await openResigned(
      policyDraft(contextOf('a'), 'allow'),
      startedDraft(contextOf('a'), []),
      policyDraft(contextOf('a'), 'redact'),
    );
    const pkg = await test.exported();
    const values = lines(pkg, 'disclosures.jsonl');
    const faults = async (all: readonly string[]) =>
      test.faultsIn(
        await resign(withFiles(pkg, { 'disclosures.jsonl': unlines(all) }), test.forger),
        'disclosures',
      );
    return { ...test, pkg, values, faults };
  };

  it('are counted, and said to be what records commit to', async () => {
    const { pkg, verify, values } = await disclosed();
    expect(values).toHaveLength(3);
    const { checks, counts } = await verify(pkg);
    expect(counts).toMatchObject({ disclosures: 3, policies: 0 });
    expect(checks).toContainEqual({
      ...{ name: 'disclosures', ok: true },
      detail: '3 value(s) are what the records commit to',
    });
  });

  it('stand in the order of records and names, each once', async () => {
    const { values, faults } = await disclosed();
    const [one = '', two = '', three = ''] = values;
    expect(await faults([one, two, three])).toEqual([]);
    expect(await faults([two, one, three])).toEqual(['record 1: disclosure_repeated:request']);
    expect(await faults([one, one, two, three])).toEqual(['record 1: disclosure_repeated:request']);
    expect(await faults([one, three, two])).toEqual(['record 2: disclosure_repeated:args']);
    expect(await faults([one, 'x', three])).toEqual(['disclosures.jsonl: line_malformed']);
  });

  it('are those of their record, and open to what it commits to', async () => {
    const { values, faults } = await disclosed();
    const [one = '', two = '', three = ''] = values;
    const { disclosure } = JSON.parse(one) as { disclosure: string };
    const open = Buffer.from(disclosure, 'base64url').toString();
    const closed = (json: string) =>
      one.replace(disclosure, Buffer.from(json).toString('base64url'));
    const fault = async (line: string) => {
      expect(line).not.toBe(one);
      return faults([line]);
    };
    const mismatch = ['record 1: disclosure_mismatch:request'];
    expect(await fault(closed(open.replace('4711', '4712')))).toEqual(mismatch);
    expect(await fault(closed(open.replace('"request"', '"args"')))).toEqual(mismatch);
    const other = (JSON.parse(three) as { digest: string; disclosure: string }).disclosure;
    expect(await fault(one.replace(disclosure, other))).toEqual(mismatch);
    const { digest } = JSON.parse(one) as { digest: string };
    const { digest: strange } = JSON.parse(three) as { digest: string };
    expect(await fault(one.replace(digest, strange))).toEqual(mismatch);
    expect(await fault(closed('nothing'))).toEqual(['record 1: disclosure_malformed:request']);
    expect(await fault(one.replace('"index":1', '"index":900'))).toEqual([
      'record 900: disclosure_without_record:request',
    ]);
    expect(await fault(two.replace('"index":2', '"index":1'))).toEqual([
      'record 1: value_not_committed:args',
    ]);
  });

  it('have names that reach a terminal only where they are short and plain', async () => {
    const { values, faults } = await disclosed();
    const [one = ''] = values;
    const renamed = async (name: string) =>
      (await faults([one.replace('"name":"request"', `"name":${JSON.stringify(name)}`)]))[0];
    const plain = 'record 1: value_not_committed';
    expect(await renamed('~!')).toBe(`${plain}:~!`);
    expect(await renamed('n'.repeat(100))).toBe(`${plain}:${'n'.repeat(100)}`);
    for (const odd of ['n'.repeat(101), 'a b', '\u001b[31m', 'é', 'a\n']) {
      expect(await renamed(odd)).toBe(plain);
    }
  });
});

describe('policies', () => {
  it('are counted, and said to be those that records name', async () => {
    const test = await openTestLog();
    const forger = [test.keys.ed25519, test.keys.es256];
    await record(test.log, bundleDraft());
    await recordCall(test.log, 'a');
    const pkg = await test.operator.exportPackage({ traceId: 'a' });
    const { checks, counts } = await verifyPackage(pkg, { keys: test.trusted });
    const name = [...pkg.keys()].find((one) => one.startsWith('policy/')) ?? '';
    const changed = withFiles(pkg, { [name]: '{}' });
    const faults = async (files: ReadonlyMap<string, Uint8Array>) => {
      const report = await verifyPackage(await resign(files, forger), { keys: test.trusted });
      expect(report.counts.policies).toBe(
        [...files.keys()].filter((one) => one.startsWith('policy/')).length,
      );
      return report.checks.filter((one) => one.name === 'policies').map(({ detail }) => detail);
    };
    expect(await faults(changed)).toEqual([`${name}: digest_mismatch`]);
    const stray = `policy/${toHex(sha256(utf8('{}')))}.json`;
    expect(await faults(withFiles(pkg, { [stray]: '{}' }))).toEqual([
      `${stray}: policy_without_record`,
    ]);
    expect(await faults(withFiles(pkg, { [name]: undefined }))).toEqual([]);
    expect(counts.policies).toBe(1);
    expect(checks).toContainEqual({
      ...{ name: 'policies', ok: true },
      detail: '1 bundle(s) are the ones the records name',
    });
  });
});
