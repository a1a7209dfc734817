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
  scopeDraft,
} from '../test-log.js';
import { lines, predicate, resign, statementOf, text, unlines, withFiles } from './test-forge.js';
import { verifyPackage } from './verify-package.js';

/**
 * Each case is tried twice where it can be: by somebody without keys, and by somebody who holds the
 * package keys and signs the forgery again, so that only the log stands against it.
 */
async function callPackage(options: Parameters<typeof openTestLog>[0] = {}) {
  const test = await openTestLog(options);
  await record(test.log, bundleDraft());
  await recordCall(test.log, 'trace-1');
  await recordCall(test.log, 'trace-2');
  const pkg = await test.operator.exportPackage({ traceId: 'trace-1' }, { disclose: () => true });
  const forger = [test.keys.ed25519, test.keys.es256];
  return { ...test, pkg, forger };
}

describe('records', () => {
  it('T-03: a deleted middle record is found, with or without its other lines', async () => {
    const { pkg, trusted } = await callPackage();
    const records = lines(pkg, 'records.jsonl');
    const index = lines(pkg, 'records.index');
    expect(records).toHaveLength(5);
    records.splice(1, 1);
    index.splice(1, 1);
    const forged = withFiles(pkg, {
      'records.jsonl': unlines(records),
      'records.index': unlines(index),
      'proofs/3.tlog-proof': undefined,
    });
    expect(await verifyPackage(forged, { keys: trusted })).toMatchObject({
      verdict: 'invalid',
      firstBad: { file: 'records.jsonl', reason: 'digest_mismatch' },
    });
    const line = withFiles(pkg, { 'records.jsonl': unlines(records) });
    expect(await verifyPackage(line, { keys: trusted })).toMatchObject({
      verdict: 'invalid',
      exitCode: 1,
    });
  });

  it('T-04: two swapped records are found, with and without their proofs', async () => {
    const { pkg, trusted, forger } = await callPackage();
    const [first = '', second = '', ...rest] = lines(pkg, 'records.jsonl');
    const [one = '', two = '', ...others] = lines(pkg, 'records.index');
    const swapped = unlines([second, first, ...rest]);
    const plain = await resign(withFiles(pkg, { 'records.jsonl': swapped }), forger);
    expect(await verifyPackage(plain, { keys: trusted })).toMatchObject({
      verdict: 'invalid',
      firstBad: { index: 2, reason: 'not_in_checkpoint' },
    });
    const lined = withFiles(pkg, {
      'records.jsonl': swapped,
      'records.index': unlines([two, one, ...others]),
    });
    expect((await verifyPackage(await resign(lined, forger), { keys: trusted })).firstBad).toEqual({
      index: 2,
      reason: 'out_of_order',
    });
    const proofs = withFiles(pkg, {
      'records.jsonl': swapped,
      'proofs/2.tlog-proof': text(pkg, 'proofs/3.tlog-proof'),
      'proofs/3.tlog-proof': text(pkg, 'proofs/2.tlog-proof'),
    });
    expect((await verifyPackage(await resign(proofs, forger), { keys: trusted })).firstBad).toEqual(
      {
        index: 2,
        reason: 'proof_of_another_index',
      },
    );
  });

  it('T-05: a doubled record and the same bytes at a later index are found', async () => {
    const { pkg, trusted, forger } = await callPackage();
    const records = lines(pkg, 'records.jsonl');
    const index = lines(pkg, 'records.index');
    const twice = withFiles(pkg, {
      'records.jsonl': unlines([records[0] ?? '', ...records]),
      'records.index': unlines([index[0] ?? '', ...index]),
    });
    expect((await verifyPackage(await resign(twice, forger), { keys: trusted })).firstBad).toEqual({
      index: 2,
      reason: 'duplicate_record',
    });
    const later = withFiles(pkg, {
      'records.jsonl': unlines([...records, records[0] ?? '']),
      'records.index': unlines([...index, '{"index":9}']),
      'proofs/9.tlog-proof': text(pkg, 'proofs/2.tlog-proof').replace('index 2', 'index 9'),
    });
    expect(await verifyPackage(await resign(later, forger), { keys: trusted })).toMatchObject({
      verdict: 'invalid',
      firstBad: { index: 9 },
    });
  });

  it('T-06: a cut tail is found, at every length', async () => {
    const { pkg, trusted } = await callPackage();
    const records = lines(pkg, 'records.jsonl');
    for (let keep = 0; keep < records.length; keep += 1) {
      const files: Record<string, string | undefined> = {
        'records.jsonl': unlines(records.slice(0, keep)),
        'records.index': unlines(lines(pkg, 'records.index').slice(0, keep)),
      };
      for (let at = keep; at < records.length; at += 1)
        files[`proofs/${at + 2}.tlog-proof`] = undefined;
      const report = await verifyPackage(withFiles(pkg, files), { keys: trusted });
      expect(report).toMatchObject({ verdict: 'invalid', exitCode: 1 });
    }
  });

  it('T-06: with the log key alone, what may be missing is named and nothing is valid', async () => {
    const { pkg, vkey, forger } = await callPackage();
    const unproven = await resign(withFiles(pkg, { 'index-proof.txt': undefined }), forger);
    const report = await verifyPackage(unproven, { keys: [vkey] });
    expect(report).toMatchObject({ verdict: 'incomplete', exitCode: 3, level: 'L1' });
    expect(report.notCovered).toContain('whether every record of the query is here');
    const proven = await verifyPackage(pkg, { keys: [vkey] });
    expect(proven).toMatchObject({ verdict: 'incomplete', complete: 'proven' });
    expect(proven.notCovered).not.toContain('whether every record of the query is here');
  });

  it('T-07: no records are an explicit empty package, and never valid', async () => {
    const { operator, trusted, pkg, forger } = await callPackage();
    const empty = await operator.exportPackage({ traceId: 'nobody' });
    expect(text(empty, 'records.jsonl')).toBe('');
    expect(statementOf(empty).predicate).toMatchObject({
      outcome: 'no_evidence',
      counts: { selected: 0 },
    });
    expect(await verifyPackage(empty, { keys: trusted })).toMatchObject({
      verdict: 'incomplete',
      exitCode: 3,
      outcome: 'no_evidence',
      firstBad: { reason: 'no_evidence' },
    });
    const emptied = withFiles(pkg, {
      'records.jsonl': '',
      'records.index': '',
      'disclosures.jsonl': '',
    });
    for (const name of [...emptied.keys()]) {
      if (name.startsWith('proofs/') || name.startsWith('policy/'))
        (emptied as Map<string, unknown>).delete(name);
    }
    const report = await verifyPackage(await resign(emptied, forger), { keys: trusted });
    expect(report).toMatchObject({
      verdict: 'invalid',
      firstBad: { file: 'index-proof.txt', reason: 'index_proof_records_differ' },
    });
    const unproven = withFiles(emptied, { 'index-proof.txt': undefined });
    expect(await verifyPackage(await resign(unproven, forger), { keys: trusted })).toMatchObject({
      verdict: 'invalid',
      firstBad: { file: 'package.dsse.json' },
    });
  });

  it('T-08: a record of another tenant, or of another log, is found', async () => {
    const { pkg, trusted, forger, log, operator } = await callPackage();
    await record(log, scopeDraft(contextOf('trace-1', { tenant: 'globex' }), 'allow'));
    const other = await callPackage({ origin: 'log.example/globex' });
    const records = lines(pkg, 'records.jsonl');
    records[0] = lines(other.pkg, 'records.jsonl')[0] ?? '';
    const spliced = await resign(withFiles(pkg, { 'records.jsonl': unlines(records) }), forger);
    expect((await verifyPackage(spliced, { keys: trusted })).firstBad).toEqual({
      index: 2,
      reason: 'not_in_checkpoint',
    });
    const whole = await resign(other.pkg, forger);
    expect(await verifyPackage(whole, { keys: trusted })).toMatchObject({
      verdict: 'invalid',
      firstBad: { file: 'checkpoint', reason: 'origin_mismatch' },
    });
    const tenant = await operator.exportPackage({
      query: { traceId: 'trace-1', tenant: 'globex' },
    });
    const narrowed = await resign(tenant, forger, predicate({ query: { tenant: 'acme' } }));
    expect((await verifyPackage(narrowed, { keys: trusted })).firstBad?.reason).toBe(
      'record_outside_query',
    );
  });

  it('T-14: a valid proof for another record than the one shown is refused', async () => {
    const { pkg, trusted, forger } = await callPackage();
    const records = lines(pkg, 'records.jsonl');
    records[4] = records[3] ?? '';
    const forged = await resign(withFiles(pkg, { 'records.jsonl': unlines(records) }), forger);
    const report = await verifyPackage(forged, { keys: trusted });
    expect(report).toMatchObject({ verdict: 'invalid', firstBad: { index: 6 } });
  });

  it('T-15: inner nodes cannot pass for a record', async () => {
    const { pkg, trusted, forger } = await callPackage();
    const node = new Uint8Array(65).fill(0x41);
    node[64] = 0x0a;
    const forged = withFiles(pkg, { 'records.jsonl': node, 'records.index': '{"index":2}\n' });
    expect((await verifyPackage(await resign(forged, forger), { keys: trusted })).verdict).toBe(
      'invalid',
    );
  });

  it('T-17: a record written again with the same meaning is refused', async () => {
    const { pkg, trusted, forger } = await callPackage();
    const [first = '', ...rest] = lines(pkg, 'records.jsonl');
    const value = JSON.parse(first) as Record<string, unknown>;
    const spellings = [
      first.replace('":', '": '),
      JSON.stringify(Object.fromEntries(Object.entries(value).reverse())),
      first.replace(/"n":(\d+)/, '"n":$1.0'),
    ];
    for (const spelling of spellings) {
      expect(spelling).not.toBe(first);
      const forged = await resign(
        withFiles(pkg, { 'records.jsonl': unlines([spelling, ...rest]) }),
        forger,
      );
      expect((await verifyPackage(forged, { keys: trusted })).firstBad).toEqual({
        index: 2,
        reason: 'not_in_checkpoint',
      });
    }
  });

  it('T-23: replayed evidence cannot be relabelled, and never counts as production', async () => {
    const { log, operator, trusted, forger } = await callPackage();
    await record(log, { ...scopeDraft(contextOf('r'), 'allow'), mode: 'replay' });
    const pkg = await operator.exportPackage({ traceId: 'r' });
    expect((await verifyPackage(pkg, { keys: trusted })).outcome).toBe('undecided');
    const relabelled = text(pkg, 'records.jsonl').replace('"mode":"replay"', '"mode":"live"');
    const forged = await resign(withFiles(pkg, { 'records.jsonl': relabelled }), forger);
    expect((await verifyPackage(forged, { keys: trusted })).firstBad?.reason).toBe(
      'not_in_checkpoint',
    );
    const claimed = await resign(pkg, forger, predicate({ outcome: 'allow' }));
    expect((await verifyPackage(claimed, { keys: trusted })).firstBad?.reason).toBe(
      'outcome_mismatch',
    );
  });

  it('T-24: a body that names the envelope stays nested', async () => {
    const { log, operator, trusted } = await callPackage();
    const draft = {
      type: 'spanforge.manifest.actor.v1',
      context: contextOf('n'),
      body: {
        actor_id: 'user:eve',
        metadata: {
          tenant: 'globex',
          time: '1970-01-01T00:00:00.000Z',
          id: 'x',
          type: 'y',
          mode: 'replay',
        },
      },
    };
    await record(log, draft);
    const report = await operator.inspectTrace('n');
    expect(report.timeline[0]).toMatchObject({ type: draft.type, mode: 'live' });
    const pkg = await operator.exportPackage({ traceId: 'n' });
    expect(JSON.parse(text(pkg, 'records.jsonl'))).toMatchObject({ tenant: 'acme', mode: 'live' });
    expect((await verifyPackage(pkg, { keys: trusted })).verdict).toBe('valid');
  });
});

