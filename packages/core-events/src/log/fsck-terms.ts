import { sha256, toHex } from '@spanforge/core-signing';
import type { EvidenceRecord } from '../evidence.js';
import type { DecodedRecord } from './decode.js';
import { type FsckFinding, fault } from './fsck-report.js';
import type { RecordNames } from './skim/scan-record.js';
import type { EvidenceStore, StoredRecord, StorePostings, StoreTerms } from './store.js';
import { claimTerm, createTermsOf, isLaterTerm, PLAIN_LENGTH } from './terms.js';
import { termsOfBytes } from './terms-of-bytes.js';

/** Records that were written before some terms were known. */
export interface EarlierTerms {
  readonly from: number;
  lacking: number;
}

/** The index has segments of 8,192 records; those at both ends of a range are read twice. */
const AT_ONCE = 32_768;

/**
 * The names of one kind, numbered, and the number of each record's name. Lists of records by name would keep
 * the garbage collector busy.
 */
class Names {
  readonly #numbers = new Map<string, number>();
  /** The number of a record's name, by its distance from the first record; 0 for none. */
  readonly #cells = new Int32Array(AT_ONCE);
  /** Further names of a record, and names of records too far from the first. */
  readonly #more = new Set<string>();
  #last: string | undefined;
  #number = 0;

