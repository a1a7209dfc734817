import { PolicyError, parseBundle } from '@spanforge/policy';
import type { PolicyCase, PolicyCases } from '../testing/case.js';
import { parseCasesYaml } from '../testing/parse-cases.js';
import { runCases } from '../testing/run-cases.js';
import { formatCases } from '../testing/write-cases.js';
import type { DraftFact, DraftRule } from './argument.js';
import { cite, counted, printable, review } from './comments.js';
import { type DraftCase, draftCases, UNSEEN_TOOLS, writeCases } from './draft-cases.js';
import { effectOf } from './effect.js';
import type { KnownOrigins } from './origins.js';
import { isToolName, settle } from './settle.js';
import { knownValues } from './sources.js';
import { draftTool, type ToolDraft } from './tool-draft.js';
import type { DraftOptions, DraftRun, DraftSummary, Observation, PolicyDraft } from './types.js';
import { type BundleHead, type BundleParts, bundleData, writeBundle } from './write-bundle.js';
import { writeManifest } from './write-manifest.js';

/**
 * Drafts a manifest, a bundle in shadow and its test cases from recorded runs of agents.
 *
 * Allows only what was seen: tools that were never called stay denied; an argument is limited to
 * its values, its range or what was looked up before if enough calls agree, and marked `REVIEW` if
 * they do not. The same runs give the same text. No rule triggers on a call it was drafted from,
 * the bundle loads, and its cases pass.
 *
 * @throws {PolicyError} `POLICY_DRAFT_INVALID` for options that cannot be used, or runs without a
 *   call; `POLICY_BUNDLE_INVALID` when the draft is too large for one bundle.
 */
export function draftPolicy(options: DraftOptions): PolicyDraft {
  const { runs, minObservations: minimum = 5 } = options;
  checkOptions(options, minimum);
  const observed = observe(runs);
  const declared = new Map((options.tools ?? []).map((tool) => [tool.name, tool]));
  const names = [...observed.keys()].filter(isToolName).sort();
  const known = createKnown(names.filter((name) => isRead(name, declared.get(name))));
  const drafted = names.map((name) =>
    draftTool(name, observed.get(name) ?? [], declared.get(name), known, minimum),
  );
  const strange = [...observed.keys()].filter((name) => !isToolName(name)).sort();
  const unseen = [...declared.keys()].filter((name) => !observed.has(name)).sort();
  const calls = runs.reduce((sum, run) => sum + run.calls.length, 0);
  const origin = `Drafted from ${counted(runs.length, 'run')} with ${counted(calls, 'call')}; "run#n" is call n of a run, from 0.`;
  const head: BundleHead = {
    ...headOf(options),
    comments: [
      origin,
      `A rule about an argument rests on at least ${counted(minimum, 'call')}. Every rule only reports, until its date.`,
      ...(options.owner === undefined ? [review('nobody owns this bundle yet')] : []),
      ...unseen.map((name) => `never called, denied: ${printable(name)}`),
      ...strange.map((name) => review(`${printable(name)} cannot be named here, and is denied`)),
    ],
  };
  const parts = settle({ head, ...assemble(drafted, names, observed) }, runs);
  const made = draftCases({ ...parts, known });
  const bundle = parseBundle(bundleData(parts));
  const cases = holding(made, bundle);
  const texts = {
    manifest: writeManifest(options.agentId ?? 'agent', parts.tools, [origin]),
    bundle: writeBundle(parts),
    cases: writeCases(cases, [
      origin,
      'The arguments are those that were recorded: look for what should not be kept.',
      'Each rule is judged as if its shadow stage were over.',
    ]),
  };
  return { ...texts, summary: summaryOf(parts, texts, { runs, calls, unseen, cases }) };
}

function headOf(options: DraftOptions): Omit<BundleHead, 'comments'> {
  const { policyId = 'drafted', environment = 'prod', owner = 'unassigned' } = options;
  const { effectiveAt, shadowUntil } = options;
  return { policyId, environment, owner, effectiveAt, shadowUntil };
}

function checkOptions({ runs }: DraftOptions, minimum: number): void {
  if (!Number.isInteger(minimum) || minimum < 2) {
    throw new PolicyError(
      'POLICY_DRAFT_INVALID',
      'minObservations: expected an integer of at least 2',
    );
  }
  if (runs.every(({ calls }) => calls.length === 0)) {
    throw new PolicyError('POLICY_DRAFT_INVALID', 'the runs contain no calls to draft from');
  }
}

