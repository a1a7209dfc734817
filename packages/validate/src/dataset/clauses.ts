import { biasSignal } from './bias.js';
import type { Article10Clause } from './clause.js';
import type { Coverage } from './field-tally.js';
import { NEEDED_KINDS } from './kinds.js';
import type { DatasetCounts } from './tally.js';

/** What the host declares about the choice of the data, because the data cannot show it. */
export interface DesignChoices {
  /** What the data are for. */
  readonly purpose: string;
  /** What they are assumed to measure and to represent. */
  readonly assumptions: string;
}

/** The thresholds of the clauses. */
export interface ClauseLimits {
  /** Findings of personal data per 1,000 words; fewer pass. 1 when absent. */
  readonly maxPiiPer1000Tokens: number;
  /** Share of records with consent, 0 to 1; 0.8 when absent. */
  readonly minConsent: number;
  /** Share of records that say where they are from, 0 to 1; 0.8 when absent. */
  readonly minProvenance: number;
}

/** What each clause of Article 10 asks for, as shares and counts. */
export const CLAUSE_LIMITS: ClauseLimits = Object.freeze({
  maxPiiPer1000Tokens: 1,
  minConsent: 0.8,
  minProvenance: 0.8,
});

type Judged = Pick<Article10Clause, 'status' | 'detail'>;

const EMPTY: Judged = { status: 'not_assessed', detail: 'the data set is empty' };

function judgeDesign(design: DesignChoices | undefined): Judged {
  if (design === undefined) return { status: 'not_assessed', detail: 'nothing was stated' };
  const stated = [design.purpose, design.assumptions].every((text) => text.trim() !== '');
  return stated
    ? { status: 'passed', detail: `stated: ${design.purpose.trim()}` }
    : { status: 'failed', detail: 'the purpose or the assumptions are not stated' };
}

/**
 * Too many findings fail, whichever kinds were searched for. Few findings pass only if every kind
 * that identifies people was searched for.
 */
function judgeDensity({ findings, tokens, searched }: DatasetCounts, max: number): Judged {
  if (tokens === 0) return { status: 'not_assessed', detail: 'there are no words' };
  const hits = findings.reduce(
    (sum, { family, count }) => (family === 'pii' ? sum + count : sum),
    0,
  );
  const density = (hits * 1000) / tokens;
  const figures = `${hits} in ${tokens} words: ${density.toFixed(3)} per 1,000 (under ${max})`;
  if (density >= max) return { status: 'failed', detail: figures };
  const missing = NEEDED_KINDS.filter((kind) => !searched.text.includes(kind));
  if (missing.length === 0) return { status: 'passed', detail: figures };
  const detail = `${figures}; not searched for in texts: ${missing.join(', ')}`;
  return { status: 'not_assessed', detail };
}

function judgeShare(
  { structured, records }: DatasetCounts,
  { present, affirmed }: Coverage,
  { min, what }: { readonly min: number; readonly what: string },
): Judged {
  if (structured === 0) {
    return { status: 'not_assessed', detail: 'the data set has no records with fields' };
  }
  const share = affirmed / records;
  const percent = (value: number) => `${(value * 100).toFixed(1)} %`;
  return {
    status: share >= min ? 'passed' : 'failed',
    detail: `${what} in ${affirmed} of ${records} records: ${percent(share)} (at least ${percent(min)}); ${present} have such a field`,
  };
}

/** Judges the clauses by the counts. Pure. An empty data set is not assessed. */
export function judgeClauses(
  counts: DatasetCounts,
  limits: ClauseLimits,
  design?: DesignChoices,
): readonly Article10Clause[] {
  const { maxPiiPer1000Tokens, minConsent, minProvenance } = limits;
  const unlessEmpty = (judge: () => Judged): Judged => (counts.records === 0 ? EMPTY : judge());
  const consent = { min: minConsent, what: 'consent' };
  const provenance = { min: minProvenance, what: 'an origin' };
  return [
    {
      ...{
        clause: 'design_choices',
        article: '10(2)(a), (d)',
        title: 'Design choices and assumptions',
      },
      ...unlessEmpty(() => judgeDesign(design)),
    },
    {
      ...{ clause: 'pii_density', article: '10(2)(c)', title: 'Density of personal data' },
      ...unlessEmpty(() => judgeDensity(counts, maxPiiPer1000Tokens)),
    },
    {
      ...{ clause: 'consent', article: '10(2)(b)', title: 'Consent of those the data are about' },
      ...unlessEmpty(() => judgeShare(counts, counts.consent, consent)),
    },
    {
      ...{ clause: 'provenance', article: '10(2)(b)', title: 'Origin of the data' },
      ...unlessEmpty(() => judgeShare(counts, counts.provenance, provenance)),
    },
    {
      ...{
        clause: 'bias_signal',
        article: '10(2)(f), (g)',
        title: 'Signal of bias between groups',
      },
      ...unlessEmpty(() => biasSignal(counts.groups)),
    },
  ];
}
