import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { type GateArguments, withGate } from './gate-service.js';

interface BaselineArguments extends GateArguments {
  readonly traces?: string;
  readonly path?: string;
}

/** `spanforge gate baseline update GATE`: explicit, signed where there are keys, and recorded. */
export async function updateBaseline(
  io: CommandIo,
  options: BaselineArguments,
  gateId: string,
): Promise<CommandResult> {
  const { traces, path, projectId } = options;
  const updated = await withGate(io, options, (gate) =>
    gate.updateBaseline(gateId, {
      ...(traces === undefined ? {} : { traces }),
      ...(path === undefined ? {} : { path }),
      ...(projectId === undefined ? {} : { projectId }),
    }),
  );
  return {
    exitCode: EXIT.ok,
    text: `baseline of ${gateId}: ${updated.spans} spans, p99 ${updated.p99LatencyMs.toFixed(1)} ms\n${updated.path}`,
    json: { path: updated.path, spans: updated.spans, p99_latency_ms: updated.p99LatencyMs },
  };
}
