import { resolve } from 'node:path';
import { type EvidenceReader, readRecords } from '@spanforge/core-events';
import { executionEndedV1, executionStartedV1 } from '@spanforge/core-events/records';
import {
  createLineage,
  type GraphStep,
  graphOf,
  type LineageGraph,
  type LineageRecord,
  stepsOfCalls,
  toMermaid,
  toOpenLineage,
  toProvJson,
  toSvg,
} from '@spanforge/lineage';
import { type AddCommands, addTenantCommand, type TenantOption } from '../command.js';
import { CliError } from '../error.js';
import { writeWhole } from '../files/write.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { formatTable } from '../output/table.js';
import type { Workspace } from '../workspace/workspace.js';
import { seenBy, withEvidence } from './with-workspace.js';

interface GraphArguments extends TenantOption {
  readonly format: string;
  readonly output?: string;
}

interface TraceLineage {
  readonly records: readonly LineageRecord[];
  readonly graph: LineageGraph;
}

const WRITERS: Readonly<Record<string, (trace: TraceLineage) => string>> = {
  svg: ({ graph }) => toSvg(graph),
  mermaid: ({ graph }) => toMermaid(graph),
  prov: ({ records }) => `${JSON.stringify(toProvJson(records), null, 2)}\n`,
  openlineage: ({ records }) =>
    toOpenLineage(records)
      .map((event) => `${JSON.stringify(event)}\n`)
      .join(''),
};

async function readTrace(
  workspace: Workspace,
  options: TenantOption,
  traceId: string,
): Promise<TraceLineage> {
  const log = await seenBy(workspace, options);
  const { tenant = workspace.config.tenant } = options;
  const lineage = createLineage({ recorder: log, reader: log });
  const records = await lineage.listForTrace(traceId, { tenant });
  return { records, graph: graphOf(records, await stepsWithAncestors(log, { traceId, tenant })) };
}

/**
 * The calls of a trace, and the calls of the same run from which they follow, since labels cross
 * traces.
 */
async function stepsWithAncestors(
  log: EvidenceReader,
  { traceId, tenant }: { readonly traceId: string; readonly tenant: string },
): Promise<readonly GraphStep[]> {
  const own = await readRecords(log, { traceId, tenant });
  const ownSteps = stepsOfCalls(own);
  if (ownSteps.every(({ follows }) => (follows ?? []).length === 0)) return ownSteps;
  const runs = [...new Set(own.map(({ context }) => context.run))];
  const types = [executionStartedV1.key, executionEndedV1.key];
  const around = await Promise.all(runs.map((run) => readRecords(log, { run, tenant, types })));
  const known = new Map(stepsOfCalls(around.flat()).map((step) => [step.id, step]));
  const kept = new Map(ownSteps.map((step) => [step.id, step]));
  for (const { follows } of kept.values()) {
    for (const id of follows ?? []) {
      const step = known.get(id);
      if (step !== undefined && !kept.has(id)) kept.set(id, step);
    }
  }
  return [...kept.values()];
}

const MODE = /^(.*):(context|exact|partial)$/;

/** `untrusted (context, exact)`: a label and how it was propagated. */
function showLabels(labels: readonly string[]): string {
  const plain = labels.filter((label) => !MODE.test(label));
  const shown = plain.map((label) => {
    const modes = labels.flatMap((one) =>
      MODE.exec(one)?.[1] === label ? [MODE.exec(one)?.[2]] : [],
    );
    return modes.length === 0 ? label : `${label} (${modes.join(', ')})`;
  });
  return shown.join(', ');
}

const COLUMNS = ['kind', 'name', 'labels', 'from'].map((title) => ({ title }));

function describe({ nodes, edges, faults }: LineageGraph): string {
  const titles = new Map(nodes.map(({ id, title }) => [id, title]));
  const before = (id: string): string =>
    edges
      .filter(({ to }) => to === id)
      .map(({ from }) => titles.get(from) ?? from)
      .join(', ');
  const rows = nodes.map(({ id, kind, title, labels }) => [
    kind,
    title,
    showLabels(labels),
    before(id),
  ]);
  const told = faults.map(({ code, nodes: at }) => `${code}: ${at.join(', ')}`);
  return [formatTable(COLUMNS, rows), ...told].join('\n');
}

/** `spanforge lineage graph TRACE`: the data flow of a trace, with its labels. */
export async function lineageGraph(
  io: CommandIo,
  options: GraphArguments,
  traceId: string,
): Promise<CommandResult> {
  const { format, output } = options;
  const write = WRITERS[format];
  if (format !== 'table' && write === undefined) {
    throw new CliError('CLI_USAGE', '--format: expected table, svg, mermaid, prov or openlineage');
  }
  const trace = await withEvidence(io, options.state, (workspace) =>
    readTrace(workspace, options, traceId),
  );
  const { nodes, edges, faults } = trace.graph;
  const json = { trace_id: traceId, nodes, edges, faults };
  const empty = nodes.length === 0;
  const exitCode = empty ? EXIT.incomplete : faults.length > 0 ? EXIT.failed : EXIT.ok;
  const text = empty
    ? 'nothing is on record for this trace'
    : (write ?? (() => describe(trace.graph)))(trace).trimEnd();
  if (output === undefined || empty) return { exitCode, text, json };
  await writeWhole(resolve(io.cwd, output), `${text}\n`);
  return { exitCode, text: `written  ${output}`, json: { ...json, output } };
}

/** `lineage graph`. */
export const addLineageCommands: AddCommands = (root, act) => {
  const lineage = root
    .command('lineage')
    .description('show where data came from and where it went');
  addTenantCommand(lineage, 'graph <trace>', 'show the data flow of a trace, with its labels')
    .option('--format <format>', 'the format: table, svg, mermaid, prov or openlineage', 'table')
    .option('--output <file>', 'write to this file instead of stdout')
    .action(act(lineageGraph));
};
