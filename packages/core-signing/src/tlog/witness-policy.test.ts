import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testKey } from './test-keys.js';
import { formatVkey } from './vkey.js';
import { parseWitnessPolicy } from './witness-policy.js';

const log = await testKey('log', 'example.com/log');
const keys = await Promise.all(
  ['w1', 'w2', 'w3', 'w4', 'w5'].map((name) => testKey('witness', `${name}.example`)),
);
const vkeys = keys.map(({ name, key }) => formatVkey(name, key));
const logVkey = formatVkey(log.name, log.key);
const kids = (...at: readonly number[]) => new Set(at.map((n) => keys[n - 1]?.key.kid ?? ''));
const lines = (...text: readonly string[]) => text.map((line) => `${line}\n`).join('');
const witnesses = vkeys.map((vkey, at) => `witness w${at + 1} ${vkey}`);

describe('a witness policy', () => {
  test('counts witnesses: all, any, so many, groups of groups, none', () => {
    const text = lines(
      '# two of ours and one of theirs',
      `log ${logVkey} https://log.example/`,
      ...witnesses.slice(0, 4),
      `\twitness  w5\t${vkeys[4]} https://w5.example/submit `,
      'group ours 2 w1 w2 w3',
      '',
      '  # theirs',
      'group theirs any w4 w5',
      'group both all ours theirs',
      'quorum both',
    );
    const policy = parseWitnessPolicy(text);
    expect(policy.logs.map(({ name }) => name)).toEqual(['example.com/log']);
    expect(policy.witnesses.map(({ name, url }) => [name, url])).toEqual([
      ...['w1', 'w2', 'w3', 'w4'].map((name) => [name, undefined]),
      ['w5', 'https://w5.example/submit'],
    ]);
    expect(policy.isMet(kids(1, 3, 5))).toBe(true);
    for (const few of [kids(), kids(1, 2, 3), kids(1, 4, 5), kids(4, 5)]) {
      expect(policy.isMet(few)).toBe(false);
    }
    expect(parseWitnessPolicy('quorum none').isMet(kids())).toBe(true);
    const single = parseWitnessPolicy(lines(...witnesses.slice(0, 2), 'quorum w2'));
    expect([single.isMet(kids(2)), single.isMet(kids(1))]).toEqual([true, false]);
  });

  test('so many of these: exactly the sets that have as many', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.subarray([1, 2, 3, 4, 5]), (k, some) => {
        const text = lines(...witnesses, `group all ${k} w1 w2 w3 w4 w5`, 'quorum all');
        expect(parseWitnessPolicy(text).isMet(kids(...some))).toBe(some.length >= k);
      }),
    );
  });

  const [w1 = '', w2 = ''] = witnesses;
  test.each([
    ['', 0],
    [lines(w1), 0],
    [lines(w1, 'quorum w1', 'quorum w1'), 3],
    [lines('quorum w1', w1), 1],
    [lines(w1, 'quorum'), 2],
    [lines(w1, 'quorum w1 w1'), 2],
    [lines(w1, w1.replace('w1 ', 'w2 '), 'quorum w1'), 2],
    [lines(w1, w2.replace('w2 ', 'w1 '), 'quorum w1'), 2],
    [lines(w1.replace('w1 ', 'none '), 'quorum none'), 1],
    [lines(`witness w1 ${logVkey}`, 'quorum w1'), 1],
    [lines(`log ${vkeys[0]}`, 'quorum none'), 1],
    [lines(`log ${logVkey}`, `log ${logVkey}`, 'quorum none'), 2],
    [lines(`log ${logVkey} u v`, 'quorum none'), 1],
    [lines(`${w1} u v`, 'quorum none'), 1],
    [lines('witness w1', 'quorum none'), 1],
    [lines('witness w1 not-a-vkey', 'quorum none'), 1],
    [lines(w1, w2, 'group g 3 w1 w2', 'quorum g'), 3],
    [lines(w1, w2, 'group g 0 w1 w2', 'quorum g'), 3],
    [lines(w1, w2, 'group g 01 w1 w2', 'quorum g'), 3],
    [lines(w1, w2, 'group g most w1 w2', 'quorum g'), 3],
    [lines(w1, 'group g any', 'quorum g'), 2],
    [lines(w1, 'group g any w1 w1', 'quorum g'), 2],
    [lines(w1, 'group g any w1', 'group h any w1', 'quorum g'), 3],
    [lines(w1, 'group g any g', 'quorum g'), 2],
    [lines(w1, 'group g any none', 'quorum g'), 2],
    [lines(w1, 'group w1 any w1', 'quorum w1'), 2],
    [lines('sigsum x', 'quorum none'), 1],
    ['quorum none\r\n', 0],
    ['quorum none\u0000\n', 0],
    [`${'\n'.repeat(1001)}quorum none`, 0],
    ['#'.repeat(100_001), 0],
  ])('%j is refused at line %i', (text, line) => {
    expect(() => parseWitnessPolicy(text)).toThrow(
      expect.objectContaining({
        code: 'SIGNING_POLICY_INVALID',
        details: expect.objectContaining({ line }),
      }),
    );
  });
});
