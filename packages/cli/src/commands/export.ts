import { resolve } from 'node:path';
import type { EvidencePage } from '@spanforge/core-events';
import { freezeAdvice } from '@spanforge/core-events/log';
import { fromUtf8 } from '@spanforge/core-signing';
import {
  type DisclosureFilter,
  type LogDamage,
  OperatorError,
  type PackageSelection,
} from '@spanforge/operator';
import { writePackage } from '@spanforge/operator/node';
import type { TenantOption } from '../command.js';
import { readText } from '../files/read.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import type { Workspace } from '../workspace/workspace.js';
import { type OutsiderArguments, readOutsiders } from './outsiders.js';
import { seenBy, withEvidence } from './with-workspace.js';
import { workspaceOperator } from './workspace-operator.js';

/** Options of `spanforge operator export`. */
export interface ExportArguments extends TenantOption, OutsiderArguments {
  readonly output: string;
  readonly disclose: string;
  readonly since?: string;
}

function disclosureFilter(names: string): DisclosureFilter {
  if (names === 'all') return () => true;
  const shown = new Set(names === 'none' ? [] : names.split(','));
  return (_record, name) => shown.has(name);
}

/** Adds the name of the file that could not be written. */
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

const restsOn = ({ size, reason }: LogDamage): string =>
  `the package rests on the checkpoint of size ${size}, from before, and says nothing of what came later: ${freezeAdvice(reason)}`;

/** A trace, or the part of it that a tenant and its project may see. */
async function selectionOf(
  workspace: Workspace,
  options: ExportArguments,
  traceId: string,
): Promise<PackageSelection> {
  const { tenant, project } = options;
  const seen = await seenBy(workspace, options);
  if (tenant === undefined) return { traceId };
  if (project === undefined) return { query: { traceId, tenant } };
  // A package belongs to one project: that of the first visible record of the trace.
  for (let cursor: number | undefined = 0; cursor !== undefined; ) {
    const page: EvidencePage = await seen.query({ traceId, cursor });
    const [first] = page.records;
    if (first) return { query: { traceId, tenant, project: first.context.project } };
    cursor = page.next;
  }
  return { query: { traceId, tenant, project } };
}

/** `spanforge operator export TRACE --output PATH`: signs a checkpoint and the package. */
export async function operatorExport(
  io: CommandIo,
  options: ExportArguments,
  traceId: string,
): Promise<CommandResult> {
  const output = resolve(io.cwd, options.output);
  const since =
    options.since === undefined ? {} : { since: await readText(resolve(io.cwd, options.since)) };
  const outsiders = await readOutsiders(io, options);
  const disclose = disclosureFilter(options.disclose);
  let damage: LogDamage | undefined;
  const onDamaged = (found: LogDamage): void => {
    damage = found;
  };
  const evidence = await withEvidence(io, options.state, async (workspace) => {
    const asked = await outsiders.options(workspace.config);
    const how = { disclose, onDamaged, ...since, ...asked };
    const selection = await selectionOf(workspace, options, traceId);
    return workspaceOperator(workspace).exportPackage(selection, how);
  });
  await writePackage(output, evidence).catch((error) => {
    throw nameFile(error, output);
  });
  const records = countLines(evidence.get('records.jsonl'));
  const none = records === 0;
  return {
    exitCode: none || damage ? EXIT.incomplete : EXIT.ok,
    text: [
      ...(damage ? [`log      DAMAGED (${damage.reason}): ${restsOn(damage)}`] : []),
      `package  ${output}`,
      `records  ${records}${none ? ' (no evidence of this trace)' : ''}`,
      ...outsiders.lines(),
    ].join('\n'),
    json: {
      package: output,
      trace_id: traceId,
      records,
      outcome: none ? 'no_evidence' : 'exported',
      ...(damage ? { damaged: { ...damage } } : {}),
      ...outsiders.json(),
    },
  };
}