function observe(runs: readonly DraftRun[]): ReadonlyMap<string, readonly Observation[]> {
  const observed = new Map<string, Observation[]>();
  for (const run of runs) {
    for (const [at, call] of run.calls.entries()) {
      const list = observed.get(call.name) ?? [];
      list.push({ run, at, call });
      observed.set(call.name, list);
    }
  }
  return observed;
}

const isRead = (...[name, declared]: Parameters<typeof effectOf>): boolean =>
  effectOf(name, declared).effect === 'read';

function createKnown(reads: readonly string[]): KnownOrigins {
  const kept = new WeakMap<object, ReturnType<typeof knownValues>>();
  return {
    reads: new Set(reads),
    of(call) {
      const values = kept.get(call) ?? knownValues(call);
      kept.set(call, values);
      return values;
    },
  };
}

/** One list of rules and facts; of two different facts with one name, only the first is kept. */
function assemble(
  tools: readonly ToolDraft[],
  names: readonly string[],
  observed: ReadonlyMap<string, readonly Observation[]>,
): Omit<BundleParts, 'head'> {
  const facts = new Map<string, DraftFact>();
  const clashing = new Set<string>();
  for (const tool of tools) {
    for (const fact of tool.facts) {
      const same = facts.get(fact.name);
      if (same === undefined) facts.set(fact.name, fact);
      else if (JSON.stringify(same.written) !== JSON.stringify(fact.written)) {
        clashing.add(`${tool.name}\n${fact.name}`);
      }
    }
  }
  const rules = tools.flatMap((tool) =>
    tool.rules.filter(
      ({ basis }) =>
        basis.kind !== 'known' ||
        !basis.facts.some((fact) => clashing.has(`${tool.name}\n${fact}`)),
    ),
  );
  const all = names.flatMap((name) => observed.get(name) ?? []);
  const deny: DraftRule = {
    ruleId: UNSEEN_TOOLS,
    tool: '*',
    when: names.length === 0 ? 'true' : `!(request.tool in ${JSON.stringify(names)})`,
    rationale: 'Nobody was seen to call this tool.',
    comments: [`${counted(names.length, 'tool')} seen`, `calls: ${cite(all)}`],
    basis: { kind: 'tools' },
  };
  return { tools, facts: [...facts.values()], rules: [deny, ...rules] };
}

const MAX_CASES_LENGTH = 180_000;

/** The cases that can be written and that pass, as many as fit into one file. */
function holding(
  made: readonly DraftCase[],
  bundle: ReturnType<typeof parseBundle>,
): readonly DraftCase[] {
  const names = new Set<string>();
  let length = 0;
  return made.filter((one) => {
    const { policyCase } = one;
    if (names.has(policyCase.name)) return false;
    names.add(policyCase.name);
    length += JSON.stringify(policyCase).length;
    if (length > MAX_CASES_LENGTH || names.size > 2000) return false;
    const read = readBack(policyCase);
    return read !== undefined && runCases(bundle, read).every(({ passed }) => passed);
  });
}

/**
 * A recorded call may contain values that no file of cases can, such as integers beyond 2^53 - 1.
 */
function readBack(one: PolicyCase): PolicyCases | undefined {
  try {
    return parseCasesYaml(formatCases({ stages: 'ended', cases: [one] }));
  } catch (cause) {
    if (PolicyError.is(cause)) return undefined;
    throw cause;
  }
}

function summaryOf(
  { tools, rules }: BundleParts,
  { manifest, bundle }: Pick<PolicyDraft, 'manifest' | 'bundle'>,
  {
    runs,
    calls,
    unseen,
    cases,
  }: {
    readonly runs: readonly DraftRun[];
    readonly calls: number;
    readonly unseen: readonly string[];
    readonly cases: readonly DraftCase[];
  },
): DraftSummary {
  const marks = (text: string): number => text.split('# REVIEW: ').length - 1;
  return {
    runs: runs.length,
    calls,
    tools: tools.map(({ name, observed, effect, comments }) => ({
      name,
      calls: observed.length,
      effect,
      rules: rules.filter(({ tool }) => tool === name).length,
      reviews: comments.filter((line) => line.startsWith('REVIEW: ')).length,
    })),
    unseen,
    rules: rules.length,
    cases: cases.length,
    reviews: marks(manifest) + marks(bundle),
  };
}