describe('values', () => {
  it('T-21: a disclosure with another value, salt, name or record is named', async () => {
    const { log, operator, trusted, forger } = await callPackage();
    const context = contextOf('v');
    await record(log, policyDraft(context, 'allow'), policyDraft(context, 'redact'));
    const pkg = await operator.exportPackage({ traceId: 'v' }, { disclose: () => true });
    const [one = '', two = ''] = lines(pkg, 'disclosures.jsonl');
    const parsed = JSON.parse(one) as { disclosure: string };
    const open = Buffer.from(parsed.disclosure, 'base64url').toString();
    const close = (json: string) =>
      one.replace(parsed.disclosure, Buffer.from(json).toString('base64url'));
    const salt = open.slice(2, 24);
    const cases: readonly (readonly [string, string])[] = [
      [close(open.replace('4711', '4712')), 'disclosure_mismatch:request'],
      [close(open.replace(salt, `${salt.slice(0, -2)}AA`)), 'disclosure_mismatch:request'],
      [close(open.replace('"request"', '"args"')), 'disclosure_mismatch:request'],
      [close('nothing'), 'disclosure_malformed:request'],
      [one.replace('"name":"request"', '"name":"args"'), 'value_not_committed:args'],
    ];
    for (const [line, reason] of cases) {
      expect(line).not.toBe(one);
      const forged = await resign(
        withFiles(pkg, { 'disclosures.jsonl': unlines([line, two]) }),
        forger,
      );
      const report = await verifyPackage(forged, { keys: trusted });
      expect(report.verdict).toBe('invalid');
      expect(report.firstBad?.reason).toBe(reason);
    }
    const repeated = await resign(
      withFiles(pkg, { 'disclosures.jsonl': unlines([one, one]) }),
      forger,
    );
    expect((await verifyPackage(repeated, { keys: trusted })).firstBad?.reason).toBe(
      'disclosure_repeated:request',
    );
    const index = (JSON.parse(one) as { index: number }).index;
    const moved = two.replace(/"index":\d+/, `"index":${index}`);
    const other = await resign(withFiles(pkg, { 'disclosures.jsonl': unlines([moved]) }), forger);
    expect((await verifyPackage(other, { keys: trusted })).firstBad?.reason).toBe(
      'disclosure_mismatch:request',
    );
  });

  it('counts what is withheld, and a recipient gets only what is theirs', async () => {
    const { pkg, operator, trusted } = await callPackage();
    expect(text(pkg, 'disclosures.jsonl')).toContain('"name":"args"');
    const bare = await operator.exportPackage({ traceId: 'trace-1' });
    expect(text(bare, 'disclosures.jsonl')).toBe('');
    for (const bytes of bare.values())
      expect(new TextDecoder().decode(bytes)).not.toContain('canary-4711');
    expect(statementOf(bare).predicate).toMatchObject({
      counts: { selected: 5, withheld: 2, redacted: 0, missing: 0 },
    });
    expect((await verifyPackage(bare, { keys: trusted })).verdict).toBe('valid');
  });

  it('checks HMACs with the secret, and names the record whose HMAC is bad', async () => {
    const { log, operator, trusted, forger, vkey } = await callPackage();
    await record(log, rbacDraft(contextOf('h')));
    const pkg = await operator.exportPackage({ traceId: 'h' });
    const hmacSecrets = [SECRET];
    expect((await verifyPackage(pkg, { keys: trusted, hmacSecrets })).verdict).toBe('valid');
    const index = text(pkg, 'records.index').replace(
      /sha256:(.)/,
      (_, digit) => `sha256:${digit === '0' ? '1' : '0'}`,
    );
    const forged = await resign(withFiles(pkg, { 'records.index': index }), forger);
    expect(await verifyPackage(forged, { keys: trusted, hmacSecrets })).toMatchObject({
      verdict: 'invalid',
      firstBad: { reason: 'hmac_mismatch' },
    });
    const weak = [{ kid: SECRET.kid, secret: new Uint8Array(32) }];
    expect(await verifyPackage(pkg, { keys: [vkey], hmacSecrets: weak })).toMatchObject({
      exitCode: 2,
    });
    expect(await verifyPackage(pkg, { keys: [], hmacSecrets })).toMatchObject({
      verdict: 'incomplete',
      level: 'L0',
    });
  });

  it('refuses a bundle that is not the one that decided', async () => {
    const { pkg, trusted, forger } = await callPackage();
    const name = [...pkg.keys()].find((one) => one.startsWith('policy/')) ?? '';
    const forged = await resign(withFiles(pkg, { [name]: '{}' }), forger);
    expect((await verifyPackage(forged, { keys: trusted })).firstBad).toEqual({
      file: name,
      reason: 'digest_mismatch',
    });
  });
});
