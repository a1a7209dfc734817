import {
  DetectError,
  type DetectOptions,
  detect,
  detectFields,
  type FieldFinding,
  type Finding,
} from '@spanforge/detect';
import { roleOf, saysSomething, saysYes } from './field-rules.js';
import { createGroups, type GroupCounts } from './groups.js';
import { type PersonalDataFinder, type SearchedKinds, searchedKinds } from './kinds.js';
import type { DatasetRecord } from './record.js';
import { countTokens } from './tokens.js';

/** Findings of one type. */
export interface TypeCount {
  readonly family: 'pii' | 'secret';
  readonly type: string;
  readonly count: number;
  /** The highest among them, 0 to 1. */
  readonly confidence: number;
  readonly alwaysBlocking: boolean;
}

/** How many records say something, of those that could. */
export interface Coverage {
  /** Records that have such a field. */
  readonly present: number;
  /** Records in which it says what it should. */
  readonly affirmed: number;
}

/** What was counted in a data set. */
export interface DatasetCounts {
  readonly records: number;
  /** Records that could not be read; what they hold was searched as text. */
  readonly unreadable: number;
  /** Records that are objects, and so can have fields. */
  readonly structured: number;
  readonly tokens: number;
  /** Cells of CSV that a spreadsheet would compute instead of showing them. */
  readonly formulaCells: number;
  /** Which kinds of personal data were searched for; nothing is known about any other. */
  readonly searched: SearchedKinds;
  readonly findings: readonly TypeCount[];
  readonly consent: Coverage;
  readonly provenance: Coverage;
  readonly groups: readonly GroupCounts[];
}

/** Counts record after record; its memory does not grow with their number. */
export interface DatasetTally {
  add(record: DatasetRecord): void;
  counts(): DatasetCounts;
}

const MAX_DEPTH = 4;

type Span = Pick<Finding, 'start' | 'end'>;
type Noted = Omit<TypeCount, 'count'>;
type Roles = Map<string, ReturnType<typeof roleOf>>;

interface Said {
  consent: unknown[];
  refusal: unknown[];
  provenance: unknown[];
  group: Map<string, unknown>;
  label: unknown;
}

/**
 * Caches field names, which repeat in every record. The cache is bounded in case a data set always
 * has new ones.
 */
function createRoles(): (name: string) => ReturnType<typeof roleOf> {
  const known: Roles = new Map();
  return (name) => {
    if (known.has(name)) return known.get(name);
    const role = roleOf(name);
    if (known.size < 10_000) known.set(name, role);
    return role;
  };
}

function collect(
  value: object,
  said: Said,
  roleFor: (name: string) => ReturnType<typeof roleOf>,
  depth = 0,
): void {
  for (const [name, member] of Object.entries(value)) {
    const role = roleFor(name);
    if (role === 'group') said.group.set(name, member);
    else if (role === 'label') said.label ??= member;
    else if (role !== undefined) said[role].push(member);
    const isObject = typeof member === 'object' && member !== null && !Array.isArray(member);
    if (isObject && depth < MAX_DEPTH) collect(member, said, roleFor, depth + 1);
  }
}

function tokensIn(value: unknown): number {
  if (typeof value === 'string') return countTokens(value);
  if (typeof value === 'number') return 1;
  if (typeof value !== 'object' || value === null) return 0;
  let tokens = 0;
  for (const member of Object.values(value)) tokens += tokensIn(member);
  return tokens;
}

/** The overlap of neighbouring blocks is counted once. */
function isInBlock(
  { start, end }: Span,
  { text, overlap, last }: Extract<DatasetRecord, { kind: 'block' }>,
): boolean {
  const goesOn = 4096;
  // A finding that ends at the border was left to this block by the one before.
  if (end < overlap) return false;
  return last || end < text.length || start < text.length - goesOn;
}

/** @throws {DetectError} `DETECT_OPTION` with the first record. */
export function createTally(
  options: DetectOptions,
  finders: readonly PersonalDataFinder[] = [],
): DatasetTally {
  const found = new Map<string, { -readonly [Name in keyof TypeCount]: TypeCount[Name] }>();
  const groups = createGroups();
  const roleFor = createRoles();
  const state = { records: 0, unreadable: 0, structured: 0, tokens: 0, formulaCells: 0 };
  const searched = searchedKinds(options.types, finders);
  const consent = { present: 0, affirmed: 0 };
  const provenance = { present: 0, affirmed: 0 };

  /** The findings of the host's finders in a text, without those that were found before. */
  function noteFound(text: string, within?: (span: Span) => boolean): void {
    for (const { find } of finders) {
      for (const { kind, start, end, confidence } of find(text)) {
        if (within !== undefined && !within({ start, end })) continue;
        note([{ type: kind, family: 'pii', confidence, alwaysBlocking: false }]);
      }
    }
  }

  function noteTexts(value: unknown): void {
    if (finders.length === 0) return;
    if (typeof value === 'string') noteFound(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(noteTexts);
  }

  function note(findings: readonly Noted[]): void {
    for (const { type, family, confidence, alwaysBlocking } of findings) {
      const there = found.get(type);
      if (there === undefined)
        found.set(type, { family, type, count: 1, confidence, alwaysBlocking });
      else {
        there.count += 1;
        there.confidence = Math.max(there.confidence, confidence);
      }
    }
  }

  function addStructured(value: object): void {
    state.structured += 1;
    const said: Said = {
      consent: [],
      refusal: [],
      provenance: [],
      group: new Map(),
      label: undefined,
    };
    collect(value, said, roleFor);
    if (said.consent.length + said.refusal.length > 0) consent.present += 1;
    const refused = said.refusal.some((one) => saysYes(one));
    if (!refused && said.consent.length > 0 && said.consent.every((one) => saysYes(one))) {
      consent.affirmed += 1;
    }
    if (said.provenance.length > 0) provenance.present += 1;
    if (said.provenance.some(saysSomething)) provenance.affirmed += 1;
    groups.add(said.group, said.label);
  }

  function addText(text: string): void {
    state.unreadable += 1;
    state.tokens += countTokens(text);
    note(detect(text, options));
    noteFound(text);
  }

  function addValue(value: unknown): void {
    let findings: readonly FieldFinding[];
    try {
      findings = detectFields(value, options);
    } catch (error) {
      if (!DetectError.is(error) || error.code !== 'DETECT_NOT_JSON') throw error;
      // Nested too deeply to be read in parts; searched as text.
      addText(JSON.stringify(value));
      return;
    }
    note(findings);
    noteTexts(value);
    state.tokens += tokensIn(value);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) addStructured(value);
  }

  return {
    add(record) {
      if (record.kind === 'block') {
        state.records += record.lines;
        state.tokens += countTokens(record.text.slice(record.overlap));
        note(detect(record.text, options).filter((one) => isInBlock(one, record)));
        noteFound(record.text, (one) => isInBlock(one, record));
        return;
      }
      state.records += 1;
      state.formulaCells += record.formulas ?? 0;
      if (record.kind === 'value') addValue(record.value);
      else addText(record.text);
    },
    counts: () => ({
      ...state,
      searched,
      findings: [...found.values()].sort((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1)),
      consent: { ...consent },
      provenance: { ...provenance },
      groups: groups.counts(),
    }),
  };
}
