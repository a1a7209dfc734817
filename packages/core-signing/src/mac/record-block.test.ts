import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, utf8 } from '../bytes.js';
import { sha256 } from '../digest.js';
import { leafHash } from '../tlog/hash.js';
import { deriveTenantKey, deriveTenantSecret, importMacKey } from './mac-key.js';
import { macRecord } from './record.js';
import { hashBlock } from './record-block.js';

const secret = sha256('a secret for tests');
const given = ['acme', 'other'].map((tenant) => ({ secret, kid: 'k1', tenant }));
const keys = given.map(deriveTenantKey);

const blockOf = (records: readonly Uint8Array[], signedBy: readonly number[], first = 0) => {
  let end = 1;
  const ends = Uint32Array.from(records, ({ length }) => {
    end += length;
    return end;
  });
  const bytes = concatBytes(Uint8Array.of(first), ...records);
  return { bytes, ends, signedBy: Uint32Array.from(signedBy) };
};

describe('a block of records', () => {
  it('has the leaf and the HMAC of each record, and is left as it was', () => {
    const record = fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.nat(2));
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), fc.nat(255), (given, first) => {
        const records = given.map(([bytes]) => bytes);
        const signedBy = given.map(([, signer]) => signer);
        const block = blockOf(records, signedBy, first);
        const before = block.bytes.slice();
        const { leaves, tags } = hashBlock(block, keys);
        expect(block.bytes).toEqual(before);
        expect(leaves).toEqual(concatBytes(...records.map(leafHash)));
        const tagOf = (bytes: Uint8Array, at: number): Uint8Array => {
          const key = keys[(signedBy[at] ?? 0) - 1];
          return key ? macRecord(key, leafHash(bytes)) : new Uint8Array(32);
        };
        expect(tags).toEqual(concatBytes(...records.map(tagOf)));
      }),
    );
  });

  it.each([
    ['a column is too short', { signedBy: new Uint32Array(1) }],
    ['a key is missing', { signedBy: Uint32Array.of(1, 3) }],
    ['a record ends before it begins', { ends: Uint32Array.of(4, 2) }],
    ['a record ends in the byte before all', { ends: Uint32Array.of(0, 2) }],
    ['a record ends behind the bytes', { ends: Uint32Array.of(2, 99) }],
  ])('is refused when %s', (_what, wrong) => {
    const block = { ...blockOf([utf8('one'), utf8('two')], [1, 2]), ...wrong };
    expect(() => hashBlock(block, keys)).toThrow(
      expect.objectContaining({ code: 'SIGNING_ARGUMENT_INVALID' }),
    );
  });
});

describe('a key that crosses to another thread', () => {
  it('makes the same HMACs there', () => {
    for (const [at, one] of given.entries()) {
      const moved = importMacKey({
        kid: one.kid,
        secret: structuredClone(deriveTenantSecret(one)),
      });
      expect(moved.kid).toBe('k1');
      expect(moved.mac(utf8('x'))).toEqual(keys[at]?.mac(utf8('x')));
    }
    // A view of a larger buffer would take what else is in it along.
    expect(deriveTenantSecret(given[0]!).buffer.byteLength).toBe(32);
  });

  it.each([
    [{ kid: '', secret }],
    [{ kid: 'k1', secret: secret.subarray(1) }],
    [{ kid: 'k1', secret: undefined as unknown as Uint8Array }],
  ])('is refused when it is none: %o', (wrong) => {
    expect(() => importMacKey(wrong)).toThrow(
      expect.objectContaining({ code: 'SIGNING_ARGUMENT_INVALID' }),
    );
  });
});
