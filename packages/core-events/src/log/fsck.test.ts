import {
  createNoteVerifier,
  formatCheckpoint,
  generateSigningKey,
  importVerificationKey,
  leafHash,
  signNote,
  utf8,
} from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDiscloser } from '../disclose.js';
import { EventsError } from '../error.js';
import { policyDecisionV1 } from '../records/policy-decision-v1.js';
import { aContext, aDraft, aLog } from '../testing/fixtures.js';
import { checkpointKey } from './checkpoint-store.js';
import { createCheckpointer } from './checkpointer.js';
import { type FsckOptions, fsck } from './fsck.js';
import { createMemoryMark } from './high-water-mark.js';
import { reindex } from './index/reindex.js';
import { createMemoryStore } from './memory-store.js';
import type { EvidenceStore, StoredRecord, StoredRow, StoreRows } from './store.js';
import { tileKey } from './tiles.js';

/** 601 records, signed at 301 and 601, one of them with a disclosure. */
async function aSignedLog() {
  const store = createMemoryStore();
  const log = await aLog({ store });
  const signer = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
  const mark = createMemoryMark();
  const { origin } = log;
  const checkpointer = createCheckpointer({ store, origin, signer, mark, holder: 'a' });
  const disclosure = createDiscloser()('args', { amount: 12 });
  const body = policyDecisionV1.toWire({
    service: 'sf_govern',
    control: 'tool_call',
    outcome: 'allow',
    matched: true,
    rules: [],
    reason: 'allowed',
    reasonCode: 'allowed',
    values: { args: disclosure.digest },
  });
  const decision = { type: policyDecisionV1.key, context: aContext(), body };
  await log.append([{ ...decision, disclosures: [disclosure] }]);
  await log.append(Array.from({ length: 299 }, () => aDraft()));
  await checkpointer.checkpoint();
  await log.append(Array.from({ length: 300 }, () => aDraft()));
  await checkpointer.checkpoint();
  const logKey = createNoteVerifier(origin, importVerificationKey(signer.publicJwk, 'log'));
  return { store, log, signer, mark, logKey, checkpointer, disclosure };
}

/** Records in the columns of a row. */
function rowOf(records: readonly StoredRecord[]): StoredRow {
  const kids = [...new Set(records.flatMap(({ mac }) => mac?.kid ?? []))];
  let end = 0;
  const ends = records.map(({ bytes }) => {
    end += bytes.length;
    return end;
  });
  const macOf = ({ mac }: StoredRecord): Uint8Array =>
    mac ? Uint8Array.of(kids.indexOf(mac.kid) + 1, 0, ...mac.tag) : new Uint8Array(34);
  return {
    first: records[0]?.index ?? 0,
    count: records.length,
    bytes: Buffer.concat(records.map(({ bytes }) => bytes)),
    ends: Uint32Array.from(ends),
    leaves: Buffer.concat(records.map(({ leaf }) => leaf)),
    kids,
    macs: kids.length === 0 ? new Uint8Array(0) : Buffer.concat(records.map(macOf)),
  };
}

/** Shows records in rows of seven. */
const rowsBy =
  (read: EvidenceStore['read']): StoreRows['rows'] =>
  async (first, count) => {
    const rows: StoredRow[] = [];
    for (let at = first; at % 7 === 0 && at < first + count; at += 7) {
      const records = await read(at, 7);
      if (records.length > 0) rows.push(rowOf(records));
    }
    return rows;
  };

type Signed = Awaited<ReturnType<typeof aSignedLog>>;

/** The same log, with parts of its store replaced. */
const over = async (signed: Signed, parts: Partial<EvidenceStore>) =>
  ({ ...signed.log, ...parts, store: { ...signed.store, ...parts } }) as Signed['log'];

const findings = async (options: FsckOptions) =>
  (await fsck(options)).findings.map(
    ({ code, index }) => `${code}${index === undefined ? '' : ` ${index}`}`,
  );

