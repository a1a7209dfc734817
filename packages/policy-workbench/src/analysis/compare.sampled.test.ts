import { readFileSync } from 'node:fs';
import type { PolicyRequest, PolicyVerdict } from '@spanforge/core-events';
import { compileBundle, type PolicyBundle, parseBundle } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { createRandom, randomBundle, randomRequest } from '@spanforge-tooling/policy-reference';
import { looser } from '@spanforge-tooling/policy-reference/bounded';
import { describe, expect, it } from 'vitest';
import { mutantsOf } from '../testing/mutants.js';
import { compareBundles } from './compare.js';
import { hunt } from './hunt/hunt.js';

const LONG = process.env.SPANFORGE_LONG === '1';
const SAMPLES = LONG ? 100_000 : 1500;
const timeout = LONG ? 4 * 3_600_000 : 120_000;

/** The long form takes an hour and more: what it came to is printed while it runs. */
function tell(what: string, asked: number, proven: number) {
  if (LONG) console.log(`${what}: ${asked} requests, ${proven} proofs, none contradicted`);
}

const EXAMPLES = [
  'apps/examples/bundles/airline.yaml',
  'apps/examples/bundles/refunds.yaml',
  'apps/reference/policy.yaml',
  'packages/policy/examples/deny-by-default.yaml',
  'packages/policy/examples/guide.yaml',
  'packages/policy/examples/refunds.yaml',
  'tooling/attacks/bundles/assistant.yaml',
];

function loaded(written: unknown): PolicyBundle | undefined {
  try {
    return parseBundle(written);
  } catch {
    return undefined;
  }
}

/** Requests as they are typed: others are decided, but not what a comparison speaks about. */
function isTyped({
  tool,
  resource,
  actor,
  agent,
  env,
  labels,
  observed,
  time,
  facts,
}: PolicyRequest) {
  const text = (value: unknown) => value === undefined || typeof value === 'string';
  const texts = (value: unknown) =>
    value === undefined || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
  const object = (value: unknown) =>
    value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value));
  const number = (value: unknown) => value === undefined || Number.isFinite(value);
  return (
    [tool, resource, env].every(text) &&
    [actor, agent, facts].every(object) &&
    (actor === undefined || typeof actor.id === 'string') &&
    (agent === undefined || typeof agent.id === 'string') &&
    [actor?.roles, agent?.capabilities, labels].every(texts) &&
    number(observed) &&
    Number.isFinite(time)
  );
}

/** Decides many requests by both; the ones that come near a difference are looked for. */
function contradiction(
  baseline: PolicyBundle,
  candidate: PolicyBundle,
  seed: number,
  count: number,
) {
  const [strict, loose] = [compileBundle(baseline), compileBundle(candidate)];
  const random = createRandom(seed);
  let asked = 0;
  const side = ({ bundle: { rules }, decide }: typeof strict) => ({ rules, decide });
  const isLooser = (one: PolicyVerdict, than: PolicyVerdict) => looser(one, than);
  while (asked < count) {
    const drawn = Array.from({ length: 10 }, () => randomRequest(random)).filter(isTyped);
    const rule = baseline.rules[random.below(baseline.rules.length)];
    const tools = rule?.target.tools?.map((name) => name.replace('*', 'x')) ?? [undefined];
    const about = { service: rule?.service ?? 'sf_govern', control: rule?.control ?? 'tool_call' };
    const starts = drawn.map((request) => {
      const { tool: _tool, ...rest } = { ...request, ...about };
      const tool = tools[random.below(tools.length)];
      return tool === undefined ? rest : { ...rest, tool };
    });
    for (const request of [...drawn, ...starts]) {
      asked += 1;
      if (looser(loose.decide(request), strict.decide(request))) return request;
    }
    const quarry = { ruleId: rule?.ruleId, strict: side(strict), loose: side(loose), isLooser };
    const found = hunt(quarry, starts, 100, random.below(2 ** 31));
    asked += 100;
    if (found !== undefined && isTyped(found.witness)) return found.witness;
  }
  return undefined;
}

describe('never_looser is contradicted by no sampled request', () => {
  it('over random bundles and what they are edited to', { timeout }, () => {
    const random = createRandom(13);
    const perPair = 300;
    let proven = 0;
    for (let asked = 0; asked < SAMPLES; ) {
      const baseline = loaded(randomBundle(random));
      if (baseline === undefined) continue;
      const edits = mutantsOf(baseline);
      const edit = loaded(edits[random.below(edits.length)]?.written);
      if (edit === undefined || baseline.rules.length === 0) continue;
      if (compareBundles(baseline, edit, { maxSteps: 20_000 }).verdict !== 'never_looser') continue;
      proven += 1;
      asked += perPair;
      expect(contradiction(baseline, edit, proven, perPair)).toBeUndefined();
      if (proven % 20 === 0 || asked >= SAMPLES) tell('random bundles', asked, proven);
    }
    expect(proven).toBeGreaterThanOrEqual(SAMPLES / perPair);
  });

  it('over the example bundles and every edit of them', { timeout }, () => {
    let asked = 0;
    let proven = 0;
    const decided = { yes: 0, no: 0 };
    const every = LONG ? 1 : 15;
    const pairs = EXAMPLES.flatMap((path) => {
      const text = readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
      const baseline = parseBundleYaml(text);
      const edits = mutantsOf(baseline).filter((_edit, at) => at % every === 0);
      return edits.map(({ written }) => ({ baseline, edit: loaded(written) }));
    });
    for (const { baseline, edit } of pairs) {
      if (edit === undefined) continue;
      const { verdict, witness } = compareBundles(baseline, edit);
      decided[verdict === 'unknown' ? 'no' : 'yes'] += 1;
      if (witness !== undefined) {
        const [before, after] = [compileBundle(baseline), compileBundle(edit)];
        expect(looser(after.decide(witness), before.decide(witness))).toBe(true);
      }
      if (verdict !== 'never_looser') continue;
      proven += 1;
      asked += LONG ? 1000 : 150;
      expect(contradiction(baseline, edit, proven, LONG ? 1000 : 150)).toBeUndefined();
      if (proven % 20 === 0) tell('example bundles', asked, proven);
    }
    tell('example bundles', asked, proven);
    expect(proven).toBeGreaterThan(LONG ? 100 : 4);
    // Asked for are nine of ten.
    expect(decided.yes / (decided.yes + decided.no)).toBeGreaterThan(0.9);
    if (LONG) expect(asked).toBeGreaterThanOrEqual(100_000);
  });
});
