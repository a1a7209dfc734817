import type { RecordDraft } from '@spanforge/core-events';
import { spanV1 } from '@spanforge/core-events/records';
import type { OpenCall } from '../model/open-call.js';
import type { SpanOptions } from '../model/span.js';

/** How the tool of a call ended. */
export interface SpanEnd {
  readonly kind: 'completed' | 'streamed' | 'failed' | 'cancelled' | 'timed_out';
  readonly durationMs: number;
  readonly errorName: string | undefined;
  readonly value: unknown;
}

const STATUS = {
  completed: 'ok',
  streamed: 'ok',
  failed: 'error',
  cancelled: 'cancelled',
  timed_out: 'timed_out',
} as const;

/** A host's function that fails measures nothing, and does not fail the call. */
function measured<Value>(measure: () => Value): Value | undefined {
  try {
    return measure();
  } catch {
    return undefined;
  }
}

/** The span of a call whose tool ran. */
export function spanRecord(
  { call }: OpenCall,
  { cost, hriCritical }: SpanOptions,
  { kind, durationMs, errorName, value }: SpanEnd,
): RecordDraft {
  const { context, mode, tool, callId } = call;
  const spent = measured(() => cost?.(call, value));
  const isCost = spent !== undefined && Number.isFinite(spent.amount) && spent.amount >= 0;
  const critical = measured(() => hriCritical?.(call));
  const body = spanV1.toWire({
    kind: 'tool',
    name: tool,
    callId,
    durationMs,
    status: STATUS[kind],
    errorName,
    ...(isCost ? { cost: spent.amount, costCurrency: spent.currency } : {}),
    ...(typeof critical === 'boolean' ? { hriCritical: critical } : {}),
  });
  const draft = { type: spanV1.key, context, body };
  return mode === 'shadow' ? { ...draft, mode } : draft;
}
