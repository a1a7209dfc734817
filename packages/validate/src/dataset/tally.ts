import {
  DetectError,
  type DetectOptions,
  detect,
  detectFields,
  type FieldFinding,
  type Finding,
} from '@spanforge/detect';
import { type Coverage, createFieldTally } from './field-tally.js';
import { createFindingTally, type TypeCount } from './finding-tally.js';
import type { GroupCounts } from './groups.js';
import { type PersonalDataFinder, type SearchedKinds, searchedKinds } from './kinds.js';
import type { DatasetRecord } from './record.js';
import { countTokens } from './tokens.js';

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

type Span = Pick<Finding, 'start' | 'end'>;
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
  const findings = createFindingTally();
  const fields = createFieldTally();
  const state = { records: 0, unreadable: 0, structured: 0, tokens: 0, formulaCells: 0 };
  const searched = searchedKinds(options.types, finders);

  /** The findings of the host's finders in a text, without those that were found before. */
  function noteFound(text: string, within?: (span: Span) => boolean): void {
    for (const { find } of finders) {
      for (const { kind, start, end, confidence } of find(text)) {
        if (within !== undefined && !within({ start, end })) continue;
        findings.add([{ type: kind, family: 'pii', confidence, alwaysBlocking: false }]);
      }
    }
  }

  function noteTexts(value: unknown): void {
    if (finders.length === 0) return;
    if (typeof value === 'string') noteFound(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(noteTexts);
  }

  function addText(text: string): void {
    state.unreadable += 1;
    state.tokens += countTokens(text);
    findings.add(detect(text, options));
    noteFound(text);
  }

  function addValue(value: unknown): void {
    let found: readonly FieldFinding[];
    try {
      found = detectFields(value, options);
    } catch (error) {
      if (!DetectError.is(error) || error.code !== 'DETECT_NOT_JSON') throw error;
      // Nested too deeply to be read in parts; searched as text.
      addText(JSON.stringify(value));
      return;
    }
    findings.add(found);
    noteTexts(value);
    state.tokens += tokensIn(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    state.structured += 1;
    fields.add(value);
  }

  return {
    add(record) {
      if (record.kind === 'block') {
        state.records += record.lines;
        state.tokens += countTokens(record.text.slice(record.overlap));
        findings.add(detect(record.text, options).filter((one) => isInBlock(one, record)));
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
      findings: findings.counts(),
      ...fields.counts(),
    }),
  };
}
