/** The letter that follows a DNI or NIE: the number modulo 23. */
export function isSpanishLetter(compact: string): boolean {
  const number = compact.slice(0, -1).replace(/^[XYZ]/, (first) => String('XYZ'.indexOf(first)));
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(number) % 23] === compact.at(-1);
}

/** The key of a French NIR: 97 less the number modulo 97; Corsica's letters count as 19 and 18. */
export function isNir(compact: string): boolean {
  const month = Number(compact.slice(3, 5));
  const known = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
  const digits = compact.slice(0, 13).replace('2A', '19').replace('2B', '18');
  return known && 97 - (Number(digits) % 97) === Number(compact.slice(13));
}

const ODD: readonly number[] = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

/** The control letter of a codice fiscale; a month letter and a day must stand before it. */
export function isCodiceFiscale(compact: string): boolean {
  if (!/^.{8}[A-EHLMPRST]/.test(compact)) return false;
  let sum = 0;
  for (let place = 0; place < 15; place += 1) {
    const value = Number.parseInt(compact[place] ?? '', 36);
    const index = value > 9 ? value - 10 : value;
    sum += place % 2 === 0 ? (ODD[index] ?? 0) : index;
  }
  return String.fromCharCode(65 + (sum % 26)) === compact.at(-1);
}
