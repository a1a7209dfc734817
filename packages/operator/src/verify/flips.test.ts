import { utf8 } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../error.js';
import { packageFromJson, packageToJson } from '../package/json-container.js';
import type { EvidencePackage } from '../package/members.js';
import { packageFromZip } from '../package/zip-container.js';
import { packageToZip } from '../package/zip-format.js';
import {
  contextOf,
  openTestLog,
  policyDraft,
  rbacDraft,
  record,
  scopeDraft,
  startedDraft,
} from '../test-log.js';
import { verifyPackage } from './verify-package.js';

/** With SPANFORGE_LONG set every bit of every byte is flipped in turn; else a spread of them. */
const LONG = process.env.SPANFORGE_LONG !== undefined;
const SPREAD = 120;

const bitsOf = (offset: number): readonly number[] =>
  LONG ? [0, 1, 2, 3, 4, 5, 6, 7] : [(offset * 5) % 8];

async function smallPackage() {
  const test = await openTestLog();
  const context = contextOf('t');
  const decisions = await record(test.log, policyDraft(context, 'allow'));
  await record(test.log, rbacDraft(context), startedDraft(context, decisions));
  const pkg = await test.operator.exportPackage(
    { traceId: 't' },
    { disclose: (_, name) => name === 'args' },
  );
  return { ...test, pkg };
}

function withByte(pkg: EvidencePackage, name: string, bytes: Uint8Array): EvidencePackage {
  return new Map([...pkg, [name, bytes]]);
}

/** Flips bits in place, one at a time, and puts each back. */
async function eachFlip(
  bytes: Uint8Array,
  check: (offset: number, bit: number) => Promise<void>,
): Promise<void> {
  const stride = LONG ? 1 : Math.ceil(bytes.length / SPREAD);
  for (let offset = 0; offset < bytes.length; offset += stride) {
    const original = bytes[offset] ?? 0;
    for (const bit of bitsOf(offset)) {
      bytes[offset] = original ^ (1 << bit);
      await check(offset, bit);
    }
    bytes[offset] = original;
  }
}

describe('T-02: no bit of a package whose keys are trusted can be flipped', {
  timeout: 3_600_000,
}, () => {
  it('in any file of a package of three records', async () => {
    const { pkg, trusted } = await smallPackage();
    expect((await verifyPackage(pkg, { keys: trusted })).exitCode).toBe(0);
    const survivors: string[] = [];
    for (const [name, original] of pkg) {
      const bytes = original.slice();
      const changed = withByte(pkg, name, bytes);
      await eachFlip(bytes, async (offset, bit) => {
        const { exitCode, firstBad } = await verifyPackage(changed, { keys: trusted });
        if (exitCode === 0 || firstBad === undefined) survivors.push(`${name}:${offset}.${bit}`);
      });
    }
    expect(survivors).toEqual([]);
  });

  it.each([
    ['zip', packageToZip, packageFromZip],
    ['JSON', (pkg: EvidencePackage) => utf8(packageToJson(pkg)), packageFromJson],
  ] as const)('in its %s form', async (_, write, read) => {
    const { pkg, trusted } = await smallPackage();
    const bytes = write(pkg);
    const survivors: string[] = [];
    await eachFlip(bytes, async (offset, bit) => {
      let changed: EvidencePackage;
      try {
        changed = read(bytes);
      } catch (error) {
        if (!OperatorError.is(error) || error.code !== 'OPERATOR_PACKAGE_MALFORMED') throw error;
        return;
      }
      if ((await verifyPackage(changed, { keys: trusted })).exitCode === 0)
        survivors.push(`${offset}.${bit}`);
    });
    expect(survivors).toEqual([]);
  });

  it('in a record, its proof or the checkpoint, with the log key alone', async () => {
    const { pkg, vkey } = await smallPackage();
    const survivors: string[] = [];
    for (const [name, original] of pkg) {
      if (!/^(records\.jsonl|checkpoint|proofs\/.*)$/.test(name)) continue;
      const bytes = original.slice();
      const changed = withByte(pkg, name, bytes);
      await eachFlip(bytes, async (offset, bit) => {
        const { verdict } = await verifyPackage(changed, { keys: [vkey] });
        if (verdict !== 'invalid' && verdict !== 'untrusted')
          survivors.push(`${name}:${offset}.${bit}`);
      });
    }
    expect(survivors).toEqual([]);
  });
});

describe('T-01: one changed byte in any field of a record is found', () => {
  it('for every field', async () => {
    const { log, operator, trusted } = await openTestLog();
    const context = contextOf('t', { spanId: 'span-1' });
    await record(log, scopeDraft(context, 'allow'));
    const pkg = await operator.exportPackage({ traceId: 't' });
    const bytes = pkg.get('records.jsonl') as Uint8Array;
    const text = new TextDecoder().decode(bytes);
    const fields = ['v', 'id', 'type', 'tenant', 'project', 'env', 'run', 'trace_id', 'span_id'];
    fields.push(
      'agent',
      'actor',
      'source',
      'digest',
      'version',
      'mode',
      'time',
      'boot',
      'n',
      'reason',
    );
    for (const field of fields) {
      const at = text.indexOf(`"${field}":`) + field.length + 4;
      expect(at).toBeGreaterThan(field.length + 4);
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      const report = await verifyPackage(withByte(pkg, 'records.jsonl', changed), {
        keys: trusted,
      });
      expect(report).toMatchObject({
        verdict: 'invalid',
        exitCode: 1,
        firstBad: { index: 1, reason: 'not_in_checkpoint' },
      });
      expect(report.outcome).toBeUndefined();
    }
  });
});
