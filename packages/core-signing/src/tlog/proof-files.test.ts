import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toBase64, utf8 } from '../bytes.js';
import { formatConsistencyFile, parseConsistencyFile } from './consistency-file.js';
import { leafHash } from './hash.js';
import { formatTlogProof, parseTlogProof } from './tlog-proof.js';

const hashes = Array.from({ length: 65 }, (_, index) => leafHash(`hash ${index}`));
const HASH = toBase64(leafHash('hash 0'));
const NOTE = 'example.com/log\n1\nroot\n\n— example.com/log AAAA\n';
const field = (name: string) =>
  expect.objectContaining({ code: 'SIGNING_PROOF_INVALID', details: { field: name } });

const proofs = fc.nat(63).map((length) => hashes.slice(0, length));
const extras = fc.option(fc.uint8Array({ minLength: 1, maxLength: 100 }), { nil: undefined });

describe('a tlog-proof', () => {
  const text = `c2sp.org/tlog-proof@v1\nindex 5\n${HASH}\n\n${NOTE}`;

  test('has the lines of C2SP tlog-proof, the checkpoint verbatim', () => {
    const proof = { index: 5, proof: hashes.slice(0, 1), checkpoint: NOTE };
    expect(formatTlogProof(proof)).toBe(text);
    expect(parseTlogProof(text)).toEqual(proof);
    const extra = utf8('{"a":1}');
    const withExtra = text.replace('index', 'extra eyJhIjoxfQ==\nindex');
    expect(formatTlogProof({ ...proof, extra })).toBe(withExtra);
    expect(parseTlogProof(withExtra)).toEqual({ ...proof, extra });
    const alone = `c2sp.org/tlog-proof@v1\nindex 0\n\n${NOTE}`;
    expect(formatTlogProof({ index: 0, proof: [], checkpoint: NOTE })).toBe(alone);
  });

  test('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), proofs, extras, (index, proof, extra) => {
        const written = { index, proof, checkpoint: NOTE, ...(extra && { extra }) };
        expect(parseTlogProof(formatTlogProof(written))).toEqual(written);
      }),
    );
  });

  test.each([
    ['', 'checkpoint'],
    ['c2sp.org/tlog-proof@v1\nindex 0\n', 'checkpoint'],
    ['c2sp.org/tlog-proof@v1\nindex 0\n\n', 'checkpoint'],
    [text.replaceAll('\n', '\r\n'), 'checkpoint'],
    [text.replace('@v1', '@v2'), 'header'],
    [`\n\n${text}`, 'header'],
    [` ${text}`, 'header'],
    [text.replace('index 5', 'index'), 'index'],
    [text.replace('index 5', 'index 05'), 'index'],
    [text.replace('index 5', 'index +5'), 'index'],
    [text.replace('index 5', 'index -1'), 'index'],
    [text.replace('index 5', 'index 9007199254740992'), 'index'],
    [text.replace('index 5', 'index 5 '), 'index'],
    [text.replace('index 5', 'index  5'), 'index'],
    [text.replace('index 5\n', ''), 'index'],
    [text.replace('index', 'extra \nindex'), 'extra'],
    [text.replace('index', 'extra x\nindex'), 'extra'],
    [text.replace('index', 'extra eyJhIjoxfQ\nindex'), 'extra'],
    [text.replace('index', 'extra AA==\nextra AA==\nindex'), 'index'],
    [text.replace(HASH, HASH.slice(4)), 'proof'],
    [text.replace(HASH, `${HASH} `), 'proof'],
    [text.replace('=\n', '\n'), 'proof'],
    [text.replace(HASH, 'extra AA=='), 'proof'],
    [text.replace(HASH, Array(64).fill(HASH).join('\n')), 'proof'],
    [text.replace(HASH, Array(100_000).fill(HASH).join('\n')), 'checkpoint'],
    [text.replace(HASH, Array(40_000).fill(HASH).join('\n')), 'proof'],
  ])('spelled differently is refused (%#)', (wrong, name) => {
    expect(() => parseTlogProof(wrong)).toThrow(field(name));
  });

  test('is not written when it could not be read', () => {
    const proof = { index: 0, proof: [], checkpoint: NOTE };
    expect(() => formatTlogProof({ ...proof, index: 2 ** 53 })).toThrow(field('index'));
    expect(() => formatTlogProof({ ...proof, index: -1 })).toThrow(field('index'));
    expect(() => formatTlogProof({ ...proof, checkpoint: '' })).toThrow(field('checkpoint'));
    expect(() => formatTlogProof({ ...proof, extra: new Uint8Array(0) })).toThrow(field('extra'));
    expect(() => formatTlogProof({ ...proof, proof: hashes.slice(0, 64) })).toThrow(field('proof'));
    expect(() => formatTlogProof({ ...proof, proof: [new Uint8Array(31)] })).toThrow(
      field('proof'),
    );
  });
});

describe('a consistency file', () => {
  const text = `old 3\n${HASH}\n\n${NOTE}`;

  test('has the lines of an add-checkpoint request of C2SP tlog-witness', () => {
    const file = { oldSize: 3, proof: hashes.slice(0, 1), checkpoint: NOTE };
    expect(formatConsistencyFile(file)).toBe(text);
    expect(parseConsistencyFile(text)).toEqual(file);
    expect(formatConsistencyFile({ oldSize: 0, proof: [], checkpoint: NOTE })).toBe(
      `old 0\n\n${NOTE}`,
    );
  });

  test('reads what it wrote', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), proofs, (oldSize, proof) => {
        const written = { oldSize, proof, checkpoint: NOTE };
        expect(parseConsistencyFile(formatConsistencyFile(written))).toEqual(written);
      }),
    );
  });

  test.each([
    ['', 'checkpoint'],
    ['old 3\n\n', 'checkpoint'],
    [text.replaceAll('\n', '\r\n'), 'checkpoint'],
    [text.replace('old 3', 'old'), 'old'],
    [text.replace('old 3', 'old 03'), 'old'],
    [text.replace('old 3', 'old -3'), 'old'],
    [text.replace('old 3', 'new 3'), 'old'],
    [text.replace('old 3', 'old 9007199254740992'), 'old'],
    [text.replace(HASH, 'x'), 'proof'],
    [text.replace(HASH, Array(64).fill(HASH).join('\n')), 'proof'],
  ])('spelled differently is refused (%#)', (wrong, name) => {
    expect(() => parseConsistencyFile(wrong)).toThrow(field(name));
  });

  test('is not written when it could not be read', () => {
    const file = { oldSize: 0, proof: [], checkpoint: NOTE };
    expect(() => formatConsistencyFile({ ...file, oldSize: 0.5 })).toThrow(field('old'));
    expect(() => formatConsistencyFile({ ...file, checkpoint: '' })).toThrow(field('checkpoint'));
    expect(() => formatConsistencyFile({ ...file, proof: hashes.slice(0, 64) })).toThrow(
      field('proof'),
    );
  });
});
