import type { EvidenceRecord } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import { REQUIRED } from '../package/members.js';
import { checkMembers } from './check-members.js';
import { noteOpening } from './note-opening.js';
import { createLedger, type VerificationLedger } from './report.js';
import { weighTrust } from './weigh-trust.js';

/** What each of these parts writes into the report, with nothing else around it. */
const said = (ledger: VerificationLedger) =>
  ledger.report().checks.map(({ name, detail }) => `${name}: ${detail}`);

describe('the members of a package', () => {
  const members = (...more: readonly string[]) =>
    new Map([...REQUIRED, ...more].map((name) => [name, new Uint8Array(10)]));
  const check = (pkg: ReadonlyMap<string, Uint8Array>, limits: object = {}) => {
    const ledger = createLedger();
    const read = checkMembers(pkg, limits, ledger);
    expect(ledger.report().counts.files).toBe(pkg.size);
    return [read, ledger.report().verdict, ...said(ledger)];
  };
  const BYTES = REQUIRED.length * 10;

  it('are known, and all there', () => {
    const detail = `${REQUIRED.length} files, none unknown, none missing`;
    expect(check(members())).toEqual([true, 'valid', `members: ${detail}`]);
    const limits = { maxFiles: REQUIRED.length, maxBytes: BYTES };
    expect(check(members(), limits)).toEqual([true, 'valid', `members: ${detail}`]);
  });

  it('are not read where they are too many or too large', () => {
    const large = [false, 'unsupported', 'members: package_too_large'];
    expect(check(members(), { maxFiles: REQUIRED.length - 1 })).toEqual(large);
    expect(check(members(), { maxBytes: BYTES - 1 })).toEqual(large);
    expect(check(new Map([['x', { length: 268_435_457 } as Uint8Array]]))).toEqual(large);
    const many = Array.from({ length: 20_000 }, (_, n) => `proofs/${n}.tlog-proof`);
    expect(check(members(...many))).toEqual(large);
  });

  it('are named where they are unknown or missing, and only by names that are safe to show', () => {
    expect(check(members('notes.txt', '../x', 'a\u001b[31m'))).toEqual([
      ...[true, 'invalid', 'members: notes.txt: unknown_file'],
      ...['members: unsafe_name', 'members: unsafe_name'],
    ]);
    for (const file of REQUIRED) {
      const less = members();
      less.delete(file);
      expect(check(less)).toEqual([true, 'invalid', `members: ${file}: missing_file`]);
    }
  });
});

describe('the first record of a log', () => {
  const ROOT = 'ab'.repeat(32);
  const WHOLE = { predecessor: 'log.example/old', predecessor_size: 7, predecessor_root: ROOT };
  const opening = (body: object, more: object = {}) =>
    ({ index: 0, type: 'spanforge.log.opened.v1', body, ...more }) as EvidenceRecord;
  const BODY = { origin: 'log.example/acme' };
  const noted = (records: readonly EvidenceRecord[], ledger = createLedger()) => {
    noteOpening(records, ledger);
    return ledger.report().succeeds ?? said(ledger);
  };

  it('names the last checkpoint of the log before it', () => {
    const other = opening({}, { index: 1, type: 'spanforge.rbac.v1' });
    expect(noted([other, opening({ ...BODY, ...WHOLE })])).toEqual({
      ...{ origin: 'log.example/old', size: 7, root: ROOT },
    });
  });

  it('names none where it does not name it whole, or is another record', () => {
    for (const name of Object.keys(WHOLE)) {
      expect(noted([opening({ ...BODY, ...WHOLE, [name]: undefined })])).toEqual([]);
    }
    expect(noted([opening(BODY)])).toEqual([]);
    expect(noted([])).toEqual([]);
    expect(noted([opening({ ...BODY, ...WHOLE }, { index: 1 })])).toEqual([]);
    expect(noted([opening({ ...BODY, ...WHOLE }, { type: 'spanforge.rbac.v1' })])).toEqual([]);
  });

  it('names none where records are not proven', () => {
    const ledger = createLedger();
    ledger.fail('invalid', 'inclusion', { reason: 'not_in_checkpoint' });
    expect(noted([opening({ ...BODY, ...WHOLE })], ledger)).toEqual([
      'inclusion: not_in_checkpoint',
    ]);
  });

  it('is no record where it cannot be read', () => {
    const ledger = createLedger();
    expect(noted([opening({ ...BODY, predecessor_size: 'x' })], ledger)).toEqual([
      'records: record 0: not_a_record',
    ]);
    expect(ledger.report().verdict).toBe('invalid');
  });
});

