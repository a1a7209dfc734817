import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { type GateArguments, withGate } from './gate-service.js';

interface BaselineArguments extends GateArguments {
  readonly traces?: string;
  readonly path?: string;
  readonly type?: string;
}

/**
 * `spanforge gate baseline update GATE`: sets a baseline; signed if there are keys, and recorded.
 */
export async function updateBaseline(
  io: CommandIo,
  options: BaselineArguments,
  gateId: string,
): Promise<CommandResult> {
  const { traces, path, type, projectId } = options;
  const updated = await withGate(io, options, (gate) =>
    gate.updateBaseline(gateId, {
      ...(traces === undefined ? {} : { traces }),
      ...(path === undefined ? {} : { path }),
      ...(type === undefined ? {} : { type }),
      ...(projectId === undefined ? {} : { projectId }),
    }),
  );
  const { p99LatencyMs, meanCost, spans } = updated;
  const came =
    p99LatencyMs === undefined
      ? `mean cost ${meanCost?.toPrecision(6)}`
      : `p99 ${p99LatencyMs.toFixed(1)} ms`;
  return {
    exitCode: EXIT.ok,
    text: `baseline of ${gateId}: ${spans} spans, ${came}\n${updated.path}`,
    json: {
      ...{ path: updated.path, spans },
      ...(p99LatencyMs === undefined ? { mean_cost: meanCost } : { p99_latency_ms: p99LatencyMs }),
    },
  };
}
