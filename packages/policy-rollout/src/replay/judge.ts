import type { PolicyRequest } from '@spanforge/core-events';
import {
  CONTROLS,
  type ControlName,
  compileBundle,
  type Decider,
  type PolicyBundle,
} from '@spanforge/policy';
import { declaredFacts, type FactNeed, type FactsRead, factsRead } from './facts.js';
import type { DecidedSide, EarlierCall, NotReplayable, RecordedDecision } from './recorded.js';

/** The verdict of a bundle on a recorded request, or why there is none. */
export type Judged =
  | { readonly side: DecidedSide; readonly missing?: undefined }
  | { readonly side?: undefined; readonly missing: NotReplayable };

/** Makes recorded decisions again with a bundle, without side effects. */
export type Judge = (decision: RecordedDecision) => Judged | Promise<Judged>;

/** Options for judging. */
export interface JudgeOptions {
  /** Controls in addition to the documented ones. */
  readonly controls?: readonly ControlName[];
  /** Also judge requests from environments other than the bundle's; `false` when absent. */
  readonly anyEnvironment?: boolean;
}

const not = (reason: NotReplayable['reason'], ...missing: readonly string[]): Judged => ({
  missing: { reason, missing },
});

/** Makes a judge from a bundle. If the bundle reads no facts, it answers synchronously. */
export function createJudge(bundle: PolicyBundle, options: JudgeOptions = {}): Judge {
  const decider = compileBundle(bundle);
  const known = knownControls(options.controls ?? []);
  const factsOf = memoize(factsRead(bundle));
  const { anyEnvironment = false } = options;
  const declares = Object.keys(bundle.tools).length > 0;
  return (decision) => {
    const { request, missing } = decision;
    if (request === undefined) return { missing: missing ?? { reason: 'unreadable', missing: [] } };
    const { service, control, env } = request;
    const key = known.get(service)?.get(control);
    if (key === undefined) return not('unknown_control', `${service}/${control}`);
    if (env !== bundle.environment && !anyEnvironment) return not('other_environment', String(env));
    if (decision.deniesUnknown === true && declares && !isDeclared(bundle, request.tool)) {
      return UNKNOWN_TOOL;
    }
    const facts = factsOf(key, request.tool);
    // The same bundle found the same facts then.
    if (facts.length === 0 || decision.before?.digest === bundle.digest) {
      return { side: decider.decide(request) };
    }
    return complete(decision, request, facts, decider).then((completed) =>
      'reason' in completed ? { missing: completed } : { side: decider.decide(completed) },
    );
  };
}

const UNKNOWN_TOOL: Judged = Object.freeze({
  side: Object.freeze({
    outcome: 'block',
    obligations: [],
    reason: 'The bundle does not know this tool.',
    rules: [],
  }),
});

const isDeclared = ({ tools }: PolicyBundle, tool: string | undefined): boolean =>
  tool === undefined || Object.hasOwn(tools, tool);

function knownControls(
  more: readonly ControlName[],
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const known = new Map<string, Map<string, string>>();
  for (const { service, control } of [...CONTROLS, ...more]) {
    const controls = known.get(service) ?? new Map<string, string>();
    known.set(service, controls.set(control, `${service}\n${control}`));
  }
  return known;
}

const MAX_MEMO = 10_000;

/** Names of tools come from outside, so the cache is limited. */
function memoize(factsOf: FactsRead): FactsRead {
  const memo = new Map<string, Map<string | undefined, readonly FactNeed[]>>();
  return (control, tool) => {
    const tools = memo.get(control) ?? new Map<string | undefined, readonly FactNeed[]>();
    memo.set(control, tools);
    const found = tools.get(tool);
    if (found !== undefined) return found;
    const facts = factsOf(control, tool);
    if (tools.size < MAX_MEMO) tools.set(tool, facts);
    return facts;
  };
}

/**
 * A recorded request with the facts that these rules read, or what is missing for them. A recorded
 * fact is used if the deciding bundle declared it in the same way, or did not declare it (then the
 * host gave it). Every other fact is computed again from the recorded trace.
 */
async function complete(
  { before, history }: RecordedDecision,
  request: PolicyRequest,
  facts: readonly FactNeed[],
  decider: Decider,
): Promise<PolicyRequest | NotReplayable> {
  const given = request.facts ?? {};
  const then = before?.digest === undefined ? undefined : await history?.bundle(before.digest);
  if (before?.digest !== undefined && then === undefined) return gone('facts_missing', facts);
  const declared = declaredFacts(then);
  const standing = facts.filter(({ name, meaning }) => {
    const meant = declared.get(name)?.need.meaning;
    // A fact that the same declaration did not find then does not exist now either.
    return meant === undefined ? Object.hasOwn(given, name) : meant === meaning;
  });
  const anew = facts.filter((fact) => !standing.includes(fact));
  const counted = anew.filter(({ kind }) => kind === 'counted');
  if (counted.length > 0) return gone('counted', counted);
  const fromCalls = anew.filter(({ kind }) => kind === 'calls');
  const calls = fromCalls.length === 0 ? undefined : await history?.calls();
  if (fromCalls.length > 0 && calls === undefined) return gone('facts_missing', fromCalls);
  const lost = fromCalls.flatMap((fact) => lostFor(fact, calls ?? []));
  if (lost.length > 0) return { reason: 'facts_missing', missing: [...new Set(lost)] };
  const kept = without(given, anew);
  const known = calls && { calls: calls.flatMap(({ call }) => call ?? []) };
  const filled = decider.withFacts({ ...request, facts: kept, ...known });
  const absent = standing.filter(({ name }) => !Object.hasOwn(given, name));
  return { ...filled, facts: without(filled.facts ?? {}, absent) };
}

function without(
  facts: Readonly<Record<string, unknown>>,
  names: readonly FactNeed[],
): Readonly<Record<string, unknown>> {
  const kept = { ...facts };
  for (const { name } of names) delete kept[name];
  return kept;
}

const gone = (reason: NotReplayable['reason'], facts: readonly FactNeed[]): NotReplayable => ({
  reason,
  missing: facts.map(({ name }) => `facts.${name}`),
});

function lostFor({ name, tools }: FactNeed, calls: readonly EarlierCall[]): readonly string[] {
  return calls
    .filter(({ tool, call }) => call === undefined && tools.includes(tool))
    .flatMap(({ tool, lost = 'result' }) => [`facts.${name}`, `calls.${tool}.${lost}`]);
}
