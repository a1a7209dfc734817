import type { EvidenceContext } from '../context.js';
import type { WriterStamp } from '../evidence.js';
import type { RecordDraft } from '../ports.js';
import { type AuditGapBody, auditGapV1 } from '../records/audit-gap-v1.js';

/** Why writer numbers were assigned but not used. */
export type GapCause = AuditGapBody['cause'];

/** Consecutive writer numbers that were assigned but not used, for one reason. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly cause: GapCause;
}

/** Remembers unused writer numbers until an `audit.gap` record names them. */
export interface GapLedger {
  add(gap: Gap): void;
  /** Removes and returns up to `limit` gaps; a caller that cannot record them adds them again. */
  take(limit: number): readonly Gap[];
  /** True when there are no gaps. */
  readonly empty: boolean;
}

/** Joins adjoining gaps with the same cause, so that a long outage leaves few gaps. */
function joinGaps(gaps: readonly Gap[]): Gap[] {
  const joined: Gap[] = [];
  for (const gap of [...gaps].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last && last.cause === gap.cause && last.to + 1 === gap.from) {
      joined[joined.length - 1] = { ...last, to: gap.to };
    } else {
      joined.push(gap);
    }
  }
  return joined;
}

/** Creates an empty ledger. */
export function createGapLedger(): GapLedger {
  let gaps: Gap[] = [];
  return {
    add(gap) {
      const last = gaps.at(-1);
      if (last && last.cause === gap.cause && last.to + 1 === gap.from) {
        gaps[gaps.length - 1] = { ...last, to: gap.to };
      } else {
        gaps.push(gap);
      }
    },
    take(limit) {
      if (gaps.length === 0) return [];
      const joined = joinGaps(gaps);
      gaps = joined.slice(limit);
      return joined.slice(0, limit);
    },
    get empty() {
      return gaps.length === 0;
    },
  };
}

/** The record that names a gap. @param context Where the log's own records belong. */
export function gapDraft(
  { from, to, cause }: Gap,
  writer: Omit<WriterStamp, 'n'>,
  context: EvidenceContext,
): RecordDraft {
  const body = { writerId: writer.id, boot: writer.boot, fromN: from, toN: to };
  return {
    type: auditGapV1.key,
    context,
    body: auditGapV1.toWire({ ...body, count: to - from + 1, cause }),
  };
}
