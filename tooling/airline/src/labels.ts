import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Outcome, PastCall, PolicyVerdict } from '@spanforge/core-events';
import { compileBundle, type Decider } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { formatPercent, shareOf } from '@spanforge-tooling/statistics';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const data = resolve(process.env.SPANFORGE_DATA ?? resolve(root, '../shared/data'), 'taubench');
const { values } = parseArgs({
  options: {
    bundle: { type: 'string', default: resolve(root, 'apps/examples/bundles/airline.yaml') },
    runs: { type: 'string', default: resolve(data, 'airline_runs_public.jsonl') },
    labels: { type: 'string', default: resolve(data, 'airline_write_calls_public.jsonl') },
    at: { type: 'string', default: '2024-05-15T15:00:00-05:00' },
    json: { type: 'boolean', default: false },
    show: { type: 'string' },
  },
});

interface Run {
  readonly id: string;
  readonly tool_calls: readonly {
    readonly name: string;
    readonly args: Readonly<Record<string, unknown>>;
    readonly result: unknown;
  }[];
}

interface LabelledCall {
  readonly id: string;
  readonly trajectory: string;
  readonly name: string;
  readonly args: unknown;
  readonly label: string;
  /** The calls just before it, eight at most. */
  readonly prior_calls: readonly { readonly name: string; readonly args: unknown }[];
}

interface Judged extends LabelledCall {
  readonly verdict: PolicyVerdict;
}

const lines = <Line>(path: string): readonly Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Line);

/** Decides one recorded call as it would have been decided then: by what had been seen before it. */
function judge(decider: Decider, run: Run, at: number): PolicyVerdict {
  const call = run.tool_calls[at];
  const calls: readonly PastCall[] = run.tool_calls
    .slice(0, at)
    .map(({ name, args, result }) => ({ tool: name, args, result }));
  return decider.decide({
    service: 'sf_govern',
    control: 'tool_call',
    tool: call?.name ?? '',
    args: call?.args,
    calls,
    agent: { id: 'desk' },
    actor: { id: 'desk' },
    env: decider.bundle.environment,
    time: Date.parse(values.at),
  });
}

const asText = (call: { readonly name: string; readonly args: unknown } | undefined): string =>
  JSON.stringify([call?.name, call?.args]);

/**
 * Where a labelled call stands in its run: the one place with its name and arguments, and with the
 * calls before it that the label lists. The label lists no more than eight, so its length says nothing.
 */
function positionOf(label: LabelledCall, run: Run): number {
  const before = label.prior_calls.map(asText);
  const places = run.tool_calls.flatMap((call, at) => {
    const listed = run.tool_calls.slice(Math.max(0, at - before.length), at).map(asText);
    const same = asText(call) === asText(label) && listed.join() === before.join();
    return same ? [at] : [];
  });
  const [place] = places;
  if (place === undefined || places.length > 1) {
    throw new Error(`${label.id} stands at ${places.length} places of its run; expected one`);
  }
  return place;
}

const OPEN: ReadonlySet<Outcome> = new Set(['allow', 'allow+log', 'redact']);
const decider = compileBundle(
  parseBundleYaml(readFileSync(values.bundle, 'utf8'), { file: values.bundle }),
);
const runs = new Map(lines<Run>(values.runs).map((run) => [run.id, run]));
const judged: readonly Judged[] = lines<LabelledCall>(values.labels).map((call) => {
  const run = runs.get(call.trajectory);
  if (run === undefined) throw new Error(`no run ${call.trajectory}`);
  return { ...call, verdict: judge(decider, run, positionOf(call, run)) };
});

const LABELS: Readonly<Record<string, string>> = {
  expected: 'expected',
  same_tool_expected_other_args: 'same tool, other arguments',
  tool_not_expected: 'not expected',
};

const rows = Object.entries(LABELS).map(([label, title]) => {
  const mine = judged.filter((one) => one.label === label);
  const count = (test: (outcome: Outcome) => boolean) =>
    shareOf(mine.filter(({ verdict }) => test(verdict.outcome)).length, mine.length);
  return {
    label,
    title,
    through: count((outcome) => OPEN.has(outcome)),
    held: count((outcome) => outcome === 'human_review'),
    blocked: count((outcome) => outcome === 'block'),
  };
});

const stops = new Map<string, Record<string, number>>();
for (const { label, verdict } of judged) {
  if (OPEN.has(verdict.outcome)) continue;
  for (const { ruleId, action } of verdict.rules) {
    if (OPEN.has(action)) continue;
    const counts = stops.get(ruleId) ?? {};
    stops.set(ruleId, { ...counts, [label]: (counts[label] ?? 0) + 1 });
  }
}

if (values.json) {
  console.log(
    JSON.stringify({ calls: judged.length, rows, rules: Object.fromEntries(stops) }, null, 2),
  );
} else {
  console.log(
    `| label (${judged.length} writing calls) | let through | held for a person | blocked |`,
  );
  console.log('|---|---|---|---|');
  for (const { title, through, held, blocked } of rows) {
    console.log(`| ${[title, ...[through, held, blocked].map(formatPercent)].join(' | ')} |`);
  }
  console.log(`\n| rule that stopped or held | ${Object.values(LABELS).join(' | ')} |`);
  console.log('|---|---|---|---|');
  for (const [rule, counts] of [...stops].sort()) {
    console.log(
      `| ${[rule, ...Object.keys(LABELS).map((label) => counts[label] ?? 0)].join(' | ')} |`,
    );
  }
}
for (const { id, name, label, verdict } of judged) {
  if (values.show !== label && values.show !== 'all') continue;
  const rules = verdict.rules.map(
    ({ ruleId, finding, reason }) => `${ruleId} ${finding}: ${reason}`,
  );
  console.error(`${id} ${name}: ${verdict.outcome}\n  ${rules.join('\n  ')}`);
}
