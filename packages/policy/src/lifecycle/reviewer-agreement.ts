/** How far reviewers agree beyond what chance would give. */
export interface ReviewAgreement {
  /** How many decisions have two or more reviewers; only these are measured. */
  readonly decisions: number;
  readonly reviewers: number;
  /** The latest reviews of these decisions, by verdict. */
  readonly counts: Readonly<Record<string, number>>;
  /** Share of agreeing pairs, averaged over the decisions, 0..1; absent without decisions. */
  readonly agreement?: number;
  /**
   * Cohen's kappa when the same two people reviewed every decision, else Fleiss' kappa over decisions
   * with any number of reviewers. Absent when the agreement expected by chance is 1: kappa is then
   * undefined.
   */
  readonly kappa?: number;
  readonly method: 'cohen' | 'fleiss' | 'none';
}

/** What each reviewer of one decision said. */
export type Ratings = ReadonlyMap<string, string>;

/** Measures the agreement of reviewers, over decisions with two or more. */
export function measureAgreement(all: readonly Ratings[]): ReviewAgreement {
  const ratings = all.filter(({ size }) => size >= 2);
  const counts: Record<string, number> = Object.create(null);
  const people = new Set<string>();
  for (const each of ratings) {
    for (const [reviewer, verdict] of each) {
      people.add(reviewer);
      counts[verdict] = (counts[verdict] ?? 0) + 1;
    }
  }
  const base = { decisions: ratings.length, reviewers: people.size, counts: { ...counts } };
  if (ratings.length === 0) return { ...base, method: 'none' };
  const cohen = people.size === 2;
  const tables = ratings.map((each) => tableOf([...each.values()]));
  const agreement = mean(tables.map(agreementOf));
  const expected = cohen ? expectedOfTwo(ratings, [...people]) : expectedOfAll(tables);
  const method = cohen ? ('cohen' as const) : ('fleiss' as const);
  if (expected === 1) return { ...base, agreement, method };
  return { ...base, agreement, kappa: (agreement - expected) / (1 - expected), method };
}

type Table = ReadonlyMap<string, number>;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const sizeOf = (table: Table): number => [...table.values()].reduce((sum, n) => sum + n, 0);

function tableOf(verdicts: readonly string[]): Table {
  const table = new Map<string, number>();
  for (const verdict of verdicts) table.set(verdict, (table.get(verdict) ?? 0) + 1);
  return table;
}

/** Agreeing pairs among all pairs of one decision (Fleiss 1971). */
function agreementOf(table: Table): number {
  const size = sizeOf(table);
  const pairs = [...table.values()].reduce((sum, n) => sum + n * (n - 1), 0);
  return pairs / (size * (size - 1));
}

/** Agreement expected by chance, from the pooled verdicts of all reviewers (Fleiss 1971). */
function expectedOfAll(tables: readonly Table[]): number {
  const pool = new Map<string, number>();
  for (const table of tables) {
    for (const [verdict, n] of table) pool.set(verdict, (pool.get(verdict) ?? 0) + n);
  }
  const total = sizeOf(pool);
  return [...pool.values()].reduce((sum, n) => sum + (n / total) ** 2, 0);
}

/** Agreement expected by chance, from each of two reviewers' own frequencies (Cohen 1960). */
function expectedOfTwo(ratings: readonly Ratings[], people: readonly string[]): number {
  const [first, second] = people.map((one) => tableOf(ratings.map((each) => each.get(one) ?? '')));
  if (first === undefined || second === undefined) return 1;
  const share = (table: Table, verdict: string) => (table.get(verdict) ?? 0) / ratings.length;
  return [...first.keys()].reduce(
    (sum, verdict) => sum + share(first, verdict) * share(second, verdict),
    0,
  );
}
