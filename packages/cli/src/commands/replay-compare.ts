import { resolve } from 'node:path';
import type { PolicyBundle } from '@spanforge/policy';
import {
  comparePolicies,
  type ReplayReport,
  recordReplay,
  renderDiff,
  replay,
} from '@spanforge/policy-rollout';
import { readBundle } from '../files/read-bundle.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from '../io.js';
import { breakdownJson, changeTable, reasonTable } from '../output/breakdown.js';
import { toLine } from '../runs/decision-lines.js';
import { replayParted } from '../runs/replay-parted.js';
import { outputPath, overTraffic, placesOf, reportName, type TrafficArguments } from './traffic.js';

/** Options of a comparison over recorded traffic. */
export interface ReplayCompareArguments extends TrafficArguments {
  /** The bundle to compare with; default the recorded decisions. */
  readonly baseline?: string;
  /** The file of an HTML page that shows the differences. */
  readonly html?: string;
  readonly allowLooser?: boolean;
  /** Threads that replay a log; as many as are worth it when absent. */
  readonly threads?: string;
}

/**
 * A looser decision takes precedence over an incomplete replay: it is certain, whatever else is
 * unknown.
 */
function exitCodeOf({ counts }: ReplayReport, options: ReplayCompareArguments): ExitCode {
  if (counts.looser > 0 && options.allowLooser !== true) return EXIT.failed;
  return counts.not_replayable > 0 && options.strict === true ? EXIT.incomplete : EXIT.ok;
}

function textOf(report: ReplayReport): readonly string[] {
  const { counts, byTool, byRule, byTenant } = report;
  return [
    `${report.decisions} decisions: ${counts.looser} looser, ${counts.stricter} stricter, ${counts.same} same, ${counts.not_replayable} not replayable`,
    '',
    changeTable('tool', byTool),
    '',
    changeTable('rule', byRule),
    '',
    changeTable('tenant', byTenant),
    ...reasonTable(report.reasons as Record<string, number>),
  ];
}

/** `spanforge policy replay` with a baseline or a log: what a candidate changes. */
export async function policyReplayCompare(
  io: CommandIo,
  options: ReplayCompareArguments,
  file: string,
): Promise<CommandResult> {
  const { runs, baseline: baselineFile, anyEnvironment = false } = options;
  const candidate = await readBundle(resolve(io.cwd, file));
  const baseline: PolicyBundle | undefined =
    baselineFile === undefined ? undefined : await readBundle(resolve(io.cwd, baselineFile));
  const bundles = { candidate, ...(baseline === undefined ? {} : { baseline }), anyEnvironment };
  const inputs = [file, baselineFile, runs];
  const name = options.output ?? options.report ?? reportName(file, 'replay');
  const path = outputPath(io, '--output', name, inputs);
  const page =
    options.html === undefined
      ? undefined
      : outputPath(io, '--html', options.html, [...inputs, path]);
  const done = await overTraffic(io, options, {
    bundle: candidate,
    label: 'replay',
    report: path,
    ...(page === undefined ? {} : { page: { path: page, render: renderDiff } }),
    run({ decisions }, lines) {
      const given = { candidate, anyEnvironment, onDecision: lines.add };
      return baseline === undefined
        ? replay(decisions, given)
        : comparePolicies(decisions, { ...given, baseline });
    },
    parted: (log) => replayParted(io, options.threads, bundles, log),
    record: recordReplay,
  });
  const { report } = done;
  const { byTool, byRule, byTenant, counts, differences, ...rest } = report;
  return {
    exitCode: exitCodeOf(report, options),
    text: [...textOf(report), ...placesOf(done, path, page)].join('\n'),
    json: {
      ...rest,
      ...counts,
      ...breakdownJson({ by_tool: byTool, by_rule: byRule, by_tenant: byTenant }),
      differences: differences.map(toLine),
      report: path,
      report_sha256: done.reportSha256,
      html: page ?? null,
      record: done.record ?? null,
    },
  };
}
