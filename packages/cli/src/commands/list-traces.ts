import { OUTCOMES, type Outcome } from '@spanforge/core-events';
import type { ListedTrace, TraceQuery } from '@spanforge/operator';
import type { TenantOption } from '../command.js';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { formatTable } from '../output/table.js';
import { toWire } from '../output/wire.js';
import { timeOption } from './lint.js';
import { seenBy, withEvidence } from './with-workspace.js';
import { workspaceOperator } from './workspace-operator.js';

/**
 * Options of `spanforge operator list`; a trace is listed if one of its calls meets all conditions.
 */
export interface ListArguments extends TenantOption {
  readonly trace?: string;
  readonly rule?: string;
  readonly subject?: string;
  readonly tool?: string;
  readonly outcome?: string;
  readonly agent?: string;
  readonly actor?: string;
  readonly run?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: string;
}

function countOption(option: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0 && count <= 10_000) return count;
  throw new CliError('CLI_USAGE', `${option}: expected a positive integer up to 10000`);
}

function outcomeOption(text: string): Outcome {
  const outcome = OUTCOMES.find((one) => one === text);
  if (outcome !== undefined) return outcome;
  throw new CliError('CLI_USAGE', `--outcome: expected ${OUTCOMES.join(', ')}`);
}

function queryOf(options: ListArguments): TraceQuery {
  const { trace, outcome, run, from, to, tool, agent, actor, rule, subject } = options;
  return {
    limit: countOption('--limit', options.limit),
    ...(trace === undefined ? {} : { traceId: trace }),
    ...(run === undefined ? {} : { run }),
    ...(tool === undefined ? {} : { tool }),
    ...(agent === undefined ? {} : { agent }),
    ...(actor === undefined ? {} : { actor }),
    ...(rule === undefined ? {} : { rule }),
    ...(subject === undefined ? {} : { subject }),
    ...(outcome === undefined ? {} : { outcome: outcomeOption(outcome) }),
    ...(from === undefined ? {} : { fromTimeMs: timeOption('--from', from) }),
    ...(to === undefined ? {} : { toTimeMs: timeOption('--to', to) }),
  };
}

const COLUMNS = ['trace', 'last call', 'calls', 'outcome', 'last', 'tools', 'agent', 'actor'].map(
  (title) => (title === 'calls' ? { title, align: 'right' as const } : { title }),
);

const rowOf = (trace: ListedTrace): readonly string[] => [
  trace.traceId,
  trace.lastTime,
  String(trace.calls),
  trace.outcome,
  trace.lastStatus,
  trace.tools.join(', '),
  trace.agents.join(', '),
  trace.actors.join(', '),
];

/** `spanforge operator list`: finds traces by tool, outcome, place, time and rule. */
export async function operatorList(io: CommandIo, options: ListArguments): Promise<CommandResult> {
  const query = queryOf(options);
  const { traces, more, broken } = await withEvidence(io, options.state, async (workspace) =>
    workspaceOperator(workspace, await seenBy(workspace, options)).listTraces(query),
  );
  const table = traces.length === 0 ? 'no traces' : formatTable(COLUMNS, traces.map(rowOf));
  const faults = (broken ?? []).map(
    ({ index, reason }) => `record ${index} is passed over: ${reason}; see "audit fsck"`,
  );
  const rest = [...(more ? ['(there are more: raise --limit)'] : []), ...faults];
  return {
    exitCode: broken ? EXIT.failed : EXIT.ok,
    text: [table, ...rest].join('\n'),
    json: toWire({ traces, more, ...(broken ? { broken } : {}) }),
  };
}
