/** A date, possibly incomplete. */
export interface PartialDate {
  readonly year?: number;
  /** 1 to 12. */
  readonly month?: number;
  /** 1 to 31. */
  readonly day?: number;
}

const MONTHS: ReadonlyMap<string, number> = /* @__PURE__ */ new Map(
  'january february march april may june july august september october november december'
    .split(' ')
    .flatMap((name, at): [string, number][] => [
      [name, at + 1],
      [name.slice(0, 3), at + 1],
    ])
    .concat([['sept', 9]]),
);

/** The number of a month's name or its abbreviation, in lower case. */
export const monthOf = (word: string): number | undefined => MONTHS.get(word);

/** Whether digits can be a year standing alone. */
export const isYear = (text: string): boolean => /^1\d{3}$|^20\d{2}$/.test(text);

/** Reads `1935-01-08`, `1935/01/08` and, where the order is plain, `08.01.1935` and `1/8/1935`. */
export function parseNumericDate(text: string): PartialDate | undefined {
  const parts = /^(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})$/.exec(text);
  if (!parts) return undefined;
  const [a, b, c] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const of = (year: number, month: number, day: number): PartialDate | undefined =>
    month >= 1 && month <= 12 && day >= 1 && day <= 31 ? { year, month, day } : undefined;
  if (parts[1]?.length === 4) return of(a, b, c);
  if (parts[3]?.length !== 4) return undefined;
  if (text.includes('.') || a > 12) return of(c, b, a);
  // Where both readings are possible only the year and the two numbers in either order are known.
  return b > 12 ? of(c, a, b) : { year: c };
}

/** Whether the second date confirms every part of the first. */
export function withinDate(claim: PartialDate, source: PartialDate): boolean {
  return (
    (claim.year === undefined || claim.year === source.year) &&
    (claim.month === undefined || claim.month === source.month) &&
    (claim.day === undefined || claim.day === source.day)
  );
}
