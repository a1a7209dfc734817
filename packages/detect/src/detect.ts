import { DetectError } from './error.js';
import { type Finding, toFinding } from './finding.js';
import { type DetectOptions, type DetectSettings, readOptions } from './options.js';
import { findPii } from './pii/find-pii.js';
import { resolve } from './resolve.js';
import { findSecrets } from './secrets/find-secrets.js';
import { type Candidate, createSource, type SearchedText } from './source.js';
import { type FindingType, isAlwaysBlocking, PII_TYPES, SECRET_TYPES } from './types.js';

/**
 * Finds personal data and secrets in a text.
 *
 * Findings are sorted and do not overlap; where two would, the stronger gives the type and both
 * the extent. Pure, synchronous, and linear in the length of the text, whatever the text.
 *
 * @throws {DetectError} `DETECT_NOT_TEXT` when `text` is not a string, `DETECT_OPTION` for an
 * unknown type, region or threshold.
 */
export function detect(text: string, options: DetectOptions = {}): readonly Finding[] {
  const settings = readOptions(options);
  if (typeof text !== 'string') {
    throw new DetectError('DETECT_NOT_TEXT', 'only a string can be searched');
  }
  return report(candidatesIn(createSource(text), settings), settings);
}

/** The candidates of all detectors in a text. */
export function candidatesIn(
  source: SearchedText,
  { region, types }: DetectSettings,
): readonly Candidate<FindingType>[] {
  const wanted = (family: readonly FindingType[]) =>
    types === undefined || family.some((type) => types.has(type));
  return [
    ...(wanted(SECRET_TYPES) ? findSecrets(source) : []),
    ...(wanted(PII_TYPES) ? findPii(source, region) : []),
  ].filter(({ type }) => types === undefined || types.has(type));
}

/** Candidates that count, joined and finished. */
export function report(
  candidates: readonly Candidate<FindingType>[],
  { threshold }: DetectSettings,
): readonly Finding[] {
  const counted = candidates.filter(
    ({ type, confidence }) => isAlwaysBlocking(type) || confidence >= threshold,
  );
  return resolve(counted).map(toFinding);
}
