import { spanV1 } from '@spanforge/core-events/records';
import { sha256, toHex } from '@spanforge/core-signing';
import { GateError } from '../error.js';
import type { ExecutorInput, GateInput } from '../executor.js';
import { insideRoot } from '../files/inside.js';
import { logWindow } from '../trust/window.js';
import { readTraceDurations } from './read-traces.js';

/** Measured durations and their source. */
export interface Measured {
  readonly durations: readonly number[];
  readonly source: 'log' | 'traces';
  readonly inputs: readonly GateInput[];
}

/**
 * Durations of the project's spans: from the file of traces, if one is named, or else from the log.
 */
export async function measure(
  input: ExecutorInput,
  {
    traces,
    windowHours,
    kind,
  }: {
    readonly traces?: string | undefined;
    readonly windowHours: number;
    readonly kind?: string | undefined;
  },
): Promise<Measured> {
  if (traces !== undefined) {
    const path = insideRoot(input.services.root, traces);
    const { durations, bytes } = await readTraceDurations(path);
    return {
      durations,
      source: 'traces',
      inputs: [{ name: traces, sha256: toHex(sha256(bytes)) }],
    };
  }
  const durations: number[] = [];
  for await (const { body } of logWindow(input, [spanV1.key], windowHours * 3_600_000)) {
    const span = spanV1.fromWire(body);
    if (kind === undefined || span.kind === kind) durations.push(span.durationMs);
  }
  return { durations, source: 'log', inputs: [] };
}

/** Runs two commands alternately, so that whatever slows the machine slows both. */
export async function measureInterleaved(
  { services, signal }: ExecutorInput,
  {
    baseline,
    candidate,
    rounds,
  }: {
    readonly baseline: readonly string[];
    readonly candidate: readonly string[];
    readonly rounds: number;
  },
): Promise<{ readonly baseline: readonly number[]; readonly candidate: readonly number[] }> {
  const times: { readonly baseline: number[]; readonly candidate: number[] } = {
    baseline: [],
    candidate: [],
  };
  const time = async (side: 'baseline' | 'candidate', command: readonly string[]) => {
    const started = services.monotonic();
    const { exitCode } = await services.runCommand(command, { cwd: services.root, signal });
    if (exitCode !== 0) {
      throw new GateError('GATE_INPUT_INVALID', `the ${side} command exited with ${exitCode}`);
    }
    times[side].push(services.monotonic() - started);
  };
  for (let round = 0; round < rounds; round += 1) {
    const order =
      round % 2 === 0 ? (['baseline', 'candidate'] as const) : (['candidate', 'baseline'] as const);
    for (const side of order) await time(side, side === 'baseline' ? baseline : candidate);
  }
  return times;
}
