import {
  type EvidenceReader,
  OUTCOMES,
  type Outcome,
  type RecordQuery,
  readRecords,
  strictness,
} from '@spanforge/core-events';
import { executionEndedV1 } from '@spanforge/core-events/records';
import type { StateOption } from '../command.js';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { formatTable } from '../output/table.js';
import { toWire } from '../output/wire.js';
import { timeOption } from './lint.js';
import { withEvidence } from './with-workspace.js';

const PAGE = 1000;

/** What `spanforge operator list` is told; every given part must hold of one call of a trace. */
export interface ListArguments extends StateOption {
  readonly tool?: string;
  readonly outcome?: string;
  readonly agent?: string;
  readonly actor?: string;
  readonly run?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: string;
}

/** A trace as a list shows it, of the calls that fit. */
export interface ListedTrace {
  readonly traceId: string;
  /** RFC 3339, UTC: of the last call that fits. */
  readonly lastTime: string;
  readonly calls: number;
  /** The strictest of them. */
  readonly outcome: Outcome;
  /** What became of the last one. */
  readonly lastStatus: string;
  readonly tools: readonly string[];
  readonly agents: readonly string[];
  readonly actors: readonly string[];
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

function queryOf(options: ListArguments): RecordQuery {
  const { outcome, run, from, to, tool, agent, actor } = options;
  return {
    types: [executionEndedV1.key],
    ...(run === undefined ? {} : { run }),
    ...(tool === undefined ? {} : { tool }),
    ...(agent === undefined ? {} : { agent }),
    ...(actor === undefined ? {} : { actor }),
    ...(outcome === undefined ? {} : { outcome: outcomeOption(outcome) }),
    ...(from === undefined ? {} : { fromTimeMs: timeOption('--from', from) }),
    ...(to === undefined ? {} : { toTimeMs: timeOption('--to', to) }),
  };
}

/** The traces of the newest calls that fit, newest first, and whether there are more. */
async function newestTraces(
  reader: EvidenceReader,
  options: ListArguments,
  limit: number,
): Promise<{ readonly traceIds: readonly string[]; readonly more: boolean }> {
  const traceIds = new Set<string>();
  const query = queryOf(options);
  let cursor: number | undefined;
  do {
    const from = cursor === undefined ? {} : { cursor };
    const page = await reader.query({ ...query, ...from, newestFirst: true, limit: PAGE });
    for (const record of page.records) {
      if (traceIds.has(record.context.traceId)) continue;
      if (traceIds.size === limit) return { traceIds: [...traceIds], more: true };
      traceIds.add(record.context.traceId);
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return { traceIds: [...traceIds], more: false };
}

const strictest = (outcomes: readonly Outcome[]): Outcome =>
  outcomes.reduce((one, other) => (strictness(other) > strictness(one) ? other : one), 'allow');

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];

async function summarise(
  reader: EvidenceReader,
  options: ListArguments,
  traceId: string,
): Promise<readonly ListedTrace[]> {
  const fitting = await readRecords(reader, { ...queryOf(options), traceId });
  const last = fitting.at(-1);
  if (last === undefined) return [];
  const ended = fitting.map(({ body }) => executionEndedV1.fromWire(body));
  return [
    {
      traceId,
      lastTime: last.time,
      calls: fitting.length,
      outcome: strictest(ended.map(({ outcome }) => outcome)),
      lastStatus: ended.at(-1)?.status ?? '',
      tools: distinct(ended.map(({ tool }) => tool)),
      agents: distinct(fitting.map(({ context }) => context.agent)),
      actors: distinct(fitting.map(({ context }) => context.actor)),
    },
  ];
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

/** `spanforge operator list`: traces by tool, outcome, agent, actor, run and time, newest first. */
export async function operatorList(io: CommandIo, options: ListArguments): Promise<CommandResult> {
  const limit = countOption('--limit', options.limit);
  const { traces, more } = await withEvidence(io, options.state, async ({ log }) => {
    const { traceIds, more } = await newestTraces(log, options, limit);
    const traces: ListedTrace[] = [];
    for (const traceId of traceIds) traces.push(...(await summarise(log, options, traceId)));
    return { traces, more };
  });
  const table = traces.length === 0 ? 'no traces' : formatTable(COLUMNS, traces.map(rowOf));
  return {
    exitCode: EXIT.ok,
    text: more ? `${table}\n(there are more: raise --limit)` : table,
    json: toWire({ traces, more }),
  };
}
