import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLine, joinLines, parseDisclosureLine, parseIndexLine } from './index-lines.js';

const index = fc.nat();
const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const base64url = fc.stringMatching(/^[A-Za-z0-9_-]{43}$/);

describe('lines of records.index and disclosures.jsonl', () => {
  it('are read back as written, on one line, in one spelling only', () => {
    const signed = fc.record({
      index,
      kid: fc.string({ minLength: 1, maxLength: 20 }),
      hmac: hex.map((tag) => `hmac-sha256:${tag}`),
    });
    fc.assert(
      fc.property(fc.oneof(signed, fc.record({ index })), (line) => {
        const text = formatLine(line);
        expect(text).not.toContain('\n');
        expect(parseIndexLine(text)).toEqual(line);
        expect(parseIndexLine(` ${text}`)).toBeUndefined();
        expect(parseIndexLine(text.replace('"index":', '"index": '))).toBeUndefined();
      }),
    );
    const disclosure = fc.record({
      index,
      name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      digest: base64url,
      disclosure: base64url,
    });
    fc.assert(
      fc.property(disclosure, (line) => {
        expect(parseDisclosureLine(formatLine(line))).toEqual(line);
      }),
    );
  });

  it('refuse what is not such a line, without throwing', () => {
    const bad = [
      '',
      '{',
      '[]',
      '{"index":-1}',
      '{"index":1.5}',
      '{"index":1,"index":2}',
      '{"index":1,"kid":"k"}',
    ];
    for (const text of bad) expect(parseIndexLine(text)).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseDisclosureLine(text)).toBeUndefined();
      }),
    );
    expect(joinLines([])).toBe('');
  });
});
