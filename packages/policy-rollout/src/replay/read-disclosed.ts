import {
  type Disclosure,
  type EvidenceReader,
  type EvidenceRecord,
  readValues,
} from '@spanforge/core-events';
import { matchesDisclosure } from '@spanforge/core-signing';
import { namesMore, openDisclosed } from '@spanforge/policy/internal';
import type { DecisionBody } from './decision-body.js';

/** How far from a decision, in records, its values are looked for first. */
export const NEAR = 16;

/** The disclosures of a group of decisions. */
export interface Disclosed {
  /** What is stored with each record. */
  readonly own: readonly (readonly Disclosure[])[];
  /** Values that are stored with other records of the trace, by digest. */
  readonly shared: ReadonlyMap<string, Disclosure>;
  /** Opens a value: the arguments of a call are named by several of its decisions. */
  readonly open: OpenValue;
  /** How much was read. */
  readonly characters: number;
}

type OpenValue = typeof openDisclosed;

/** The longest text whose opened value is remembered, in characters. */
const MAX_REMEMBERED = 64 * 1024;

/** Opens each text once. Long texts, and those that were changed, are not remembered. */
function createOpener(): OpenValue {
  const opened = new Map<Disclosure, { readonly value: unknown }>();
  return (disclosure, committed) => {
    const known = disclosure.digest === committed ? opened.get(disclosure) : undefined;
    if (known !== undefined) return known;
    const value = openDisclosed(disclosure, committed);
    const short = disclosure.encoded.length <= MAX_REMEMBERED;
    if (value !== undefined && short && disclosure.digest === committed) {
      opened.set(disclosure, value);
    }
    return value;
  };
}

async function readTexts(
  reader: EvidenceReader,
  records: readonly EvidenceRecord[],
  end: number,
): Promise<{
  readonly own: readonly (readonly Disclosure[])[];
  readonly near: ReadonlyMap<string, Disclosure>;
  readonly characters: number;
}> {
  const indexes = records.map(({ index }) => index);
  const from = Math.max(0, (indexes[0] ?? 0) - NEAR);
  const to = Math.min(end, (indexes.at(-1) ?? 0) + NEAR + 1);
  const read = reader.disclosuresOf
    ? await reader.disclosuresOf(Array.from({ length: to - from }, (_, at) => from + at))
    : await Promise.all(indexes.map((index) => reader.disclosures(index)));
  const near = new Map<string, Disclosure>();
  let characters = 0;
  for (const disclosures of read) {
    for (const one of disclosures) {
      near.set(one.digest, one);
      characters += one.encoded.length;
    }
  }
  const own = reader.disclosuresOf ? indexes.map((index) => read[index - from] ?? []) : read;
  return { own, near, characters };
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
): Promise<Disclosed> {
  const { own, near, characters } = await readTexts(reader, records, end);
  const open = createOpener();
  const shared = new Map<string, Disclosure>();
  const lost: EvidenceRecord[] = [];
  for (const [at, record] of records.entries()) {
    const values = bodies[at]?.values;
    const known = own[at] ?? [];
    if (values === undefined || !namesMore(values, known)) continue;
    const found = [...known];
    for (const name of Object.keys(values)) {
      const digest = values[name] ?? '';
      const one = known.some((mine) => mine.digest === digest) ? undefined : near.get(digest);
      if (one === undefined || !(open(one, digest) || matchesDisclosure(one))) continue;
      shared.set(digest, one);
      found.push(one);
    }
    if (namesMore(values, found)) lost.push(record);
  }
  if (lost.length > 0) {
    for (const [digest, one] of await readValues(reader, lost)) shared.set(digest, one);
  }
  return { own, shared, open, characters };
}
