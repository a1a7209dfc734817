import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isLuhn, isMod11x10, isMod97, isVerhoeff } from './checksum.js';
import { ibanLength } from './pii/iban.js';
import { isCodiceFiscale, isNir, isSpanishLetter } from './pii/letters.js';

const digits = (minLength: number, maxLength = minLength) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });
const others = (text: string) => [...'0123456789'].filter((digit) => !text.endsWith(digit));

it('accepts published examples', () => {
  expect(isLuhn('79927398713')).toBe(true);
  expect(isMod97('GB82WEST12345698765432')).toBe(true);
  expect(isVerhoeff('2363')).toBe(true);
  expect(isMod11x10('07945')).toBe(true);
  expect(isSpanishLetter('12345678Z')).toBe(true);
  expect(isSpanishLetter('X1234567L')).toBe(true);
  expect(isCodiceFiscale('RSSMRA85T10A562S')).toBe(true);
  expect(isNir('255081416802538')).toBe(true);
});

it('agrees with Luhn as the standard words it', () => {
  fc.assert(
    fc.property(digits(1, 24), (text) => {
      const doubled = [...text]
        .reverse()
        .map((digit, place) => (place % 2 === 0 ? digit : String(2 * Number(digit))))
        .join('');
      const sum = [...doubled].reduce((total, digit) => total + Number(digit), 0);
      expect(isLuhn(text)).toBe(sum % 10 === 0);
    }),
  );
});

it('agrees with MOD 97-10 over whole numbers', () => {
  const iban = fc.tuple(fc.constantFrom('DE', 'GB', 'XK'), digits(2), digits(12, 26));
  fc.assert(
    fc.property(iban, ([country, check, account]) => {
      const text = account + country + check;
      const number = BigInt([...text].map((one) => Number.parseInt(one, 36)).join(''));
      expect(isMod97(country + check + account)).toBe(number % 97n === 1n);
    }),
  );
});

// The tables as Verhoeff's thesis prints them.
const MULTIPLY = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const PERMUTE = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

it('agrees with the tables of Verhoeff', () => {
  fc.assert(
    fc.property(digits(1, 20), (text) => {
      const check = [...text].reverse().reduce((sum, digit, place) => {
        const permuted = PERMUTE[place % 8]![Number(digit)]!;
        return MULTIPLY[Number(sum)]![Number(permuted)]!;
      }, '0');
      expect(isVerhoeff(text)).toBe(check === '0');
    }),
  );
});

it.each([
  ['Luhn', isLuhn],
  ['Verhoeff', isVerhoeff],
  ['MOD 11,10', isMod11x10],
] as const)('lets %s accept exactly one last digit', (_, check) => {
  fc.assert(
    fc.property(digits(6, 18), (head) => {
      const accepted = [...'0123456789'].filter((digit) => check(head + digit));
      expect(accepted).toHaveLength(1);
      for (const digit of others(head + accepted[0])) expect(check(head + digit)).toBe(false);
    }),
  );
});

it('reads an IBAN with spaces, in lower case, and by the length of its country', () => {
  expect(ibanLength('GB82 WEST 1234 5698 7654 32 and on')).toBe(27);
  expect(ibanLength('gb82west12345698765432')).toBe(22);
  expect(ibanLength('GB82WEST123456987654321')).toBe(0);
  expect(ibanLength('GB83WEST12345698765432')).toBe(0);
  expect(ibanLength('ZZ82WEST12345698765432')).toBe(0);
});
