import type { EvidenceReader, TraceListOptions } from '@spanforge/core-events';
import { readSteps } from './read-steps.js';
import type { LineageRecord, Walk, WalkOptions } from './types.js';
import { type Direction, walk } from './walk.js';

/** The steps of a trace, or those that made or used a piece of data. */
export type StepKey = { readonly traceId: string } | { readonly subject: string };

/** Reads recorded steps, one by one and along the way that data took. */
export interface StepReader {
  /** Steps in log order. @throws {LineageError} `LINEAGE_EVIDENCE_UNAVAILABLE`. */
  readBy(key: StepKey, where?: TraceListOptions): Promise<readonly LineageRecord[]>;
  /** As {@link walk}. @throws {LineageError} `LINEAGE_EVIDENCE_UNAVAILABLE`. */
  walkFrom(data: readonly string[], direction: Direction, limits?: WalkOptions): Promise<Walk>;
}

/** Creates the reader over one log. */
export function createStepReader(reader: EvidenceReader): StepReader {
  const readBy: StepReader['readBy'] = (key, { tenant, project } = {}) =>
    readSteps(reader, {
      ...(tenant === undefined ? {} : { tenant }),
      ...(project === undefined ? {} : { project }),
      ...key,
    });
  return {
    readBy,
    walkFrom: (data, direction, { maxSteps, ...where } = {}) =>
      walk((subject) => readBy({ subject }, where), data, direction, maxSteps),
  };
}
