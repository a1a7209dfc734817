import { createHash } from 'node:crypto';
import type { DecidedSide, ReplayedDecision, SimulatedDecision } from '@spanforge/policy-rollout';
import type { PendingFile } from '../files/write.js';

const FLUSH_LENGTH = 256 * 1024;

/** Writes decisions into a report, one JSON object per line, as they are made. */
export interface DecisionLines {
  add(decision: ReplayedDecision | SimulatedDecision): void | Promise<void>;
  /** Adds lines that another thread has written. */
  addWritten(lines: Uint8Array): Promise<void>;
  /** Writes the rest; returns the SHA-256 of the whole report, hex. */
  end(): Promise<string>;
}

export function createDecisionLines(file: PendingFile): DecisionLines {
  const hash = createHash('sha256');
  let waiting = '';
  const flush = async (): Promise<void> => {
    const text = waiting;
    waiting = '';
    hash.update(text);
    await file.append(text);
  };
  return {
    add(decision) {
      waiting += lineOf(decision);
      return waiting.length < FLUSH_LENGTH ? undefined : flush();
    },
    async addWritten(lines) {
      await flush();
      hash.update(lines);
      await file.append(lines);
    },
    async end() {
      await flush();
      return hash.digest('hex');
    },
  };
}

/** A decision as a line of a report. */
export const lineOf = (decision: ReplayedDecision | SimulatedDecision): string =>
  `${JSON.stringify(toLine(decision))}\n`;

/** A decision as in reports and results: these keys, in this order. */
export function toLine(decision: ReplayedDecision | SimulatedDecision): object {
  const { id, traceId, tenant, service, control, tool, after, missing } = decision;
  const changed = 'verdict' in decision && decision.verdict !== 'same';
  return {
    id,
    trace: traceId,
    tenant,
    service,
    control,
    tool,
    ...('verdict' in decision ? { verdict: decision.verdict } : {}),
    ...('before' in decision && decision.before ? { before: sideOf(decision.before) } : {}),
    ...(after ? { after: sideOf(after) } : {}),
    ...(changed && after ? { values: valuesOf(after) } : {}),
    ...(missing ? { not_replayable: missing.reason, missing: missing.missing } : {}),
  };
}

function sideOf({ outcome, obligations, rules, reason }: DecidedSide): object {
  return {
    outcome,
    ...(obligations.length === 0 ? {} : { obligations }),
    rules: rules.filter(({ finding }) => finding !== 'shadow').map(({ ruleId }) => ruleId),
    reason,
  };
}

const valuesOf = ({ rules }: DecidedSide): object =>
  Object.assign({}, ...rules.map(({ values }) => values ?? {}));
