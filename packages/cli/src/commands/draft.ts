import { join, resolve } from 'node:path';
import type { JsonValue } from '@spanforge/core-signing';
import {
  type DraftRun,
  type DraftSummary,
  draftPolicy,
  parseToolSchemas,
} from '@spanforge/policy-workbench/draft';
import { CliError } from '../error.js';
import { exists, readText } from '../files/read.js';
import { makePrivateFolder, writeWhole } from '../files/write.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { createProgress } from '../output/progress.js';
import { formatTable } from '../output/table.js';
import { readRuns } from '../runs/read-runs.js';
import { userTexts } from '../runs/user-texts.js';
import { countOption } from './compare.js';
import { timeOption } from './lint.js';

/** Options of `spanforge policy draft`. */
export interface DraftArguments {
  readonly runs: string;
  readonly output: string;
  readonly tools?: string;
  readonly effectiveAt?: string;
  readonly shadowDays?: string;
  readonly minObservations?: string;
  readonly policyId?: string;
  readonly environment?: string;
  readonly agent?: string;
}

const DAY_MS = 86_400_000;
const MAX_TOOLS_BYTES = 16 * 1024 * 1024;
const FILES = { manifest: 'manifest.yaml', bundle: 'bundle.yaml', cases: 'bundle.cases.yaml' };

async function readAllRuns(io: CommandIo, file: string): Promise<readonly DraftRun[]> {
  const progress = createProgress('runs', io.stderr);
  const runs: DraftRun[] = [];
  let size = 0;
  try {
    const onSize = (bytes: number): void => {
      size = bytes;
    };
    for await (const { id, calls, messages, offset } of readRuns(file, { onSize })) {
      runs.push({ id, calls, said: userTexts(messages) });
      progress.update(offset, size);
    }
  } finally {
    progress.end();
  }
  return runs;
}

async function readTools(file: string) {
  const text = await readText(file, MAX_TOOLS_BYTES);
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CliError('CLI_INPUT_INVALID', `${file}: not JSON`, { details: { file }, cause });
  }
  return parseToolSchemas(value);
}

/** Times of a bundle have no milliseconds if these are zero. */
const instantOf = (time: number): string => new Date(time).toISOString().replace('.000Z', 'Z');

function times({ effectiveAt, shadowDays = '90' }: DraftArguments) {
  const from =
    effectiveAt === undefined
      ? Math.floor(Date.now() / DAY_MS) * DAY_MS
      : timeOption('--effective-at', effectiveAt);
  const until = from + countOption('--shadow-days', shadowDays) * DAY_MS;
  return { effectiveAt: instantOf(from), shadowUntil: instantOf(until) };
}

function textOf(folder: string, { tools, unseen, ...counts }: DraftSummary): string {
  return [
    formatTable(
      [
        { title: 'tool' },
        { title: 'effect' },
        { title: 'calls', align: 'right' },
        { title: 'rules', align: 'right' },
        { title: 'for a person', align: 'right' },
      ],
      tools.map((tool) => [
        tool.name,
        tool.effect,
        ...[tool.calls, tool.rules, tool.reviews].map(String),
      ]),
    ),
    ...(unseen.length === 0 ? [] : [`never called, denied: ${unseen.join(', ')}`]),
    '',
    `${counts.rules} rules in the shadow and ${counts.cases} cases, from ${counts.calls} calls of ${counts.runs} runs`,
    `marked REVIEW: ${counts.reviews}`,
    ...Object.values(FILES).map((file) => `wrote ${join(folder, file)}`),
  ].join('\n');
}

/** `spanforge policy draft`: writes three files to a new folder, drafted from recorded runs. */
export async function policyDraft(io: CommandIo, options: DraftArguments): Promise<CommandResult> {
  const { policyId, environment, agent: agentId, minObservations: minimum } = options;
  const folder = resolve(io.cwd, options.output);
  if (await exists(folder)) {
    throw new CliError('CLI_FILE_UNWRITABLE', `${folder}: already exists`, {
      details: { file: folder },
    });
  }
  const named = {
    ...(policyId === undefined ? {} : { policyId }),
    ...(environment === undefined ? {} : { environment }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(minimum === undefined
      ? {}
      : { minObservations: countOption('--min-observations', minimum) }),
  };
  const when = times(options);
  const tools =
    options.tools === undefined ? {} : { tools: await readTools(resolve(io.cwd, options.tools)) };
  const runs = await readAllRuns(io, resolve(io.cwd, options.runs));
  const { summary, ...texts } = draftPolicy({ runs, ...tools, ...named, ...when });
  await makePrivateFolder(folder);
  for (const part of ['manifest', 'bundle', 'cases'] as const) {
    await writeWhole(join(folder, FILES[part]), texts[part]);
  }
  return {
    exitCode: EXIT.ok,
    text: textOf(folder, summary),
    json: {
      ...summary,
      files: Object.fromEntries(
        Object.entries(FILES).map(([part, file]) => [part, join(folder, file)]),
      ),
    },
  };
}
