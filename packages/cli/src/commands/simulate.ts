import { resolve } from 'node:path';
import { recordSimulation, type SimulationReport, simulate } from '@spanforge/policy-rollout';
import { readBundle } from '../files/read-bundle.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { breakdownJson, outcomeTable, reasonTable } from '../output/breakdown.js';
import {
  outputPath,
  overTraffic,
  placesOf,
  reportName,
  type TrafficArguments,
  type TrafficJob,
} from './traffic.js';

/** `spanforge policy simulate`: evaluates a candidate on recorded traffic, without a comparison. */
export async function policySimulate(
  io: CommandIo,
  options: TrafficArguments,
  file: string,
): Promise<CommandResult> {
  const bundle = await readBundle(resolve(io.cwd, file));
  const name = options.output ?? reportName(file, 'simulate');
  const path = outputPath(io, '--output', name, [file, options.runs]);
  const { anyEnvironment = false, strict = false } = options;
  const job: TrafficJob<SimulationReport> = {
    bundle,
    label: 'simulate',
    report: path,
    run: ({ decisions }, lines) =>
      simulate(decisions, { candidate: bundle, anyEnvironment, onDecision: lines.add }),
    record: recordSimulation,
  };
  const done = await overTraffic(io, options, job);
  const { report } = done;
  const { byTool, byRule, byTenant, notReplayable, candidate, ...counts } = report;
  return {
    exitCode: strict && notReplayable > 0 ? EXIT.incomplete : EXIT.ok,
    text: [
      `${report.decisions} decisions, ${notReplayable} not replayable, ${report.indeterminate} with a rule that could not be decided`,
      '',
      outcomeTable('tool', byTool),
      '',
      outcomeTable('rule', byRule),
      '',
      outcomeTable('tenant', byTenant),
      ...reasonTable(report.reasons as Record<string, number>),
      ...placesOf(done, path),
    ].join('\n'),
    json: {
      candidate,
      ...counts,
      not_replayable: notReplayable,
      ...breakdownJson({ by_tool: byTool, by_rule: byRule, by_tenant: byTenant }),
      report: path,
      report_sha256: done.reportSha256,
      record: done.record ?? null,
    },
  };
}