  /** Adds a name of a record; false when it has it already. */
  add(name: string, first: number, index: number): boolean {
    // Neighbouring records mostly have the same names.
    if (name !== this.#last) {
      this.#last = name;
      this.#number = this.#numberOf(name);
    }
    const at = index - first;
    if (this.#cells[at] === 0) {
      this.#cells[at] = this.#number;
      return true;
    }
    if (this.#cells[at] === this.#number) return false;
    const before = this.#more.size;
    return this.#more.add(`${this.#number} ${index}`).size > before;
  }

  /** True when each of these ascending records has the name. */
  have(name: string, first: number, indexes: readonly number[]): boolean {
    const number = this.#numbers.get(name);
    if (number === undefined) return false;
    let before = -1;
    for (let n = 0; n < indexes.length; n += 1) {
      const index = indexes[n] as number;
      if (index <= before) return false;
      before = index;
      if (this.#cells[index - first] !== number && !this.#more.has(`${number} ${index}`))
        return false;
    }
    return true;
  }

  #numberOf(name: string): number {
    const short = name.length <= PLAIN_LENGTH ? name : `sha256:${toHex(sha256(name))}`;
    const known = this.#numbers.get(short);
    if (known !== undefined) return known;
    this.#numbers.set(short, this.#numbers.size + 1);
    return this.#numbers.size;
  }
}

/** What a record can be found by. */
export type TermNames = Pick<
  RecordNames,
  | 'traceId'
  | 'run'
  | 'tenant'
  | 'project'
  | 'agent'
  | 'actor'
  | 'type'
  | 'tool'
  | 'outcome'
  | 'rules'
  | 'subjects'
  | 'append'
>;

const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const textsIn = (values: unknown, textOf: (value: unknown) => unknown): readonly string[] =>
  Array.isArray(values) ? values.map(textOf).filter((value) => typeof value === 'string') : [];

/** The names of a decoded record. */
export function termNamesOf({
  type,
  context,
  body,
  append,
}: Pick<EvidenceRecord, 'type' | 'context' | 'body' | 'append'>): TermNames {
  const { traceId, run, tenant, project, agent, actor } = context;
  const ruleId = (rule: unknown) => (rule as { readonly rule_id?: unknown } | null)?.rule_id;
  return {
    ...{ traceId, run, tenant, project, agent, actor, type, append },
    tool: textIn(body.tool),
    outcome: textIn(body.outcome),
    rules: textsIn(body.rules, ruleId),
    subjects: textsIn(body.subjects, (subject) => subject),
  };
}

/** Collects the expected terms of records as they are read, by kind, without building each term. */
export function createExpectedTerms() {
  const kinds = new Map<string, Names>();
  const kindOf = (kind: string): Names => {
    const names = new Names();
    kinds.set(kind, names);
    return names;
  };
  const [trace, run, tenant, project] = ['trace', 'run', 'tenant', 'project'].map(kindOf) as Four;
  const [agent, actor, type, tool] = ['agent', 'actor', 'type', 'tool'].map(kindOf) as Four;
  const [rule, outcome] = ['rule', 'outcome'].map(kindOf) as Two;
  const [subject, claim] = ['subject', 'claim'].map(kindOf) as Two;
  let first: number | undefined;
  let entries = 0;
  const add = (names: Names, name: string, index: number): void => {
    first ??= index;
    if (names.add(name, first, index)) entries += 1;
  };
  return {
    add(index: number, names: TermNames): void {
      add(trace, names.traceId, index);
      add(run, names.run, index);
      add(tenant, names.tenant, index);
      add(project, names.project, index);
      add(agent, names.agent, index);
      add(actor, names.actor, index);
      add(type, names.type, index);
      if (names.tool !== undefined) add(tool, names.tool, index);
      if (names.outcome !== undefined) add(outcome, names.outcome, index);
      for (const name of names.rules) add(rule, name, index);
      for (const name of names.subjects) add(subject, name, index);
      if (names.append?.claim !== undefined) add(claim, names.append.claim, index);
    },
    /** Adds terms that are already built. */
    addTerms(index: number, terms: readonly string[]): void {
      for (const term of terms) {
        const at = term.indexOf(':');
        const kind = term.slice(0, at);
        add(kinds.get(kind) ?? kindOf(kind), term.slice(at + 1), index);
      }
    },
    /** True when an index has exactly the expected entries. */
    isIndex(found: ReadonlyMap<string, readonly number[]>): boolean {
      let count = 0;
      for (const [term, indexes] of found) {
        const at = term.indexOf(':');
        const names = kinds.get(term.slice(0, at));
        if (!names?.have(term.slice(at + 1), first ?? 0, indexes)) return false;
        count += indexes.length;
      }
      return count === entries;
    },
  };
}

type Two = [Names, Names];
type Four = [...Two, ...Two];

function byTerm(first: number, terms: readonly (readonly string[])[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [at, each] of terms.entries()) {
    for (const term of each) {
      const list = found.get(term);
      if (list) list.push(first + at);
      else found.set(term, [first + at]);
    }
  }
  return found;
}

/** Checks that a record's indexed terms are exactly those that follow from its bytes. */
function compareTerms(
  index: number,
  expected: readonly string[],
  found: readonly string[],
  earlier: EarlierTerms,
  findings: FsckFinding[],
): void {
  if (found.length === expected.length && expected.every((term) => found.includes(term))) return;
  const say = (what: string, terms: readonly string[]): void => {
    for (const term of terms) {
      findings.push(fault('terms_mismatch', `record ${index}: the index ${what} ${term}`, index));
    }
  };
  const [should, is] = [new Set(expected), new Set(found)];
  const missing = [...should].filter((term) => !is.has(term));
  const lost = missing.filter((term) => !(index < earlier.from && isLaterTerm(term)));
  if (lost.length < missing.length) earlier.lacking += 1;
  say('lacks', lost);
  say(
    'has, and the record has not,',
    [...is].filter((term) => !should.has(term)),
  );
}

/** Compares the index of a store with its records, many records at a time. */
export interface TermsCheck {
  /** Adds the next decoded record; true when it is time to compare. */
  note(stored: StoredRecord, decoded: DecodedRecord): boolean;
  /** The same for a record whose names are known. */
  noteNames(index: number, names: TermNames): boolean;
  /** Compares what was added since the last comparison. */
  compare(): Promise<readonly FsckFinding[]>;
}

const READ_AT_ONCE = 512;

/** Creates the check; it reports nothing for a store that cannot show its terms. */
export function createTermsCheck(
  store: EvidenceStore & Partial<StoreTerms & StorePostings>,
  decode: (stored: StoredRecord) => DecodedRecord,
  earlier: EarlierTerms,
): TermsCheck {
  const { readTerms } = store;
  if (!readTerms) {
    return { note: () => false, noteNames: () => false, compare: async () => [] };
  }
  const termsOf = createTermsOf();
  let expected = createExpectedTerms();
  let first: number | undefined;
  let end = 0;
  let count = 0;

  async function find(from: number): Promise<ReadonlyMap<string, readonly number[]>> {
    if (store.postings) return store.postings(from, end - from);
    return byTerm(from, (await readTerms?.(from, end - from)) ?? []);
  }

  const termsIn = (stored: StoredRecord): readonly string[] => {
    const decoded = decode(stored);
    if (!decoded.ok) return termsOfBytes(stored.bytes);
    const { record } = decoded;
    const { claim } = record.append ?? {};
    return claim === undefined ? termsOf(record) : [...termsOf(record), claimTerm(claim)];
  };

  /** Finds out, record by record, what differs. */
  async function explain(from: number): Promise<readonly FsckFinding[]> {
    const findings: FsckFinding[] = [];
    const found = (await readTerms?.(from, end - from)) ?? [];
    for (let at = 0; at < count; at += READ_AT_ONCE) {
      const records = await store.read(from + at, Math.min(READ_AT_ONCE, count - at));
      for (const [n, stored] of records.entries()) {
        const index = from + at + n;
        compareTerms(index, termsIn(stored), found[at + n] ?? [], earlier, findings);
      }
    }
    return findings;
  }

  function counted(index: number): boolean {
    first ??= index;
    end = Math.max(end, index + 1);
    count += 1;
    return count >= AT_ONCE;
  }

  return {
    note(stored, decoded) {
      if (decoded.ok) expected.add(stored.index, termNamesOf(decoded.record));
      else expected.addTerms(stored.index, termsOfBytes(stored.bytes));
      return counted(stored.index);
    },
    noteNames(index, names) {
      expected.add(index, names);
      return counted(index);
    },
    async compare() {
      if (first === undefined) return [];
      const findings = expected.isIndex(await find(first)) ? [] : await explain(first);
      expected = createExpectedTerms();
      first = undefined;
      [end, count] = [0, 0];
      return findings;
    },
  };
}
