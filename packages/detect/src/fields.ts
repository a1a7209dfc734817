import { candidatesIn, report } from './detect.js';
import { DetectError } from './error.js';
import { fieldType, wordsOf } from './field-name.js';
import type { Finding } from './finding.js';
import { type DetectOptions, type DetectSettings, readOptions } from './options.js';
import { type Candidate, createSource } from './source.js';
import type { FindingType } from './types.js';

/** A finding in one value, or in one name, of a JSON value. */
export interface FieldFinding extends Finding {
  /**
   * Names and indexes from the root to the value, or to the object for a finding in a name.
   * Names are given as they are: below a name that is itself a finding, they repeat it.
   */
  readonly path: readonly (string | number)[];
  /** Whether `start` and `end` count in the value or in the name of a member. */
  readonly within: 'value' | 'name';
}

const MAX_DEPTH = 256;
const FIELD_CONFIDENCE = 0.9;
// Every item of a list is read behind its name: a long one would be read as often.
const MAX_NAME = 64;

/**
 * Finds personal data and secrets in every text, number and member name of a JSON value.
 *
 * A member whose name says what it holds (`date_of_birth`, `apiKey`) is a finding as a whole.
 * Numbers are searched as they are written in JSON. In the order of the members.
 *
 * @throws {DetectError} `DETECT_NOT_JSON` for a cycle, more than 256 levels or a value that JSON
 * does not have; `DETECT_OPTION` as {@link detect}.
 */
export function detectFields(value: unknown, options: DetectOptions = {}): readonly FieldFinding[] {
  const settings = readOptions(options);
  const walk: Walk = { settings, ancestors: new Set(), names: new Map(), found: [] };
  visit(walk, value, [], '');
  return walk.found;
}

interface Walk {
  readonly settings: DetectSettings;
  readonly ancestors: Set<object>;
  readonly names: Map<string, readonly Finding[]>;
  readonly found: FieldFinding[];
}

type Path = readonly (string | number)[];

function visit(walk: Walk, value: unknown, path: Path, name: string): void {
  if (value === null || value === undefined || typeof value === 'boolean') return;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
    search(walk, String(value), path, name);
    return;
  }
  if (typeof value !== 'object') throw notJsonError('kind');
  if (walk.ancestors.has(value)) throw notJsonError('cycle');
  if (path.length >= MAX_DEPTH) throw notJsonError('depth');
  walk.ancestors.add(value);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) visit(walk, item, [...path, index], name);
  } else {
    visitMembers(walk, value, path);
  }
  walk.ancestors.delete(value);
}

function visitMembers(walk: Walk, value: object, path: Path): void {
  // A Map or a Date has no members of its own: passing over it would hide what it holds.
  if (Object.prototype.toString.call(value) !== '[object Object]') throw notJsonError('kind');
  for (const [name, member] of Object.entries(value)) {
    for (const finding of inName(walk, name)) walk.found.push({ ...finding, path, within: 'name' });
    visit(walk, member, [...path, name], name);
  }
}

/** The same names come back with every item of a list. */
function inName({ names, settings }: Walk, name: string): readonly Finding[] {
  const known = names.get(name);
  if (known !== undefined) return known;
  const found = report(candidatesIn(createSource(name), settings), settings);
  names.set(name, found);
  return found;
}

function search(walk: Walk, text: string, path: Path, name: string): void {
  const { settings, found } = walk;
  // Behind its name, a value is read as it would be in a text: `passport_no: C01X00T47`.
  const near = name.slice(-MAX_NAME);
  const lead = near === '' ? '' : `${wordsOf(near)} ${near}: `;
  const inText = candidatesIn(createSource(lead + text), settings)
    .filter(({ end }) => end > lead.length)
    .map(({ start, end, ...rest }) => ({
      ...rest,
      start: Math.max(0, start - lead.length),
      end: end - lead.length,
    }));
  for (const finding of report([...inText, ...wholeValue(text, name, settings)], settings)) {
    found.push({ ...finding, path, within: 'value' });
  }
}

/** A value that its name speaks of, unless it is empty or already masked. */
function wholeValue(
  text: string,
  name: string,
  { types }: DetectSettings,
): readonly Candidate<FindingType>[] {
  const type = fieldType(name);
  const shown = text.replace(/\[redacted:[a-z_]{1,40}\]/g, '').replace(/[\s*]/g, '');
  if (type === undefined || shown === '') return [];
  if (types !== undefined && !types.has(type)) return [];
  return [{ type, start: 0, end: text.length, confidence: FIELD_CONFIDENCE }];
}

function notJsonError(reason: 'cycle' | 'depth' | 'kind'): DetectError {
  return new DetectError('DETECT_NOT_JSON', `the value is not JSON: ${reason}`, { reason });
}