describe('fsck', () => {
  it('finds nothing in a log that is whole, and says how far it is', async () => {
    const { log, mark, logKey } = await aSignedLog();
    const progress: number[] = [];
    const report = await fsck({ log, mark, logKey, onProgress: (done) => progress.push(done) });
    expect(report).toMatchObject({ size: 601, checkpoints: 2, findings: [] });
    expect(progress).toEqual([512, 601]);
  });

  it('T-25: bytes without their leaf, and a leaf without its bytes', async () => {
    const signed = await aSignedLog();
    const [record] = await signed.store.read(7, 1);
    record!.bytes[20] = record!.bytes[20]! ^ 1;
    // The byte is one of the actor's name, and the index has the name as it was.
    expect(await findings(signed)).toEqual([
      'leaf_mismatch 7',
      'terms_mismatch 7',
      'terms_mismatch 7',
      'writer_hole',
    ]);
    record!.bytes[20] = record!.bytes[20]! ^ 1;
    record!.leaf[0] = record!.leaf[0]! ^ 1;
    expect(await findings(signed)).toEqual([
      'leaf_mismatch 7',
      'checkpoint_mismatch 301',
      'checkpoint_mismatch 601',
      'mark_mismatch 601',
      'writer_hole',
      'tile_mismatch',
    ]);
  });

  it('T-03, T-04, T-05: a record deleted, swapped, or put in a second time', async () => {
    const signed = await aSignedLog();
    const all = await signed.store.read(0, 601);
    const reorder = (order: readonly number[]) => {
      const records = order.map((from, index) => ({ ...all[from]!, index }));
      return over(signed, {
        size: async () => records.length,
        read: async (first, count) => records.slice(first, first + count),
        disclosures: async () => [],
      });
    };
    const order = all.map((_, at) => at);
    const without = await findings({ log: await reorder(order.filter((at) => at !== 9)) });
    expect(without).toContain('checkpoint_mismatch 301');
    expect(without).toContain('checkpoint_beyond_log 601');
    expect(without).toContain('writer_hole');
    const swapped = order.map((at) => (at === 9 ? 10 : at === 10 ? 9 : at));
    expect(await findings({ log: await reorder(swapped) })).toContain('checkpoint_mismatch 301');
    const twice = [...order.slice(0, 601), 9];
    expect(await findings({ log: await reorder(twice) })).toContain('writer_duplicate 601');
  });

  it('T-06: a tail that was cut off', async () => {
    const signed = await aSignedLog();
    const read = async (first: number, count: number) =>
      signed.store.read(first, Math.min(count, 600 - first));
    const cut = await over(signed, { size: async () => 600, read });
    expect(await findings({ log: cut, mark: signed.mark })).toContain('checkpoint_beyond_log 601');
    const lying = await over(signed, {
      read: async (at, n) => (at < 512 ? signed.store.read(at, n) : []),
    });
    expect(await findings({ log: lying })).toContain('records_missing 512');
  });

  it('an index that is not where it stands', async () => {
    const signed = await aSignedLog();
    const log = await over(signed, {
      read: async (first, count) =>
        (await signed.store.read(first, count)).map((one) =>
          one.index === 5 ? { ...one, index: 6 } : one,
        ),
    });
    expect(await findings({ log })).toEqual(['index_mismatch 5']);
  });

  it('a forged tag, a missing tag, and bytes that are no record', async () => {
    const signed = await aSignedLog();
    const junk = utf8('junk');
    const log = await over(signed, {
      read: async (first, count) =>
        (await signed.store.read(first, count)).map((one) => {
          const { mac, ...bare } = one;
          if (one.index === 3) return bare;
          if (one.index === 4) return { ...one, mac: { ...mac!, tag: new Uint8Array(32) } };
          return one.index === 5 ? { ...one, bytes: junk, leaf: leafHash(junk) } : one;
        }),
    });
    const found = await findings({ log });
    expect(found).toEqual(
      expect.arrayContaining(['hmac_missing 3', 'hmac_mismatch 4', 'not_a_record 5']),
    );
  });

  it('the same, whether records are skimmed or decoded, whatever was changed', async () => {
    const { store, log } = await aSignedLog();
    const { skim: _, ...decoding } = log;
    const change = fc.record({
      index: fc.nat({ max: 40 }),
      at: fc.nat({ max: 500 }),
      byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x22, 0x5c, 0x7b, 0x2c)),
      isHashed: fc.boolean(),
    });
    const few = { ...store, size: async () => 41 };
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const read: EvidenceStore['read'] = async (first, count) =>
          (await store.read(first, Math.min(count, 41 - first))).map((one) => {
            const bytes = one.bytes.slice();
            const own = changes.filter(({ index }) => index === one.index);
            for (const { at, byte } of own) bytes[at % bytes.length] = byte;
            const isHashed = own.some((each) => each.isHashed);
            return { ...one, bytes, leaf: isHashed ? leafHash(bytes) : one.leaf };
          });
        const over = { store: { ...few, read }, size: few.size };
        const skimmed = await fsck({ log: { ...log, ...over } });
        expect(skimmed).toEqual(await fsck({ log: { ...decoding, ...over } }));
        const rows = { ...over.store, rows: rowsBy(read) };
        expect(await fsck({ log: { ...log, ...over, store: rows } })).toEqual(skimmed);
      }),
      { numRuns: 40 },
    );
  });

  it('the same in rows, of whatever tenants and keys the records are', async () => {
    const tenants = ['a', 'b', 'a', 'b', 'b', 'a', 'b'];
    for (const each of [['acme'], tenants, [...Array(100).fill('acme'), ...tenants]]) {
      const store = createMemoryStore();
      const log = await aLog({ store });
      for (let n = 0; n < 400; n += 1) {
        const tenant = each[n % each.length] ?? 'acme';
        await log.append([{ ...aDraft(), context: aContext({ tenant }) }]);
      }
      const others = await store.read(0, 401);
      for (const at of [undefined, 7, 100, 210, 399]) {
        const read: EvidenceStore['read'] = async (first, count) =>
          (await store.read(first, count)).map((one) => {
            const mac = others[(one.index + 1) % 401]?.mac;
            if (at === undefined || one.index !== at || !mac) return one;
            return { ...one, mac };
          });
        const alone = await fsck({ log: { ...log, store: { ...store, read } } });
        const errors = alone.findings.filter(({ severity }) => severity === 'error');
        expect(errors.map(({ code, index }) => [code, index])).toEqual(
          at === undefined ? [] : [['hmac_mismatch', at]],
        );
        const rows = { ...store, read, rows: rowsBy(read) };
        expect(await fsck({ log: { ...log, store: rows } })).toEqual(alone);
      }
    }
  });

  it('a disclosure that the record does not commit to, of whatever record', async () => {
    const signed = await aSignedLog();
    const other = createDiscloser()('args', { amount: 13 });
    const planted = (index: number, disclosures: unknown) =>
      over(signed, {
        disclosures: async (at) => (at === index ? (disclosures as never) : []),
      });
    expect(await findings({ log: await planted(1, [signed.disclosure]) })).toEqual([]);
    expect(await findings({ log: await planted(1, []) })).toEqual([]);
    for (const [index, wrong] of [
      [1, other],
      [1, { ...signed.disclosure, encoded: other.encoded }],
      [1, { ...signed.disclosure, encoded: '!' }],
      [8, signed.disclosure],
    ] as const) {
      const found = await findings({ log: await planted(index, [wrong]) });
      expect(found).toEqual([`disclosure_mismatch ${index}`]);
    }
  });

  it('names the record of a disclosure that the store says was changed, and goes on', async () => {
    const signed = await aSignedLog();
    const changed = (index: number) =>
      index === 1 || index === 8
        ? Promise.reject(
            new EventsError('EVENTS_STORE_INVALID', 'changed', { details: { file: `f${index}` } }),
          )
        : Promise.resolve([]);
    const disclosuresOf = async (indexes: readonly number[]) => Promise.all(indexes.map(changed));
    for (const parts of [{ disclosures: changed }, { disclosures: changed, disclosuresOf }]) {
      const log = await over(signed, parts);
      const report = await fsck({ log });
      expect(report.size).toBe(601);
      expect(report.findings).toMatchObject([
        { code: 'disclosure_mismatch', index: 1, severity: 'error' },
        { code: 'disclosure_mismatch', index: 8 },
      ]);
      expect(report.findings[1]?.message).toContain('f8');
    }
  });

  it('checkpoints that cannot be read, are of another log or size, or were signed by nobody', async () => {
    const signed = await aSignedLog();
    const { store, log, logKey, signer } = signed;
    const good = (await store.getDerived(checkpointKey(301))) as Uint8Array;
    const put = (bytes: Uint8Array) => store.putDerived([[checkpointKey(301), bytes]]);
    const root = new Uint8Array(32);
    const forged = (origin: string, size: number, key = signer) =>
      signNote(formatCheckpoint({ origin, size, root }), [{ name: log.origin, key }]);
    await put(utf8('not a note'));
    expect(await findings({ log })).toEqual(['checkpoint_unreadable 301']);
    await put(Uint8Array.of(0xff, 0xfe));
    expect(await findings({ log, logKey })).toEqual(['checkpoint_unreadable 301']);
    await put(utf8(await forged('example.com/other', 301)));
    expect(await findings({ log })).toEqual(['checkpoint_mismatch 301']);
    await put(utf8(await forged(log.origin, 300)));
    expect(await findings({ log })).toEqual(['checkpoint_mismatch 301']);
    await put(utf8(await forged(log.origin, 301)));
    expect(await findings({ log, logKey })).toEqual(['checkpoint_mismatch 301']);
    const stranger = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
    await put(utf8(await forged(log.origin, 301, stranger)));
    expect(await findings({ log, logKey })).toEqual(['checkpoint_signature 301']);
    await put(good);
    await store.putDerived([
      ['checkpoint/today', good],
      ['other', good],
    ]);
    const { checkpoints, findings: found } = await fsck({ log });
    expect(found.map(({ code, message }) => [code, message.split(',')[0]])).toEqual([
      ['derived_unknown', 'the store holds a derived value "checkpoint/today"'],
      ['derived_unknown', 'the store holds a derived value "other"'],
    ]);
    expect(checkpoints).toBe((await fsck({ log: (await aSignedLog()).log })).checkpoints);
    const made = await reindex({ store, origin: log.origin });
    expect(made.removed).toEqual(['checkpoint/today', 'other']);
    expect(await findings({ log, logKey })).toEqual([]);
  });

  it('a latest checkpoint that was never released', async () => {
    const { store, log } = await aSignedLog();
    await store.putDerived([['checkpoint/latest', utf8('{')]]);
    expect(await findings({ log })).toEqual(['checkpoint_unreadable']);
    const latest = { size: 301, root: '0'.repeat(64), note: 'x' };
    await store.putDerived([['checkpoint/latest', utf8(JSON.stringify(latest))]]);
    expect(await findings({ log })).toEqual(['checkpoint_mismatch']);
  });

  it('a mark of another log, one that froze, is gone, or cannot be read', async () => {
    const { log, mark } = await aSignedLog();
    const kept = (await mark.load())!;
    const marked = (load: () => Promise<typeof kept>) => ({ load, save: mark.save });
    const other = marked(async () => ({ ...kept, origin: 'example.com/other' }));
    expect(await findings({ log, mark: other })).toEqual(['mark_mismatch']);
    const frozen = marked(async () => ({ ...kept, frozen: { reason: 'leaf_mismatch', index: 4 } }));
    expect(await findings({ log, mark: frozen })).toEqual(['log_frozen 4']);
    expect(await findings({ log, mark: createMemoryMark() })).toEqual(['mark_missing']);
    const unreadable = marked(() => Promise.reject(new Error('no permission')));
    await expect(fsck({ log, mark: unreadable })).rejects.toThrow('no permission');
  });

  it('N-06: a mark that was set back, in a log that is whole', async () => {
    const { log, mark, checkpointer, logKey } = await aSignedLog();
    const older = (await mark.load())!;
    await log.append([aDraft()]);
    await checkpointer.checkpoint();
    expect(await findings({ log, mark, logKey })).toEqual([]);
    const back = { load: async () => older, save: mark.save };
    expect(await findings({ log, mark: back, logKey })).toEqual(['mark_rolled_back 601']);
  });

  it('numbers that are missing, without counting them one by one', async () => {
    const signed = await aSignedLog();
    const { log } = signed;
    const decode: typeof log.decode = (stored) => {
      const decoded = log.decode(stored);
      if (!decoded.ok || stored.index !== 600) return decoded;
      const writer = { ...decoded.record.writer, n: Number.MAX_SAFE_INTEGER };
      return { ok: true, record: { ...decoded.record, writer } };
    };
    const { skim: _, ...decoding } = log;
    const report = await fsck({ log: { ...decoding, decode } });
    expect(report.findings).toMatchObject([{ code: 'writer_hole', severity: 'warning' }]);
    expect(report.findings[0]?.message).toContain('numbers 600 to 9007199254740990');
  });

  it('tiles that do not fit, and what the store finds in itself', async () => {
    const signed = await aSignedLog();
    await signed.store.putDerived([[tileKey(1, 0), new Uint8Array(64)]]);
    expect(await findings({ log: signed.log })).toEqual(['tile_mismatch']);
    const store = { ...signed.store, inspect: async () => ['page 3 is torn'] };
    const log = { ...signed.log, store };
    expect(await findings({ log })).toEqual(['tile_mismatch', 'store_structure']);
  });

  it('never reports a log as whole that it could not read', async () => {
    const signed = await aSignedLog();
    const gone = () => Promise.reject(new Error('gone'));
    for (const part of ['read', 'size', 'disclosures', 'listDerived'] as const) {
      await expect(fsck({ log: await over(signed, { [part]: gone }) })).rejects.toThrow('gone');
    }
  });

  it('does not take a checkpoint that was signed meanwhile for one beyond the log', async () => {
    const signed = await aSignedLog();
    let grown = false;
    const log = await over(signed, {
      size: async () => {
        const size = await signed.store.size();
        if (!grown) {
          grown = true;
          await signed.log.append([aDraft()]);
          await signed.checkpointer.checkpoint();
        }
        return size;
      },
    });
    expect(await findings({ log, mark: signed.mark })).toEqual([]);
  });

  it('N-01: names what the index lacks, and reindex puts it right', async () => {
    const store = createMemoryStore();
    const log = await aLog({ store });
    await log.append([aDraft(), aDraft()]);
    const before = await store.readTerms(1, 1);
    await store.replaceTerms(1, [['type:spanforge.scope.v1', 'trace:another']]);
    const found = (await fsck({ log })).findings;
    expect(found.every(({ code, index }) => code === 'terms_mismatch' && index === 1)).toBe(true);
    expect(found.map(({ message }) => message)).toContain(
      'record 1: the index lacks trace:trace-1',
    );
    expect(found.map(({ message }) => message)).toContain(
      'record 1: the index has, and the record has not, trace:another',
    );
    await reindex({ store, origin: log.origin });
    expect((await fsck({ log })).findings).toEqual([]);
    expect([...((await store.readTerms(1, 1))[0] ?? [])].sort()).toEqual(
      [...(before[0] ?? [])].sort(),
    );
  });
});

it('answers with more findings than a call takes arguments', async () => {
  const log = await aLog();
  const entries = Array.from({ length: 200_000 }, (_, at) => {
    const key = `checkpoint/${String(at + 1000).padStart(16, '0')}`;
    return [key, Uint8Array.of(1)] as const;
  });
  await log.store.putDerived(entries);
  const { findings } = await fsck({ log });
  expect(findings.filter(({ code }) => code === 'checkpoint_beyond_log')).toHaveLength(200_000);
});
