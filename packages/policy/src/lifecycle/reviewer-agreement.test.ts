import fc from 'fast-check';
import { expect, it } from 'vitest';
import { measureAgreement } from './reviewer-agreement.js';

const ratings = (...verdicts: readonly string[]) =>
  new Map(verdicts.map((verdict, at) => [`person-${at}`, verdict]));

const repeat = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

it('is Cohen’s kappa for two people', () => {
  // Twenty yes-yes, five yes-no, ten no-yes, fifteen no-no: the textbook's 0.4.
  const measured = measureAgreement([
    ...repeat(20, () => ratings('yes', 'yes')),
    ...repeat(5, () => ratings('yes', 'no')),
    ...repeat(10, () => ratings('no', 'yes')),
    ...repeat(15, () => ratings('no', 'no')),
  ]);
  expect(measured).toMatchObject({ decisions: 50, reviewers: 2, method: 'cohen' });
  expect(measured.counts).toEqual({ yes: 55, no: 45 });
  expect(measured.agreement).toBeCloseTo(0.7, 12);
  expect(measured.kappa).toBeCloseTo(0.4, 12);
});

it('is Fleiss’ kappa for more', () => {
  const table = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
  ];
  const all = table.map((row) => ratings(...row.flatMap((n, at) => repeat(n, () => `${at}`))));
  const measured = measureAgreement(all);
  expect(measured.method).toBe('fleiss');
  expect(measured.agreement).toBeCloseTo(0.378, 3);
  expect(measured.kappa).toBeCloseTo(0.21, 3);
});

it('says nothing of decisions with one reviewer, and no number where chance alone agrees', () => {
  expect(measureAgreement([ratings('yes'), ratings('no')])).toEqual({
    decisions: 0,
    reviewers: 0,
    counts: {},
    method: 'none',
  });
  const same = measureAgreement(repeat(3, () => ratings('yes', 'yes')));
  expect(same.agreement).toBe(1);
  expect(same.kappa).toBeUndefined();
});

it('lies between -1 and 1, is 1 only for full agreement, and does not mind the order', () => {
  const verdict = fc.constantFrom('a', 'b', 'c');
  const decision = fc.dictionary(fc.constantFrom('w', 'x', 'y', 'z'), verdict, {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(fc.array(decision, { maxLength: 12 }), (written) => {
      const all = written.map((each) => new Map(Object.entries(each)));
      const { agreement = 0, kappa, ...rest } = measureAgreement(all);
      expect(agreement).toBeGreaterThanOrEqual(0);
      expect(agreement).toBeLessThanOrEqual(1);
      if (kappa !== undefined) {
        expect(kappa).toBeGreaterThanOrEqual(-1 - 1e-9);
        expect(kappa).toBeLessThanOrEqual(1 + 1e-9);
        expect(Math.abs(kappa - 1) < 1e-9).toBe(agreement === 1);
      }
      const back = measureAgreement(all.toReversed());
      expect(back.kappa ?? 2).toBeCloseTo(kappa ?? 2, 9);
      expect({ ...back, agreement: 0, kappa: 0 }).toEqual({ ...rest, agreement: 0, kappa: 0 });
    }),
  );
});
