import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, toJson } from './escape.js';
import { toWire } from './wire.js';

const HIDDEN = /[\p{Cf}\p{Cs}\u2028\u2029\u3164]|\ufe0f|[^\P{Cc}\n]/u;
const foreign = fc.string({ unit: 'binary', maxLength: 60 });

describe('text for a terminal', () => {
  it('holds nothing that steers, reorders or hides, and is escaped once', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        const shown = escapeText(text);
        expect(shown).not.toMatch(HIDDEN);
        expect(escapeText(shown)).toBe(shown);
        expect(shown.split('\n')).toHaveLength(text.split('\n').length);
      }),
    );
    expect(escapeText('a\u001b[2Jb\\n\n')).toBe('a\\x1b[2Jb\\n\n');
  });
});

describe('JSON for machines', () => {
  it('means the same with every hidden character escaped, in keys too', () => {
    fc.assert(
      fc.property(fc.dictionary(foreign, foreign), (value) => {
        const text = toJson(value);
        expect(text).not.toMatch(HIDDEN);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(toJson({ '\u202e': '\u009b\u{e0041}' })).toContain('"\\u202e": "\\u009b\\udb40\\udc41"');
  });

  it('has its fields in snake_case', () => {
    const report = { firstBad: { index: 1 }, notCovered: [{ traceId: 'aB' }], ok: null };
    expect(toWire(report)).toEqual({
      first_bad: { index: 1 },
      not_covered: [{ trace_id: 'aB' }],
      ok: null,
    });
  });
});
