import {
  type Disclosure,
  type EvidenceReader,
  type EvidenceRecord,
  readValues,
} from '@spanforge/core-events';
import { createAlikeParser, matchesDisclosure } from '@spanforge/core-signing';
import { namesMore, openDisclosed } from '@spanforge/policy/internal';
import type { DecisionBody } from './decision-body.js';

/** How far from a decision, in records, its values are looked for first. */
export const NEAR = 16;

/** The disclosures of a group of decisions. */
export interface Disclosed {
  /** What is stored with each record. */
  readonly own: readonly (readonly Disclosure[])[];
  /** What else each record names: values that are stored with other records. */
  readonly shared: readonly (readonly Disclosure[] | undefined)[];
  /** Opens a value: the arguments of a call are named by several of its decisions. */
  readonly open: OpenValue;
  /** How much was read. */
  readonly characters: number;
}

/** Opens a value that a record commits to under a name. */
type OpenValue = (
  disclosure: Disclosure,
  committed: string,
  name: string,
) => ReturnType<typeof openDisclosed>;

/** The longest text whose opened value is remembered, in characters. */
const MAX_REMEMBERED = 64 * 1024;

/** Opens disclosures of which many resemble an earlier one. */
export function createValueOpener(): OpenValue {
  const alike = createAlikeParser();
  const parse = (text: string): unknown => alike.parse(text);
  return (disclosure, committed) => openDisclosed(disclosure, committed, parse);
}

/** Opens each text once. Long texts and changed ones are not remembered; nor are requests, which are filled in. */
function openOnce(openValue: OpenValue): OpenValue {
  const opened = new Map<Disclosure, ReturnType<OpenValue>>();
  return (disclosure, committed, name) => {
    const { digest, encoded } = disclosure;
    const isKept = name !== 'request' && digest === committed && encoded.length <= MAX_REMEMBERED;
    const known = isKept ? opened.get(disclosure) : undefined;
    if (known !== undefined) return known;
    const value = openValue(disclosure, committed, name);
    if (isKept && value !== undefined) opened.set(disclosure, value);
    return value;
  };
}

type Texts = readonly (readonly Disclosure[])[];

interface ReadTexts {
  readonly own: Texts;
  /** Finds a value that is stored near a record, by its digest. */
  near(index: number, digest: string): Disclosure | undefined;
  readonly characters: number;
}

/** The disclosure with a digest. */
export function withDigest(
  disclosures: readonly Disclosure[],
  digest: string,
): Disclosure | undefined {
  for (const one of disclosures) if (one.digest === digest) return one;
  return undefined;
}

async function readTexts(
  reader: EvidenceReader,
  records: readonly EvidenceRecord[],
  end: number,
): Promise<ReadTexts> {
  const indexes = records.map(({ index }) => index);
  const from = Math.max(0, (indexes[0] ?? 0) - NEAR);
  const to = Math.min(end, (indexes.at(-1) ?? 0) + NEAR + 1);
  const read: Texts = reader.disclosuresOf
    ? await reader.disclosuresOf(Array.from({ length: to - from }, (_, at) => from + at))
    : await Promise.all(indexes.map((index) => reader.disclosures(index)));
  let characters = 0;
  for (const disclosures of read) for (const one of disclosures) characters += one.encoded.length;
  const places = new Map(reader.disclosuresOf ? [] : indexes.map((index, at) => [index, at]));
  const textsOf = (index: number): readonly Disclosure[] =>
    read[reader.disclosuresOf ? index - from : (places.get(index) ?? -1)] ?? [];
  return {
    own: indexes.map(textsOf),
    // The nearest first, whatever else was read: the answer depends on the record alone.
    near: (index, digest) => {
      for (let step = 1; step <= NEAR; step += 1) {
        const after = withDigest(textsOf(index + step), digest);
        const found = after ?? withDigest(textsOf(index - step), digest);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    characters,
  };
}

/** Reads values that are not near, trace by trace: a trace is asked for its own values alone. */
async function readLost(
  reader: EvidenceReader,
  lost: ReadonlyMap<EvidenceRecord, Disclosure[]>,
): Promise<void> {
  const traces = new Map<string, EvidenceRecord[]>();
  for (const record of lost.keys()) {
    const name = JSON.stringify([record.context.tenant, record.context.traceId]);
    const records = traces.get(name) ?? [];
    records.push(record);
    traces.set(name, records);
  }
  for (const records of traces.values()) {
    const values = await readValues(reader, records);
    for (const record of records) {
      lost.get(record)?.push(...values.values());
    }
  }
}

/**
 * Reads the disclosures of a group of decisions. A value is stored with one record of its trace, most
 * often near the decision. So the records near the group are read together, and only values that are
 * not there are searched in the trace.
 */
export async function readDisclosed(
  reader: EvidenceReader,
  records: readonly EvidenceRecord[],
  bodies: readonly (DecisionBody | undefined)[],
  end: number,
  openValue: OpenValue,
): Promise<Disclosed> {
  const { own, near, characters } = await readTexts(reader, records, end);
  const open = openOnce(openValue);
  const lost = new Map<EvidenceRecord, Disclosure[]>();
  const shared = records.map((record, at) => {
    const values = bodies[at]?.values;
    const known = own[at] ?? [];
    if (values === undefined || !namesMore(values, known)) return undefined;
    const found: Disclosure[] = [];
    for (const name in values) {
      const digest = values[name] ?? '';
      if (withDigest(known, digest) !== undefined) continue;
      const one = near(record.index, digest);
      if (one && (open(one, digest, name) || matchesDisclosure(one))) found.push(one);
    }
    if (namesMore(values, [...known, ...found])) lost.set(record, found);
    return found;
  });
  if (lost.size > 0) await readLost(reader, lost);
  return { own, shared, open, characters };
}
