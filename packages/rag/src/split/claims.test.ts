import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitBlocks } from './blocks.js';
import { splitClaims } from './claims.js';
import { splitSentences } from './sentences.js';

const sentences = (text: string): readonly string[] =>
  splitSentences(text, { start: 0, end: text.length }, { steps: 0 }).map(({ start, end }) =>
    text.slice(start, end),
  );

const claims = (text: string): readonly string[] =>
  splitClaims(text, { steps: 0 }).map(({ start, end }) => text.slice(start, end));

describe('sentences', () => {
  it.each([
    ['Dr. Smith paid $3.50 to Acme Inc. on Jan. 5.', 1],
    ['J. R. Cash was born in 1932. He sang.', 2],
    ['See https://example.org/a.b?c=d. It helps, e.g. with v1.2.3 of it.', 2],
    ['He said "Stop." Then he left.', 2],
    ['It works (mostly). Yes! Really? Well...', 4],
    ['She lives in the U.S. He does not.', 2],
    ['It is in the U.S. state of Ohio.', 1],
    ['The claim is paid.The rest waits.', 2],
    ['雨が降った。彼は帰った。', 2],
    ['यह सच है। वह गया।', 2],
    ['هل هذا صحيح؟ نعم.', 2],
    ['no stop at all', 1],
  ])('%s', (text, count) => {
    expect(sentences(text)).toHaveLength(count);
  });

  it('lose nothing but the space between them, whatever the text', () => {
    const part = fc.constantFrom(
      'a',
      'B.',
      ' ',
      '. ',
      '?!',
      '"',
      '。',
      '1.5',
      'e.g.',
      '\n',
      ')',
      'é',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string())), (parts) => {
        const text = parts.join('');
        expect(sentences(text).join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
      }),
    );
  });
});

describe('blocks', () => {
  it('keep lists, tables, code and headings apart', () => {
    const text = [
      '# Terms',
      'A first line',
      'goes on.',
      '',
      '- one thing',
      '2) another',
      '| a | b |',
      '|---|---|',
      '| 1 | 2 |',
      '```ts',
      'const x = 1;',
      '```',
      'End.',
    ].join('\n');
    expect(
      splitBlocks(text, { steps: 0 }).map(({ kind, start, end }) => [kind, text.slice(start, end)]),
    ).toEqual([
      ['heading', '# Terms'],
      ['prose', 'A first line\ngoes on.'],
      ['item', 'one thing'],
      ['item', 'another'],
      ['row', '| a | b |'],
      ['row', '| 1 | 2 |'],
      ['code', 'const x = 1;'],
      ['prose', 'End.'],
    ]);
  });
});

describe('claims', () => {
  it('are clauses with a subject of their own', () => {
    expect(
      claims('The refund was paid in May, but it covers the hotel alone; the flight is excluded.'),
    ).toEqual([
      'The refund was paid in May,'.slice(0, -1),
      'but it covers the hotel alone',
      'the flight is excluded.',
    ]);
    expect(claims('Bread and butter cost more than tea and jam.')).toHaveLength(1);
  });

  it('leave out greetings and headings, and know questions, rows and code', () => {
    expect(claims('Hello! Sure. Yes.')).toEqual([]);
    const kinds = splitClaims('# Fees\nDoes rain count?\n| fee | 5 |\n```\nrun fee\n```', {
      steps: 0,
    });
    expect(kinds.map(({ kind }) => kind)).toEqual(['question', 'row', 'code']);
  });

  it('stand in order inside the text, whatever it is', () => {
    const part = fc.constantFrom(
      'The fee is 5. ',
      'but it ',
      '; ',
      '| a | b |\n',
      '```\n',
      '- x\n',
      '大',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string())), (parts) => {
        const text = parts.join('');
        let last = 0;
        for (const { start, end, tokens } of splitClaims(text, { steps: 0 })) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          for (const token of tokens) {
            expect(token.start).toBeGreaterThanOrEqual(start);
            expect(token.end).toBeLessThanOrEqual(end);
          }
          last = end;
        }
        expect(last).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});

describe('small talk', () => {
  it.each([
    ['Me too! He was a singer.', ['He was a singer.']],
    ['I do. The guitar has six strings.', ['The guitar has six strings.']],
    ['I do not. The guitar has six strings.', ['I do not.', 'The guitar has six strings.']],
    ['Me too!', ['Me too!']],
  ])('is not judged where there is more than that: %s', (text, expected) => {
    expect(claims(text)).toEqual(expected);
  });
});
