import { resolve } from 'node:path';
import { fromUtf8 } from '@spanforge/core-signing';
import { createReviews, type Review } from '@spanforge/govern';
import {
  createOperator,
  type DisclosureFilter,
  formatTrace,
  formatVerification,
  type TraceReport,
  verifyPackage,
} from '@spanforge/operator';
import { readPackage, writePackage } from '@spanforge/operator/node';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from '../io.js';
import { formatTable } from '../output/table.js';
import { readRegular } from '../workspace/files.js';
import { anchorPaths } from '../workspace/keys.js';
import type { Workspace } from '../workspace/workspace.js';
import { withWorkspace } from './with-workspace.js';

const MAX_KEY_BYTES = 1024 * 1024;

interface StateOption {
  readonly state?: string;
}

const readText = async (path: string): Promise<string> =>
  fromUtf8(await readRegular(path, MAX_KEY_BYTES));

/** The operator of an open workspace. */
export async function workspaceOperator({ log, checkpointer, keys, paths }: Workspace) {
  return createOperator({
    reader: log,
    checkpointer,
    packageKeys: keys.packages,
    logKey: await readText(anchorPaths(paths).vkey),
  });
}

function inspectionExit({ status, chain }: TraceReport): ExitCode {
  if (status === 'no_evidence') return EXIT.incomplete;
  return chain.status === 'broken' ? EXIT.failed : EXIT.ok;
}

/** `spanforge operator inspect TRACE`. */
export async function operatorInspect(
  io: CommandIo,
  options: StateOption,
  trace = '',
): Promise<CommandResult> {
  const report = await withWorkspace(io, options.state, async (workspace) =>
    (await workspaceOperator(workspace)).inspectTrace(trace),
  );
  return { exitCode: inspectionExit(report), text: formatTrace(report).trimEnd(), json: report };
}

function disclosureFilter(names: string): DisclosureFilter {
  if (names === 'all') return () => true;
  const shown = new Set(names === 'none' ? [] : names.split(','));
  return (_record, name) => shown.has(name);
}

/** What `spanforge operator export` is told. */
export interface ExportArguments extends StateOption {
  readonly output: string;
  readonly disclose: string;
  readonly since?: string;
}

/** `spanforge operator export TRACE --output PATH`. */
export async function operatorExport(
  io: CommandIo,
  options: ExportArguments,
  trace = '',
): Promise<CommandResult> {
  const output = resolve(io.cwd, options.output);
  const since =
    options.since === undefined ? {} : { since: await readText(resolve(io.cwd, options.since)) };
  const evidence = await withWorkspace(io, options.state, async (workspace) => {
    const operator = await workspaceOperator(workspace);
    const disclose = disclosureFilter(options.disclose);
    return operator.exportPackage({ traceId: trace }, { disclose, ...since });
  });
  await writePackage(output, evidence);
  const records =
    evidence.get('records.jsonl')?.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0) ?? 0;
  return {
    exitCode: EXIT.ok,
    text: [
      `package  ${output}`,
      `records  ${records}${records === 0 ? ' (no evidence of this trace)' : ''}`,
    ].join('\n'),
    json: { package: output, trace, records, outcome: records === 0 ? 'no_evidence' : 'exported' },
  };
}

/** What a verification is told. */
export interface VerifyArguments {
  readonly key: readonly string[];
  readonly origin?: string;
  readonly since?: string;
}

/** `spanforge operator verify PACKAGE --key FILE`: needs no workspace, and no key from the package. */
export async function operatorVerify(
  io: CommandIo,
  options: VerifyArguments,
  path = '',
): Promise<CommandResult> {
  const keys = await Promise.all(options.key.map((file) => readText(resolve(io.cwd, file))));
  const report = await verifyPackage(await readPackage(resolve(io.cwd, path)), {
    keys,
    ...(options.origin === undefined ? {} : { origin: options.origin }),
    ...(options.since === undefined
      ? {}
      : { since: await readText(resolve(io.cwd, options.since)) }),
  });
  return { exitCode: report.exitCode, text: formatVerification(report).trimEnd(), json: report };
}

function reviewRow({ reviewId, state, tool, context, reason }: Review): readonly string[] {
  return [reviewId, state, tool, context.traceId, context.actor, reason];
}

/** `spanforge operator reviews`. */
export async function operatorReviews(io: CommandIo, options: StateOption): Promise<CommandResult> {
  const reviews = await withWorkspace(io, options.state, ({ log }) =>
    createReviews({ log }).list(),
  );
  const titles = ['review', 'state', 'tool', 'trace', 'for', 'reason'];
  return {
    exitCode: EXIT.ok,
    text:
      reviews.length === 0
        ? 'no reviews'
        : formatTable(
            titles.map((title) => ({ title })),
            reviews.map(reviewRow),
          ),
    json: { reviews },
  };
}

/** What a reviewer decides. */
export interface ResolveArguments extends StateOption {
  readonly reviewer: string;
  readonly note?: string;
  readonly resolution: 'approved' | 'rejected';
}

/** `spanforge operator approve|reject REVIEW --reviewer ID`. */
export async function operatorResolve(
  io: CommandIo,
  options: ResolveArguments,
  reviewId: string,
): Promise<CommandResult> {
  if (reviewId === '') throw new CliError('CLI_USAGE', 'which review?');
  const { resolution, reviewer, note } = options;
  const receipt = await withWorkspace(io, options.state, ({ log }) =>
    createReviews({ log }).resolve({
      reviewId,
      resolution,
      reviewer,
      ...(note === undefined ? {} : { note }),
    }),
  );
  return {
    exitCode: EXIT.ok,
    text: `${reviewId} ${resolution} by ${reviewer}, record ${receipt.id} at ${receipt.index}`,
    json: { review_id: reviewId, resolution, reviewer, record: receipt },
  };
}