describe('the level and the trust of a package', () => {
  const NOBODY = { log: false, exporter: false, macs: false, records: 1, keys: 1, noteKeys: 1 };
  const leave = (_: VerificationLedger): void => {};
  const weigh = (given: Partial<typeof NOBODY & { readonly change: typeof leave }> = {}) => {
    const all = { ...NOBODY, change: leave, ...given };
    const { log, exporter, macs, records, keys, noteKeys, change } = all;
    const ledger = createLedger();
    ledger.counts.records = records;
    change(ledger);
    const anchors = {
      packageKeys: Array(keys).fill({}),
      noteVerifiers: Array(noteKeys).fill({}),
      origin: undefined,
    };
    const checkpoint = { origin: 'log', size: 5, root: new Uint8Array(32) };
    const checked = { checkpoint, note: '', trusted: log, cosignatures: [] };
    weighTrust(anchors, { trusted: exporter }, checked, macs, ledger);
    const { verdict, firstBad, notCovered } = ledger.report();
    const failed = said(ledger).filter((one) => one.startsWith('trust'));
    expect(failed).toEqual(exporter ? [] : [`trust: ${firstBad?.reason}`]);
    return { level: ledger.known.level, verdict, reason: firstBad?.reason, notCovered };
  };
  const LOG = 'the signature of the log on its checkpoint';
  const OUTSIDE = 'files outside the log, such as VERIFY.md, keys and package.dsse.json';
  const WHOLE = 'whether every record of the query is here';
  const INCOMPLETE = { verdict: 'incomplete', reason: 'no_trusted_package_key' };

  it('rest on who signed', () => {
    const valid = { verdict: 'valid', reason: undefined };
    expect(weigh({ log: true, exporter: true })).toEqual({ ...valid, level: 'L1', notCovered: [] });
    expect(weigh({ exporter: true })).toEqual({ ...valid, level: undefined, notCovered: [LOG] });
    expect(weigh({ log: true })).toEqual({
      ...{ ...INCOMPLETE, level: 'L1', notCovered: [OUTSIDE, WHOLE] },
    });
    expect(weigh({ exporter: true, macs: true })).toMatchObject({ ...valid, level: 'L0' });
    const proven = (ledger: VerificationLedger) => {
      ledger.known.complete = 'proven';
    };
    expect(weigh({ log: true, change: proven }).notCovered).toEqual([OUTSIDE]);
  });

  it('are none where no key is trusted, and no secret was good', () => {
    const nobody = { verdict: 'untrusted', reason: 'no_trusted_key' };
    const none = { keys: 0, noteKeys: 0 };
    expect(weigh(none)).toEqual({
      ...{ ...nobody, level: undefined, notCovered: [LOG, OUTSIDE, WHOLE] },
    });
    expect(weigh({ ...none, keys: 1 })).toMatchObject(INCOMPLETE);
    expect(weigh({ ...none, noteKeys: 1 })).toMatchObject(INCOMPLETE);
    expect(weigh({ ...none, macs: true })).toMatchObject({ ...INCOMPLETE, level: 'L0' });
  });

  it('are none where the checkpoint could not be read', () => {
    const ledger = createLedger();
    ledger.counts.records = 1;
    const anchors = { packageKeys: [], noteVerifiers: [], origin: undefined };
    weighTrust(anchors, { trusted: true }, undefined, false, ledger);
    expect(ledger.known.level).toBeUndefined();
    expect(ledger.report().notCovered).toEqual([LOG]);
  });

  it('rise with a time stamp, and with witnesses who saw the checkpoint too', () => {
    const stamped = (quorum?: 'met' | 'missed') =>
      weigh({
        log: true,
        exporter: true,
        change: ({ known }) => {
          known.timestamp = {} as NonNullable<typeof known.timestamp>;
          if (quorum) known.witnesses = { quorum } as NonNullable<typeof known.witnesses>;
        },
      }).level;
    expect([stamped(), stamped('missed'), stamped('met')]).toEqual(['L2', 'L2', 'L3']);
    const witnessed = ({ known }: VerificationLedger) => {
      known.witnesses = { quorum: 'met' } as NonNullable<typeof known.witnesses>;
    };
    expect(weigh({ log: true, exporter: true, change: witnessed }).level).toBe('L1');
  });

  it('are not those of a log where nothing is proven to be in it', () => {
    expect(weigh({ log: true, exporter: true, records: 0 }).level).toBeUndefined();
    expect(weigh({ log: true, exporter: true, records: 0, macs: true }).level).toBe('L0');
    const unproven = (ledger: VerificationLedger) =>
      ledger.fail('invalid', 'inclusion', { reason: 'x' });
    expect(weigh({ log: true, exporter: true, change: unproven }).level).toBeUndefined();
  });
});
