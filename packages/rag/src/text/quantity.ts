/** The value of a number: `1.5 million` is 1500000, `2 km` is 2000 with the dimension `length`. */
export interface Quantity {
  readonly value: number;
  /** What is measured, such as `length`, `mass`, `usd`, `percent`, `ordinal`; empty for a count. */
  readonly unit: string;
}

const WORDS: ReadonlyMap<string, number> = /* @__PURE__ */ new Map(
  (
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen ' +
    'sixteen seventeen eighteen nineteen'
  )
    .split(' ')
    .map((word, value): [string, number] => [word, value])
    .concat(
      'twenty thirty forty fifty sixty seventy eighty ninety'
        .split(' ')
        .map((word, at): [string, number] => [word, (at + 2) * 10]),
    ),
);

const ORDINALS: ReadonlyMap<string, number> = /* @__PURE__ */ new Map(
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'
    .split(' ')
    .map((word, at): [string, number] => [word, at + 1]),
);

const SCALES: ReadonlyMap<string, number> = /* @__PURE__ */ new Map([
  ['hundred', 1e2],
  ['thousand', 1e3],
  ['million', 1e6],
  ['millions', 1e6],
  ['mn', 1e6],
  ['billion', 1e9],
  ['billions', 1e9],
  ['bn', 1e9],
  ['trillion', 1e12],
  ['dozen', 12],
]);

const unit = (dimension: string, factor: number, names: string): [string, Quantity][] =>
  names.split(' ').map((name) => [name, { unit: dimension, value: factor }]);

/** Units by name: the dimension, and the factor to its base. */
const UNITS: ReadonlyMap<string, Quantity> = /* @__PURE__ */ new Map([
  ...unit('length', 0.001, 'mm millimeter millimeters millimetre millimetres'),
  ...unit('length', 0.01, 'cm centimeter centimeters centimetre centimetres'),
  ...unit('length', 1, 'meter meters metre metres'),
  ...unit('length', 1000, 'km kilometer kilometers kilometre kilometres'),
  ...unit('length', 0.3048, 'ft feet foot'),
  ...unit('length', 1609.344, 'mi mile miles'),
  ...unit('mass', 0.001, 'mg milligram milligrams'),
  ...unit('mass', 1, 'gram grams'),
  ...unit('mass', 1000, 'kg kilogram kilograms kilo kilos'),
  ...unit('mass', 453.59237, 'lb lbs pound pounds'),
  ...unit('time', 1, 'sec secs second seconds'),
  ...unit('time', 60, 'min mins minute minutes'),
  ...unit('time', 3600, 'hr hrs hour hours'),
  ...unit('time', 86400, 'day days'),
  ...unit('time', 604800, 'week weeks'),
  ...unit('month', 1, 'month months'),
  ...unit('month', 12, 'year years yr yrs'),
  ...unit('times', 1, 'times'),
  ...unit('percent', 1, '% percent pct'),
  ...unit('usd', 1, '$ usd dollar dollars'),
  ...unit('eur', 1, '€ eur euro euros'),
  ...unit('gbp', 1, '£ gbp'),
  ...unit('jpy', 1, '¥ jpy yen'),
]);

/** The value of a number word below a hundred; undefined for any other word. */
export const wordValue = (word: string): number | undefined => WORDS.get(word);

/** The position an ordinal word names; undefined for any other word. */
export const ordinalValue = (word: string): number | undefined => ORDINALS.get(word);

/** What a scale word multiplies by; undefined for any other word. */
export const scaleOf = (word: string): number | undefined => SCALES.get(word);

/** The unit a word or sign names; undefined for any other. */
export const unitOf = (word: string): Quantity | undefined => UNITS.get(word);

/**
 * Reads digits with separators. Commas and thin spaces between groups of three are thousands; a
 * single comma with other than three digits after it is a decimal comma.
 */
export function parseDigits(text: string): number {
  const plain = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text)
    ? text.replaceAll(',', '')
    : text.replace(',', '.');
  return Number(plain);
}

/** Whether two quantities are the same, but for rounding in the conversion of units. */
export function sameQuantity(a: Quantity, b: Quantity): boolean {
  if (a.unit !== b.unit && a.unit !== '' && b.unit !== '') return false;
  const slack = a.unit === 'length' || a.unit === 'mass' ? 0.005 : 1e-9;
  return Math.abs(a.value - b.value) <= slack * Math.max(Math.abs(a.value), Math.abs(b.value));
}
