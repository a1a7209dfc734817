import { type LogRange, type RangeOptions, replayRange } from '@spanforge/policy-rollout';
import { lineOf } from './decision-lines.js';
import type { RangeOfLines } from './replay-messages.js';

/** Replays one range of a log, and writes its decisions as lines of the report. */
export async function replayLines(
  range: LogRange,
  options: Omit<RangeOptions, 'onDecision'>,
): Promise<RangeOfLines> {
  const parts: Uint8Array[] = [];
  let waiting = '';
  const flush = (): void => {
    parts.push(Buffer.from(waiting));
    waiting = '';
  };
  const onDecision: RangeOptions['onDecision'] = (decision) => {
    waiting += lineOf(decision);
    if (waiting.length > FLUSH_LENGTH) flush();
  };
  const replayed = await replayRange(range, { ...options, onDecision });
  flush();
  // Not of Buffer's shared memory: it is handed to another thread.
  const lines = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    lines.set(part, at);
    at += part.length;
  }
  return { ...replayed, lines };
}

const FLUSH_LENGTH = 256 * 1024;
