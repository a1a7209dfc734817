import type { EvidenceContext } from '../context.js';
import type { WriterStamp } from '../evidence.js';
import type { RecordDraft } from '../ports.js';
import { type AuditGapBody, auditGapV1 } from '../records/audit-gap-v1.js';

/** Why writer numbers were taken and not used. */
export type GapCause = AuditGapBody['cause'];

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly cause: GapCause;
}

/** Remembers writer numbers that were taken and not used, until a record names them. */
export interface GapLedger {
  add(from: number, to: number, cause: GapCause): void;
  /** The records that name every gap so far, and forgets them. */
  take(): readonly RecordDraft[];
}

/** @param context Where the log's own records belong. */
export function createGapLedger(
  context: EvidenceContext,
  writer: Omit<WriterStamp, 'n'>,
): GapLedger {
  let gaps: Gap[] = [];
  return {
    add(from, to, cause) {
      const last = gaps.at(-1);
      if (last && last.to + 1 === from && last.cause === cause) {
        gaps[gaps.length - 1] = { ...last, to };
      } else {
        gaps.push({ from, to, cause });
      }
    },
    take() {
      const drafts = gaps.map(({ from, to, cause }) => ({
        type: auditGapV1.key,
        context,
        body: auditGapV1.toWire({
          writerId: writer.id,
          boot: writer.boot,
          fromN: from,
          toN: to,
          count: to - from + 1,
          cause,
        }),
      }));
      gaps = [];
      return drafts;
    },
  };
}
