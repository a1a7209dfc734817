import { resolve } from 'node:path';
import { fromUtf8 } from '@spanforge/core-signing';
import {
  createCheckpointCosigner,
  createHttpWitnessTransport,
  type DisclosureFilter,
  type ExportOptions,
  type LogDamage,
  OperatorError,
  type WitnessAnswer,
} from '@spanforge/operator';
import { writePackage } from '@spanforge/operator/node';
import type { StateOption } from '../command.js';
import { readText } from '../files/read.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import type { WorkspaceConfig } from '../workspace/config.js';
import { egressOf } from '../workspace/egress.js';
import { withEvidence } from './with-workspace.js';
import { workspaceOperator } from './workspace-operator.js';

/** What `spanforge operator export` is told. */
export interface ExportArguments extends StateOption {
  readonly output: string;
  readonly disclose: string;
  readonly since?: string;
  /** The URL of a time-stamping authority. */
  readonly tsa?: string;
  /** A file that says which witnesses are asked, and how many are needed. */
  readonly witnessPolicy?: string;
}

/** Asks the authority for a time stamp, as far as the workspace's egress rule lets it. */
async function stampBy(
  url: string | undefined,
  config: WorkspaceConfig,
): Promise<Pick<ExportOptions, 'stamp'>> {
  if (url === undefined) return {};
  const { createCheckpointStamper, createHttpTimestampAuthority } = await import(
    '@spanforge/operator/timestamp'
  );
  const { fetch } = egressOf(config);
  return {
    stamp: createCheckpointStamper({ authority: createHttpTimestampAuthority({ url, fetch }) }),
  };
}

/** Asks the witnesses of a policy, as far as the workspace's egress rule lets it. */
function cosignBy(
  policy: string | undefined,
  config: WorkspaceConfig,
  onAnswer: (answer: WitnessAnswer) => void,
): Pick<ExportOptions, 'cosign'> {
  if (policy === undefined) return {};
  const transport = createHttpWitnessTransport({ fetch: egressOf(config).fetch });
  return { cosign: createCheckpointCosigner({ policy, transport, onAnswer }) };
}

const witnessLine = (answer: WitnessAnswer): string =>
  `witness  ${answer.name}: ${answer.ok ? 'cosigned' : `NOT COSIGNED (${answer.reason})`}`;

function disclosureFilter(names: string): DisclosureFilter {
  if (names === 'all') return () => true;
  const shown = new Set(names === 'none' ? [] : names.split(','));
  return (_record, name) => shown.has(name);
}

/** Says which file it was that could not be written. */
function nameFile(error: unknown, file: string): unknown {
  if (!OperatorError.is(error)) return error;
  const { code, message, details } = error;
  return new OperatorError(code, `${file}: ${message}`, {
    details: { ...details, file },
    cause: error,
  });
}

function countLines(bytes: Uint8Array | undefined): number {
  return fromUtf8(bytes ?? new Uint8Array()).split('\n').length - 1;
}

const restsOn = ({ size }: LogDamage): string =>
  `the package rests on the checkpoint of size ${size}, from before, and says nothing of what came later`;

/** `spanforge operator export TRACE --output PATH`: signs a checkpoint, and the package. */
export async function operatorExport(
  io: CommandIo,
  options: ExportArguments,
  traceId: string,
): Promise<CommandResult> {
  const output = resolve(io.cwd, options.output);
  const since =
    options.since === undefined ? {} : { since: await readText(resolve(io.cwd, options.since)) };
  const { witnessPolicy: policyFile } = options;
  const policy = policyFile && (await readText(resolve(io.cwd, policyFile)));
  const witnesses: WitnessAnswer[] = [];
  const disclose = disclosureFilter(options.disclose);
  let damage: LogDamage | undefined;
  const onDamaged = (found: LogDamage): void => {
    damage = found;
  };
  const evidence = await withEvidence(io, options.state, async (workspace) => {
    const stamp = await stampBy(options.tsa, workspace.config);
    const cosign = cosignBy(policy, workspace.config, (answer) => witnesses.push(answer));
    const how = { disclose, onDamaged, ...since, ...stamp, ...cosign };
    return workspaceOperator(workspace).exportPackage({ traceId }, how);
  });
  await writePackage(output, evidence).catch((error) => {
    throw nameFile(error, output);
  });
  const records = countLines(evidence.get('records.jsonl'));
  const none = records === 0;
  witnesses.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    exitCode: none || damage ? EXIT.incomplete : EXIT.ok,
    text: [
      ...(damage ? [`log      DAMAGED (${damage.reason}): ${restsOn(damage)}`] : []),
      `package  ${output}`,
      `records  ${records}${none ? ' (no evidence of this trace)' : ''}`,
      ...witnesses.map(witnessLine),
    ].join('\n'),
    json: {
      package: output,
      trace_id: traceId,
      records,
      outcome: none ? 'no_evidence' : 'exported',
      ...(damage ? { damaged: { ...damage } } : {}),
      ...(policy === undefined ? {} : { witnesses }),
    },
  };
}
