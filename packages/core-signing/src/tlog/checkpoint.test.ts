import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalBytes, utf8 } from '../bytes.js';
import { sha256 } from '../digest.js';
import { SigningError } from '../error.js';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.js';

const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
const TEXT = `example.com/behind-the-sofa\n20852163\n${ROOT}\n`;
const atLine = (line: number) =>
  expect.objectContaining({
    code: 'SIGNING_CHECKPOINT_INVALID',
    message: expect.stringContaining(`line ${line}`),
    details: expect.objectContaining({ line }),
  });

describe('a checkpoint', () => {
  test('of the specification reads and writes', () => {
    const checkpoint = parseCheckpoint(TEXT);
    expect(checkpoint.origin).toBe('example.com/behind-the-sofa');
    expect(checkpoint.size).toBe(20_852_163);
    expect(checkpoint.root).toHaveLength(32);
    expect(formatCheckpoint(checkpoint)).toBe(TEXT);
  });

  test('reads what it wrote', () => {
    const origins = fc.stringMatching(/^[a-z0-9./:_-]{1,60}$/);
    const roots = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(origins, fc.maxSafeNat(), roots, (origin, size, root) => {
        const text = formatCheckpoint({ origin, size, root });
        expect(parseCheckpoint(text)).toEqual({ origin, size, root });
      }),
    );
  });

  test.each([
    ['an empty text', '', 1],
    ['no origin', `\n1\n${ROOT}\n`, 1],
    ['a space in the origin', TEXT.replace('behind-', 'behind '), 1],
    ['a plus in the origin', TEXT.replace('behind-', 'behind+'), 1],
    ['a lone surrogate in the origin', TEXT.replace('behind-', 'behind\ud800'), 1],
    ['CRLF', TEXT.replaceAll('\n', '\r\n'), 1],
    ['CR after the size', TEXT.replace('3\n', '3\r\n'), 2],
    ['CR after the root', TEXT.replace('=\n', '=\r\n'), 3],
    ['a leading zero', TEXT.replace('\n2', '\n02'), 2],
    ['two zeros', TEXT.replace('20852163', '00'), 2],
    ['a plus sign', TEXT.replace('\n2', '\n+2'), 2],
    ['a minus sign', TEXT.replace('\n2', '\n-2'), 2],
    ['an exponent', TEXT.replace('20852163', '2e7'), 2],
    ['hexadecimal', TEXT.replace('20852163', '0x10'), 2],
    ['other digits', TEXT.replace('20852163', '١٢'), 2],
    ['no size', TEXT.replace('20852163', ''), 2],
    ['size 2^53', TEXT.replace('20852163', '9007199254740992'), 2],
    ['an endless size', TEXT.replace('20852163', '9'.repeat(400)), 2],
    ['a 31-byte root', TEXT.replace(ROOT, btoa('x'.repeat(31))), 3],
    ['a 33-byte root', TEXT.replace(ROOT, btoa('x'.repeat(33))), 3],
    ['no root', TEXT.replace(ROOT, ''), 3],
    ['only two lines', 'example.com\n1\n', 3],
    ['padding bits that are not zero', TEXT.replace('q2I=', 'q2J='), 3],
    ['a root without padding', TEXT.replace('=', ''), 3],
    ['a root in the URL alphabet', TEXT.replaceAll('/2', '_2').replace('om/X', 'om_X'), 3],
    ['a root with a space', TEXT.replace('=', ' ='), 3],
    ['a missing newline', TEXT.slice(0, -1), 3],
    ['an extra line', `${TEXT}extension\n`, 4],
    ['an extra empty line', `${TEXT}\n`, 4],
    ['an unended extra line', `${TEXT}x`, 4],
  ])('T-11 with %s is refused', (_, text, line) => {
    expect(() => parseCheckpoint(text)).toThrow(atLine(line));
  });

  test('T-11 any flipped bit gives another checkpoint or none', () => {
    const original = parseCheckpoint(TEXT);
    const bytes = utf8(TEXT);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const copy = bytes.slice();
      copy[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
      const text = new TextDecoder().decode(copy);
      try {
        const read = parseCheckpoint(text);
        expect(formatCheckpoint(read)).toBe(text);
        const { origin, size, root } = original;
        expect(read.origin === origin && read.size === size && equalBytes(read.root, root)).toBe(
          false,
        );
      } catch (error) {
        if (!SigningError.is(error)) throw error;
        expect(error.code).toBe('SIGNING_CHECKPOINT_INVALID');
      }
    }
  });

  test('any text is refused, or is exactly what would be written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(() => parseCheckpoint(text)).toThrow(
          expect.objectContaining({ code: 'SIGNING_CHECKPOINT_INVALID' }),
        );
      }),
    );
  });

  test('is not written when it could not be read', () => {
    const root = sha256('x');
    for (const origin of ['', 'a b', 'a+b', 'a\nb', 'a\u0000']) {
      expect(() => formatCheckpoint({ origin, size: 1, root })).toThrow(atLine(1));
    }
    for (const size of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => formatCheckpoint({ origin: 'a', size, root })).toThrow(atLine(2));
    }
    expect(() => formatCheckpoint({ origin: 'a', size: 1, root: root.slice(1) })).toThrow(
      atLine(3),
    );
  });
});
