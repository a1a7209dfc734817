import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { candidatesIn } from './detect.js';
import { readOptions } from './options.js';
import { vendorLiterals } from './secrets/vendor.js';
import { createSource } from './source.js';

function steps(text: string): number {
  const source = createSource(text);
  candidatesIn(source, readOptions({ region: 'DE' }));
  return source.steps;
}

const begin = '-----BEGIN PRIVATE KEY-----';
const seeds = [
  ...'a-@1.:=+(A/"\n%{é',
  '1 ',
  '1-',
  '1.',
  '1:',
  'a@',
  '@a.',
  'x@x.',
  '::',
  '\\n',
  '%3D',
  '(1',
  '+1 ',
  '4111 ',
  '1234567 ',
  'GB82 ',
  'AA11',
  'born 1 ',
  '1.123, 1.123 ',
  '+1234567,',
  'eyJ',
  'eyJ.',
  'eyJ-',
  'eyJaaaaaaaa.',
  'sk-',
  's.',
  'pat',
  'SG.a',
  'Q~',
  '.atlasv1.',
  ':AA',
  'AKIA',
  'ghp_',
  'IQoJb3JpZ2lu',
  'Bearer ',
  'Bearer a',
  '"type":',
  '"type": "service_account"',
  '://',
  '://a:b@',
  'postgres://a:b@',
  'password=',
  'host=a;password=',
  'AccountKey=',
  'sig=',
  '?sv=1&sig=a',
  'key=',
  'key',
  'key = "',
  'token=\\"',
  'password: a1.',
  'kind: Secret\ndata:\n  a: QUJDREVG\n',
  'Secret',
  'Basic ',
  'Basic QUJDOkRFRkc= ',
  'ZXlK',
  'LS0tLS1CRUdJTi',
  'curl -u a:b',
  'curl -u "a:',
  ' -u ',
  'key="a1b2c3d4e5f6g7h8" ',
  begin,
  `${begin}\\n`,
  `x-a: ${begin}\n`,
  `${begin}\na: b\n`,
  'Private-Lines: ',
  '-----BEGIN ',
  '-----END ',
];

describe('searching takes steps in proportion to the length of', () => {
  it.each(seeds)('%j', (seed) => {
    const text = (length: number) => `${seed.repeat(Math.ceil(length / seed.length))}!`;
    const short = steps(text(25_000));
    const long = steps(text(100_000));
    // Four times the text: four times the steps, and sixteen if anything were quadratic.
    expect(long / short).toBeLessThan(5);
    expect(long / 100_000).toBeLessThan(1000);
  });
});

it('takes steps in proportion on the beginnings of every vendor, 100 KB of each', () => {
  expect(vendorLiterals.length).toBeGreaterThan(150);
  for (const literal of vendorLiterals) {
    const text = (length: number) => `${literal.repeat(Math.ceil(length / literal.length))}!`;
    const long = steps(text(100_000));
    expect([literal, long / steps(text(25_000)) < 5]).toEqual([literal, true]);
    expect([literal, long / 100_000 < 1000]).toEqual([literal, true]);
  }
}, 300_000);

/** A pattern without what only stands for itself: escapes and classes. */
function bare(pattern: string): string {
  return pattern.replace(/\\[pP]\{[^}]*\}|\\./g, 'e').replace(/\[[^\]]*\]/g, 'c');
}

function* patternsOf(node: ts.Node): Iterable<string> {
  if (ts.isRegularExpressionLiteral(node)) yield node.text.slice(1, node.text.lastIndexOf('/'));
  // What patterns are put together from.
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
    if (/\(\?|\\d/.test(node.getText())) yield node.getText().slice(1, -1).replaceAll('\\\\', '\\');
  }
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    children.push(child);
  });
  for (const child of children) yield* patternsOf(child);
}

it('uses no pattern with an unbounded quantifier', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  let read = 0;
  const unbounded = files
    .filter((file) => file.endsWith('.ts') && !/\.(?:test|fixture)\.ts$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(import.meta.dirname, file), 'utf8');
      const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
      const patterns = [...patternsOf(tree)];
      read += patterns.length;
      return patterns.filter((pattern) => /[*+]|\{\d+,\}/.test(bare(pattern)));
    });
  expect(unbounded).toEqual([]);
  expect(read).toBeGreaterThan(100);
});
