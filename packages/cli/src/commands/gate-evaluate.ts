import { resolve } from 'node:path';
import {
  artifactToWire,
  type GateArtifact,
  type OnFail,
  SFGatePipelineError,
} from '@spanforge/gate';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { type GateArguments, withGate } from './gate-service.js';

/** Options of `gate evaluate`. */
export interface GateEvaluateArguments extends GateArguments {
  readonly payload?: string;
  readonly command?: string;
  readonly with?: string;
  readonly passCondition?: string;
  readonly suppressions?: string;
  readonly onFail?: string;
}

function onFailOf(text: string | undefined): OnFail {
  if (text === undefined || text === 'block') return 'block';
  if (text === 'warn' || text === 'report') return text;
  throw new CliError('CLI_USAGE', '--on-fail: expected block, warn or report');
}

function optionsOf(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Reported below, as for any other text.
  }
  throw new CliError('CLI_USAGE', '--with: expected a JSON object');
}

function resultOf(artifact: GateArtifact): CommandResult {
  const { gateId, verdict, reason, blocking, findings, findingCount, metrics } = artifact;
  const shown = findings.slice(0, 20).map(({ file = '', line, message }) => {
    const place = file === '' ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
    return `  ${place}${message}`;
  });
  const more = findingCount - shown.length;
  return {
    exitCode: blocking ? EXIT.failed : EXIT.ok,
    text: [
      `${verdict}  ${gateId}  ${reason}`,
      ...shown,
      ...(more > 0 && shown.length > 0 ? [`  and ${more} more`] : []),
      ...Object.entries(metrics)
        .filter(([, value]) => !Array.isArray(value))
        .map(([name, value]) => `  ${name} = ${String(value)}`),
    ].join('\n'),
    json: artifactToWire(artifact),
  };
}

/** `spanforge gate evaluate GATE`: runs one gate. */
export async function evaluateGate(
  io: CommandIo,
  options: GateEvaluateArguments,
  name: string,
): Promise<CommandResult> {
  const { payload, command, passCondition, projectId, suppressions } = options;
  const given = {
    ...{ onFail: onFailOf(options.onFail), with: optionsOf(options.with) },
    ...(command === undefined ? {} : { command }),
    ...(passCondition === undefined ? {} : { passCondition }),
    ...(projectId === undefined ? {} : { projectId }),
    ...(suppressions === undefined ? {} : { suppressions }),
  };
  // Only schema gates accept files from anywhere; what other gates scan must be below the working
  // folder.
  const schema = /^schema[-_]/.test(name) && payload !== undefined;
  const path = schema ? resolve(io.cwd, payload) : payload;
  return resultOf(await withGate(io, options, (gate) => gate.evaluate(name, path, given)));
}

/** `spanforge gate trust-gate`: the composite trust gate over the evidence log. */
export async function runTrustGate(io: CommandIo, options: GateArguments): Promise<CommandResult> {
  const { projectId } = options;
  return withGate(io, options, async (gate) => {
    try {
      return resultOf(await gate.trustGate(projectId === undefined ? {} : { projectId }));
    } catch (error) {
      const [artifact] = error instanceof SFGatePipelineError ? error.run.artifacts : [];
      if (artifact === undefined) throw error;
      return resultOf(artifact);
    }
  });
}
