import { resolve } from 'node:path';
import {
  bucketOf,
  type CanaryRules,
  type CanaryUnit,
  comparePolicies,
  parseCanaryRules,
  type Rehearsal,
  type RehearsedUnit,
  type ReplayedDecision,
  readCanary,
  rehearseCanary,
  unitKey,
} from '@spanforge/policy-rollout';
import type { TenantOption } from '../command.js';
import { CliError } from '../error.js';
import { readBundle } from '../files/read-bundle.js';
import { type CommandIo, type CommandResult, EXIT, type ExitCode } from '../io.js';
import { formatTable } from '../output/table.js';
import { toWire } from '../output/wire.js';
import { type TrafficArguments, withTraffic } from './traffic.js';
import { withSeenEvidence } from './with-workspace.js';

/** Options of the plan of a canary. */
export interface CanaryPlanArguments {
  readonly steps?: string;
  readonly alpha?: string;
  readonly minUnits?: string;
}

/** Options of `spanforge policy canary`. */
export interface CanaryArguments extends TrafficArguments, CanaryPlanArguments {
  readonly baseline: string;
  readonly unit: CanaryUnit;
  readonly salt: string;
}

/** @throws {CliError} `CLI_USAGE`; {PolicyError} `POLICY_CANARY_INVALID`. */
function rulesOf({ steps, alpha, minUnits }: CanaryPlanArguments): CanaryRules {
  const number = (option: string, text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value)) return value;
    throw new CliError('CLI_USAGE', `${option}: expected a number`);
  };
  return parseCanaryRules({
    ...(steps === undefined
      ? {}
      : { steps: steps.split(',').map((step) => number('--steps', step)) }),
    ...(alpha === undefined ? {} : { alpha: number('--alpha', alpha) }),
    ...(minUnits === undefined
      ? {}
      : { advance: { minCandidateUnits: number('--min-units', minUnits) } }),
  });
}

/** `spanforge policy canary plan`: the rules that a canary would follow. */
export async function canaryPlan(
  _io: CommandIo,
  options: CanaryPlanArguments,
): Promise<CommandResult> {
  const rules = rulesOf(options);
  const { steps, alpha, advance, limits } = rules;
  const text = [
    `steps        ${steps.map((step) => `${step} %`).join(', ')}`,
    `each step    at least ${advance.minCandidateUnits} units on the candidate and ${advance.minDurationMs / 60_000} minutes`,
    `rolled back  when block rate or overturned reviews differ; wrongly at most ${alpha} of the time`,
    `limits       error rate ${limits.errorRate}, latency ${limits.latencyMs} ms, for ${limits.minutes} minutes`,
  ].join('\n');
  return { exitCode: EXIT.ok, text, json: toWire(rules) };
}

/** `spanforge policy canary status`: the state of a canary, from the log. */
export function canaryStatus(
  io: CommandIo,
  options: TenantOption,
  id: string,
): Promise<CommandResult> {
  return withSeenEvidence(io, options, async (log) => {
    const status = await readCanary(log, id);
    if (status === undefined) {
      return {
        exitCode: EXIT.incomplete,
        text: `no canary ${id} on record`,
        json: { id, phase: null },
      };
    }
    const { phase, percent, verdict, reason } = status;
    return {
      exitCode: phase === 'rolled_back' ? EXIT.failed : EXIT.ok,
      text: `${phase} at ${percent} %: ${verdict}\n${reason}`,
      json: toWire(status),
    };
  });
}

/** Units of traffic with the decisions of either bundle; memory grows with their number. */
function createUnits(unit: CanaryUnit, salt: string) {
  const units = new Map<string, { baseline: boolean; candidate: boolean; open: boolean }>();
  return {
    add({ tenant, traceId, before, after }: ReplayedDecision): void {
      const key = unitKey(unit, { tenant, traceId });
      const seen = units.get(key) ?? { baseline: false, candidate: false, open: false };
      units.set(key, seen);
      if (before === undefined || after === undefined) seen.open = true;
      seen.baseline ||= before?.outcome === 'block';
      seen.candidate ||= after?.outcome === 'block';
    },
    /** Leaves out units with a decision that could not be replayed. */
    known: (): readonly RehearsedUnit[] =>
      [...units].flatMap(([key, { baseline, candidate, open }]) =>
        open ? [] : [{ bucket: bucketOf(salt, key), blocked: { baseline, candidate } }],
      ),
    left: (): number => [...units.values()].filter(({ open }) => open).length,
  };
}

const ENDS: Readonly<
  Record<Rehearsal['end'], { readonly said: string; readonly exitCode: ExitCode }>
> = {
  finished: { said: 'finish', exitCode: EXIT.ok },
  rolled_back: { said: 'rollback', exitCode: EXIT.failed },
  unfinished: { said: 'not enough traffic', exitCode: EXIT.incomplete },
};

function stepsOf({ steps }: CanaryRules, { step, end }: Rehearsal) {
  return steps.map((percent, at) => ({
    percent,
    verdict: at < step ? 'advance' : at === step ? ENDS[end].said : 'not reached',
  }));
}

/** `spanforge policy canary`: rehearses a canary of a candidate on recorded traffic. */
export async function canarySimulate(
  io: CommandIo,
  options: CanaryArguments,
  file: string,
): Promise<CommandResult> {
  const rules = rulesOf(options);
  const { unit, salt, anyEnvironment = false } = options;
  if (unit !== 'trace' && unit !== 'tenant') {
    throw new CliError('CLI_USAGE', '--unit: expected trace or tenant');
  }
  const candidate = await readBundle(resolve(io.cwd, file));
  const baseline = await readBundle(resolve(io.cwd, options.baseline));
  const units = createUnits(unit, salt);
  await withTraffic(io, options, candidate, 'canary', ({ decisions }) =>
    comparePolicies(decisions, {
      candidate,
      baseline,
      anyEnvironment,
      keep: 0,
      onDecision: units.add,
    }),
  );
  const rehearsal = rehearseCanary(rules, units.known());
  const steps = stepsOf(rules, rehearsal);
  const { end, reasonCode, metrics } = rehearsal;
  const rows = steps.map(({ percent, verdict }) => [`${percent} %`, verdict]);
  const rates = metrics.map(({ metric, candidate: on, baseline: off }) => [
    metric,
    `${on.events} of ${on.units}`,
    `${off.events} of ${off.units}`,
  ]);
  return {
    exitCode: ENDS[end].exitCode,
    text: [
      `${end}${reasonCode === undefined ? '' : ` (${reasonCode})`} after ${rehearsal.units} units, ${rehearsal.candidateUnits} of them on the candidate; ${units.left()} left out`,
      '',
      formatTable([{ title: 'step' }, { title: 'verdict' }], rows),
      '',
      formatTable([{ title: 'metric' }, { title: 'candidate' }, { title: 'baseline' }], rates),
    ].join('\n'),
    json: { ...(toWire(rehearsal) as object), steps, left_out: units.left() },
  };
}
