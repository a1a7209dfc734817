import type { Disclosure, EvidenceRecord } from '@spanforge/core-events';
import { explanationV1, groundingV1, lineageV1 } from '@spanforge/core-events/records';
import { openDisclosure } from '@spanforge/core-signing';
import type { OperatorLog } from '../log-state.js';
import { type RoleNote, roleNotes, type ScopeNote, scopeNotes } from './access-notes.js';
import { numberOf, objectsOf, textOf, textsOf } from './body.js';
import { type ReviewNote, reviewNotes } from './review-notes.js';

/** A factor of an explanation, strongest first. */
export interface ExplanationFactorNote {
  readonly name: string;
  readonly weight: number;
  readonly contribution: number;
}

/** An explanation in a trace. */
export interface ExplanationNote {
  readonly index: number;
  /** The sentences; absent when their value was erased or is not available. */
  readonly text?: string;
  readonly confidence?: number;
  readonly coverage: number;
  readonly factors: readonly ExplanationFactorNote[];
  /** Articles of the EU AI Act, with the evidence for each. */
  readonly articles: readonly { readonly article: string; readonly status: string }[];
}

/** A claim of an answer that its sources do not support. */
export interface OffendingClaimNote {
  readonly claim: number;
  readonly score: number;
  readonly verdict: string;
  readonly cues: readonly string[];
  readonly sources: readonly string[];
  /** Its text; absent when the value was erased or is not available. */
  readonly text?: string;
}

/** An assessment of an answer against its sources. */
export interface GroundingNote {
  readonly index: number;
  readonly status: string;
  readonly average: number;
  readonly threshold: number;
  readonly claimThreshold: number;
  readonly claimCount: number;
  readonly sourceCount: number;
  readonly withheldCount: number;
  /** Lowest score first. */
  readonly offending: readonly OffendingClaimNote[];
}

/** A step of lineage: what was made from what. */
export interface LineageNote {
  readonly index: number;
  readonly activity: string;
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Labels that the outputs carry. */
  readonly labels: readonly string[];
}

/** The records of the evidence services in a trace, in log order. */
export interface ServiceNotes {
  readonly scope: readonly ScopeNote[];
  readonly roles: readonly RoleNote[];
  readonly reviews: readonly ReviewNote[];
  readonly explanations: readonly ExplanationNote[];
  readonly groundings: readonly GroundingNote[];
  readonly lineage: readonly LineageNote[];
}

/** Values that a record commits to and that are available, by name. */
type Values = ReadonlyMap<string, unknown>;

function opened({ encoded, digest }: Disclosure): readonly [string, unknown] | undefined {
  try {
    const { name, value, digest: found } = openDisclosure(encoded);
    return found === digest ? [name, value] : undefined;
  } catch {
    return undefined;
  }
}

async function valuesOf(
  log: Pick<OperatorLog, 'disclosures'>,
  record: EvidenceRecord,
): Promise<Values> {
  const committed = record.body.values as Readonly<Record<string, unknown>> | undefined;
  const all = (await log.disclosures(record.index)).filter(
    ({ name, digest }) => committed?.[name] === digest,
  );
  return new Map(all.flatMap((one) => [opened(one)].filter((found) => found !== undefined)));
}

function said(values: Values, name: string): { readonly text?: string } {
  const value = values.get(name);
  return typeof value === 'string' ? { text: value } : {};
}

function explanationOf({ index, body }: EvidenceRecord, values: Values): ExplanationNote {
  const confidence = numberOf(body, 'confidence');
  const factors = objectsOf(body, 'factors').map((factor) => ({
    name: textOf(factor, 'name') ?? '',
    weight: numberOf(factor, 'weight') ?? 0,
    contribution: numberOf(factor, 'contribution') ?? 0,
  }));
  return {
    index,
    ...said(values, 'text'),
    ...(confidence === undefined ? {} : { confidence }),
    coverage: numberOf(body, 'coverage') ?? 0,
    factors: factors.sort((a, b) => b.weight - a.weight),
    articles: objectsOf(body, 'articles').map((one) => ({
      article: textOf(one, 'article') ?? '',
      status: textOf(one, 'status') ?? '',
    })),
  };
}

function groundingOf({ index, body }: EvidenceRecord, values: Values): GroundingNote {
  const number = (name: string): number => numberOf(body, name) ?? 0;
  const claims = objectsOf(body, 'claims').map((one) => ({
    claim: numberOf(one, 'claim') ?? 0,
    score: numberOf(one, 'score') ?? 0,
    verdict: textOf(one, 'verdict') ?? '',
    cues: textsOf(one, 'cues'),
    sources: [...new Set(objectsOf(one, 'support').flatMap((at) => textOf(at, 'source_id') ?? []))],
    ...said(values, `claim_${numberOf(one, 'claim')}`),
  }));
  return {
    index,
    status: textOf(body, 'status') ?? '',
    average: number('average'),
    threshold: number('threshold'),
    claimThreshold: number('claim_threshold'),
    claimCount: number('claim_count'),
    sourceCount: number('source_count'),
    withheldCount: number('withheld_count'),
    offending: claims
      .filter(({ verdict }) => verdict !== 'grounded')
      .sort((a, b) => a.score - b.score),
  };
}

function lineageOf({ index, body }: EvidenceRecord): LineageNote {
  const named = (member: string): readonly string[] =>
    objectsOf(body, member).flatMap((one) => textOf(one, 'id') ?? []);
  return {
    index,
    activity: textOf(body, 'activity') ?? '',
    kind: textOf(body, 'kind') ?? '',
    inputs: named('inputs'),
    outputs: named('outputs'),
    labels: [
      ...new Set(objectsOf(body, 'outputs').flatMap((one) => textsOf(one, 'labels'))),
    ].sort(),
  };
}

/** Reads the records of the evidence services in a trace; unavailable values are left out. */
export async function readServiceNotes(
  log: Pick<OperatorLog, 'disclosures'>,
  records: readonly EvidenceRecord[],
  nowMs: number,
): Promise<ServiceNotes> {
  const explanations: ExplanationNote[] = [];
  const groundings: GroundingNote[] = [];
  const lineage: LineageNote[] = [];
  for (const record of records) {
    if (record.type === lineageV1.key) lineage.push(lineageOf(record));
    if (record.type === explanationV1.key) {
      explanations.push(explanationOf(record, await valuesOf(log, record)));
    }
    if (record.type === groundingV1.key) {
      groundings.push(groundingOf(record, await valuesOf(log, record)));
    }
  }
  return {
    scope: scopeNotes(records),
    roles: roleNotes(records),
    reviews: reviewNotes(records, nowMs),
    explanations,
    groundings,
    lineage,
  };
}
