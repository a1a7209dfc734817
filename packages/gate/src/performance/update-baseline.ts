import { formatTime } from '@spanforge/core-events';
import { sha256, toHex, utf8 } from '@spanforge/core-signing';
import { writeWhole } from '../artifact/write-new.js';
import { GateError } from '../error.js';
import type { GateServices } from '../executor.js';
import { insideRoot } from '../files/inside.js';
import { GATE_ID, gateDefinition } from '../pipeline/definition.js';
import { ascending, quantile } from '../statistics/quantile.js';
import { keepEvenly, sealBaseline } from './baseline.js';
import { defaultBaselinePath, performanceOptions } from './executor.js';
import { measure } from './measure.js';

/** Measures as the gate does, and stores what it measured as what it compares with from now on. */
export async function updateBaseline(
  gateId: string,
  services: GateServices,
  { traces, path }: { readonly traces?: string; readonly path?: string },
) {
  if (!GATE_ID.test(gateId)) throw new GateError('GATE_OPTIONS_INVALID', 'not the id of a gate');
  const { window_hours: windowHours, min_spans: least } = performanceOptions.parse({});
  const gate = gateDefinition.parse({ id: gateId, type: 'performance_regression' });
  const signal = new AbortController().signal;
  const { durations } = await measure({ gate, services, signal }, { traces, windowHours });
  const sorted = ascending(durations);
  if (sorted.length < least || new Set(sorted).size < 2) {
    const why = `a baseline needs at least ${least} spans that differ; there are ${sorted.length}`;
    throw new GateError('GATE_BASELINE_INVALID', why, { details: { spans: sorted.length } });
  }
  const text = await sealBaseline(
    {
      v: 'spanforge.gate-baseline.v1',
      gate_id: gateId,
      created: formatTime(services.clock()),
      spans: sorted.length,
      durations_ms: [...keepEvenly(sorted)],
    },
    services.keys,
  );
  const shown = path ?? defaultBaselinePath(gateId);
  await writeWhole(insideRoot(services.root, shown), utf8(text), { replace: true });
  const p99LatencyMs = quantile(sorted, 0.99);
  return {
    ...{ path: shown, spans: sorted.length, p99LatencyMs },
    draft: {
      ...{ kind: 'baseline' as const, gateId, gateType: 'performance_regression' },
      reason: `the baseline of ${gateId} was set from ${sorted.length} spans`,
      metrics: { spans: sorted.length, p99_latency_ms: p99LatencyMs },
      inputSha256: toHex(sha256(utf8(text))),
    },
  };
}
