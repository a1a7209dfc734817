import { sha256, toHex } from '@spanforge/core-signing';
import type { EvidenceRecord } from '../evidence.js';
import type { DecodedRecord } from './decode.js';
import { isUnreadable } from './fsck-reads.js';
import { type FsckFinding, fault } from './fsck-report.js';
import type { RecordNames } from './skim/scan-record.js';
import type {
  EvidenceStore,
  StoredRecord,
  StoreTermComparison,
  StoreTerms,
  TermColumns,
} from './store.js';
import { claimTerm, createTermsOf, isLaterTerm, PLAIN_LENGTH } from './terms.js';
import { termsOfBytes } from './terms-of-bytes.js';

/** Records that were written before some terms were known. */
export interface EarlierTerms {
  readonly from: number;
  lacking: number;
}

/** Records compared at once. */
const AT_ONCE = 32_768;

/** Numbers that are added one by one. */
class Numbers {
  #room = new Uint32Array(AT_ONCE);
  length = 0;

  push(number: number): void {
    if (this.length === this.#room.length) {
      const more = new Uint32Array(2 * this.length);
      more.set(this.#room);
      this.#room = more;
    }
    this.#room[this.length] = number;
    this.length += 1;
  }

  all(): Uint32Array {
    return this.#room.subarray(0, this.length);
  }
}

/** The names of one kind, and the numbers of their terms. */
interface Kind {
  readonly name: string;
  readonly numbers: Map<string, number>;
  /** Neighbouring records mostly have the same names. */
  last: string | undefined;
  number: number;
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

/** Collects the expected terms of consecutive records as they are read, without building each term. */
export function createExpectedTerms() {
  const terms: string[] = [];
  /** By term: one more than the place of the record that had it last. */
  const had: number[] = [];
  const ids = new Numbers();
  const ends = new Numbers();
  const kinds = new Map<string, Kind>();
  const kindOf = (name: string): Kind => {
    const kind: Kind = { name, numbers: new Map(), last: undefined, number: 0 };
    kinds.set(name, kind);
    return kind;
  };
  const numberOf = (kind: Kind, name: string): number => {
    const short = name.length <= PLAIN_LENGTH ? name : `sha256:${toHex(sha256(name))}`;
    const known = kind.numbers.get(short);
    if (known !== undefined) return known;
    const number = terms.push(`${kind.name}:${short}`) - 1;
    had.push(0);
    kind.numbers.set(short, number);
    return number;
  };
  const [trace, run, tenant, project] = ['trace', 'run', 'tenant', 'project'].map(kindOf) as Four;
  const [agent, actor, type, tool] = ['agent', 'actor', 'type', 'tool'].map(kindOf) as Four;
  const [rule, outcome] = ['rule', 'outcome'].map(kindOf) as Two;
  const [subject, claim] = ['subject', 'claim'].map(kindOf) as Two;
  const add = (kind: Kind, name: string): void => {
    if (name !== kind.last) {
      kind.last = name;
      kind.number = numberOf(kind, name);
    }
    const { number } = kind;
    const place = ends.length + 1;
    if (had[number] === place) return;
    had[number] = place;
    ids.push(number);
  };
  return {
    /** Adds the next record. */
    add(names: TermNames): void {
      add(trace, names.traceId);
      add(run, names.run);
      add(tenant, names.tenant);
      add(project, names.project);
      add(agent, names.agent);
      add(actor, names.actor);
      add(type, names.type);
      if (names.tool !== undefined) add(tool, names.tool);
      if (names.outcome !== undefined) add(outcome, names.outcome);
      for (const name of names.rules) add(rule, name);
      for (const name of names.subjects) add(subject, name);
      if (names.append?.claim !== undefined) add(claim, names.append.claim);
      ends.push(ids.length);
    },
    /** Adds the next record by its terms. */
    addTerms(each: readonly string[]): void {
      for (const one of each) {
        const at = one.indexOf(':');
        const kind = one.slice(0, at);
        add(kinds.get(kind) ?? kindOf(kind), one.slice(at + 1));
      }
      ends.push(ids.length);
    },
    columns: (first: number): TermColumns => ({ first, terms, ids: ids.all(), ends: ends.all() }),
  };
}

type Two = [Kind, Kind];
type Four = [...Two, ...Two];

/** Whether records have exactly the expected terms, in any order. */
export function areTerms(
  { terms, ids, ends }: TermColumns,
  found: readonly (readonly string[])[],
): boolean {
  if (found.length !== ends.length) return false;
  let from = 0;
  return found.every((each, at) => {
    const expected = ids.subarray(from, ends[at]);
    from = ends[at] ?? from;
    const is = new Set(each);
    return is.size === expected.length && expected.every((id) => is.has(terms[id] ?? ''));
  });
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
  /** Adds the next decoded record. */
  note(stored: StoredRecord, decoded: DecodedRecord): void;
  /** The same for a record whose names are known. */
  noteNames(index: number, names: TermNames): void;
  /** Whether it is time to compare; best where a stored row ends. */
  isDue(): boolean;
  /** Compares what was added since the last comparison. */
  compare(): Promise<readonly FsckFinding[]>;
  /** The driver said of the index entries of all records below that they are right. */
  comparedTo(): number;
}

const READ_AT_ONCE = 512;

/** Creates the check; it reports nothing for a store that cannot show its terms. */
export function createTermsCheck(
  store: EvidenceStore & Partial<StoreTerms & StoreTermComparison>,
  decode: (stored: StoredRecord) => DecodedRecord,
  earlier: EarlierTerms,
): TermsCheck {
  const { readTerms } = store;
  if (!readTerms) {
    const nothing = () => undefined;
    const [isDue, comparedTo] = [() => false, () => 0];
    return { note: nothing, noteNames: nothing, isDue, compare: async () => [], comparedTo };
  }
  const termsOf = createTermsOf();
  let expected = createExpectedTerms();
  let first: number | undefined;
  let end = 0;
  let count = 0;
  let comparedTo = 0;
  let inOrder = true;

  const termsIn = (stored: StoredRecord): readonly string[] => {
    const decoded = decode(stored);
    if (!decoded.ok) return termsOfBytes(stored.bytes);
    const { record } = decoded;
    const { claim } = record.append ?? {};
    return claim === undefined ? termsOf(record) : [...termsOf(record), claimTerm(claim)];
  };

  /** Whether the index is as expected; false also where only {@link explain} can tell. */
  async function isAsExpected(from: number): Promise<boolean> {
    if (!inOrder) return false;
    const columns = expected.columns(from);
    if (!store.hasTerms) return areTerms(columns, (await readTerms?.(from, count)) ?? []);
    if (!(await store.hasTerms(columns))) return false;
    if (comparedTo === from) comparedTo = end;
    return true;
  }

  /** Finds out, record by record, what differs. */
  async function explain(from: number): Promise<readonly FsckFinding[]> {
    const findings: FsckFinding[] = [];
    const found = (await readTerms?.(from, end - from)) ?? [];
    for (let at = 0; at < count; at += READ_AT_ONCE) {
      const records = await store.read(from + at, Math.min(READ_AT_ONCE, count - at));
      for (const [n, stored] of records.entries()) {
        const index = from + at + n;
        if (isUnreadable(stored)) continue;
        compareTerms(index, termsIn(stored), found[at + n] ?? [], earlier, findings);
      }
    }
    return findings;
  }

  function counted(index: number): void {
    first ??= index;
    inOrder &&= index === first + count;
    end = Math.max(end, index + 1);
    count += 1;
  }

  return {
    note(stored, decoded) {
      if (decoded.ok) expected.add(termNamesOf(decoded.record));
      else expected.addTerms(termsOfBytes(stored.bytes));
      counted(stored.index);
    },
    noteNames(index, names) {
      expected.add(names);
      counted(index);
    },
    isDue: () => count >= AT_ONCE,
    async compare() {
      if (first === undefined) return [];
      const findings = (await isAsExpected(first)) ? [] : await explain(first);
      expected = createExpectedTerms();
      first = undefined;
      [end, count, inOrder] = [0, 0, true];
      return findings;
    },
    comparedTo: () => comparedTo,
  };
}
