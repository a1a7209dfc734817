import { type Obligation, OUTCOMES } from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeBetween, covers, type Ruling } from './change.js';

const redact = (path: string, more: object = {}): Obligation => ({
  kind: 'redact',
  target: 'args',
  path,
  ...more,
});
const notice: Obligation = { kind: 'notice', text: 'n' };

const obligation: fc.Arbitrary<Obligation> = fc.oneof(
  fc.record({ kind: fc.constant('notice' as const), text: fc.constantFrom('a', 'b') }),
  fc
    .record({
      path: fc.constantFrom('', 'a', 'a.b', 'ab'),
      target: fc.constantFrom('args' as const, 'result' as const),
      types: fc.option(fc.subarray(['email', 'iban']), { nil: undefined }),
      mask: fc.option(fc.constant('x'), { nil: undefined }),
    })
    .map(({ types, mask, ...rest }) => ({
      kind: 'redact' as const,
      ...rest,
      ...(types === undefined ? {} : { types }),
      ...(mask === undefined ? {} : { mask }),
    })),
);
const ruling: fc.Arbitrary<Ruling> = fc.record({
  outcome: fc.constantFrom(...OUTCOMES),
  obligations: fc.array(obligation, { maxLength: 3 }),
});

describe('the order of rulings', () => {
  it.each([
    ['allow', [], 'allow', [], 'same'],
    ['allow', [], 'block', [], 'stricter'],
    ['block', [], 'human_review', [redact('')], 'looser'],
    ['block', [redact('a')], 'block', [], 'same'],
    ['redact', [redact('a.b')], 'redact', [redact('a')], 'stricter'],
    ['redact', [redact('a')], 'redact', [redact('a.b')], 'looser'],
    ['redact', [redact('a')], 'redact', [redact('ab')], 'looser'],
    ['redact', [redact('a')], 'human_review', [], 'looser'],
    ['redact', [redact('a')], 'block', [], 'stricter'],
    ['redact', [redact('a')], 'redact', [redact('a', { mask: 'x' })], 'same'],
    ['redact', [redact('a', { types: ['email'] })], 'redact', [redact('a')], 'stricter'],
    ['redact', [redact('a')], 'redact', [redact('a', { types: ['email'] })], 'looser'],
    ['allow', [notice], 'allow', [], 'looser'],
    ['allow', [], 'allow', [notice], 'stricter'],
  ] as const)('%s %j -> %s %j is %s', (was, owed, is, kept, change) => {
    const before = { outcome: was, obligations: owed };
    expect(changeBetween(before, { outcome: is, obligations: kept })).toBe(change);
  });

  it('is the same both ways or not at all, and every ruling is like itself', () => {
    fc.assert(
      fc.property(ruling, ruling, (one, other) => {
        expect(changeBetween(one, one)).toBe('same');
        const [there, back] = [changeBetween(one, other), changeBetween(other, one)];
        expect(there === 'same').toBe(back === 'same');
        if (there === 'stricter') expect(back).toBe('looser');
      }),
    );
  });

  it('has no way round: what is never looser twice is not looser in one step', () => {
    fc.assert(
      fc.property(ruling, ruling, ruling, (a, b, c) => {
        fc.pre(changeBetween(a, b) !== 'looser' && changeBetween(b, c) !== 'looser');
        expect(changeBetween(a, c)).not.toBe('looser');
      }),
      { numRuns: 2000 },
    );
  });

  it('covers nothing on the other side of a call, nor a notice by a redaction', () => {
    const result = { ...redact(''), target: 'result' } as Obligation;
    expect(covers(result, redact('a'))).toBe(false);
    expect(covers(redact(''), notice)).toBe(false);
    expect(covers(notice, redact(''))).toBe(false);
  });
});
