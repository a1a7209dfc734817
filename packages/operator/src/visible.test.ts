import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible } from './visible.js';

describe('visible', () => {
  it('leaves nothing that a terminal acts on, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = visible(text);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        expect(visible(`${text}|`)).toBe(`${shown}|`);
      }),
    );
  });

  it('leaves plain text as it is, in any script, and shows different texts differently', () => {
    for (const text of ['refund 12.50 €', 'возврат', '返金', 'a-b_c/d'])
      expect(visible(text)).toBe(text);
    expect(visible('\\x1b')).not.toBe(visible('\x1b'));
    expect(visible('\u{e0041}\u200d\ufe0f')).toBe('\\u{e0041}\\u200d\\ufe0f');
  });
});
