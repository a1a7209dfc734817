import { canonicalize, parseJson } from '@spanforge/core-signing';
import { rederive } from '@spanforge/operator/verifier';
import { compileBundle, type Decider, parseBundle } from '@spanforge/policy';
import {
  createRandom,
  type Random,
  randomBundle,
  randomCounted,
  randomRequest,
} from '@spanforge-tooling/policy-reference';
import { expect, it } from 'vitest';

type Request = Parameters<Decider['decide']>[0];

const BUNDLES = process.env.SPANFORGE_LONG === undefined ? 1500 : 50_000;

/** A request as a log has it; undefined where a service would not ask it, or a log could not hold it. */
function recorded(decider: Decider, random: Random): Request | undefined {
  const request = randomRequest(random);
  if (typeof request.service !== 'string' || typeof request.control !== 'string') return undefined;
  try {
    const filled = decider.withFacts(request, randomCounted(random));
    return parseJson(canonicalize(filled)) as unknown as Request;
  } catch {
    return undefined;
  }
}

const sorted = (obligations: readonly unknown[]): readonly string[] =>
  obligations.map((one) => canonicalize(one)).sort();

it('verify.mjs takes each decision again as the decider took it', { timeout: 600_000 }, () => {
  const random = createRandom(20_261_122);
  let compared = 0;
  for (let made = 0; made < BUNDLES; made += 1) {
    const written = randomBundle(random);
    const text = canonicalize(written);
    const decider = compileBundle(parseBundle(written));
    for (let asked = 0; asked < 5; asked += 1) {
      const request = recorded(decider, random);
      if (request === undefined) continue;
      compared += 1;
      const { outcome, reasonCode, matched, rules, obligations } = decider.decide(request);
      const findings = rules.map(({ ruleId, action, finding }) => ({
        ...{ rule_id: ruleId, action, finding },
      }));
      const again = rederive(text, request);
      expect({ ...again, obligations: sorted(again.obligations), written, request }).toMatchObject({
        ...{ outcome, reason_code: reasonCode, matched, rules: findings },
        ...{ obligations: sorted(obligations), written, request },
      });
    }
  }
  expect(compared).toBeGreaterThan(2 * BUNDLES);
});

it.each([
  ['below its limit', 500_000, 'triggered'],
  ['above it in bytes, and not in characters', 600_000, 'indeterminate'],
])('both read a result that is JSON text %s alike', (_, characters, expected) => {
  const written = {
    ...{ policy_id: 'p', version: '1', environment: 'prod', owner: 'o' },
    effective_at: '2026-01-01T00:00:00Z',
    tools: {
      read: {
        effect: 'read',
        result: { type: 'object', properties: { secret: { type: 'boolean' } } },
      },
    },
    rules: [
      {
        ...{ rule_id: 'r', service: 'sf_govern', control: 'tool_result' },
        ...{ when: 'facts.result.secret', action: 'block', on_error: 'allow', rationale: 'x' },
      },
    ],
  };
  const result = JSON.stringify({ more: '\u00e9'.repeat(characters), secret: true });
  const request = {
    ...{ service: 'sf_govern', control: 'tool_result', tool: 'read', env: 'prod' },
    time: Date.parse('2026-02-01T00:00:00Z'),
    facts: { result },
  };
  const { reasonCode, rules } = compileBundle(parseBundle(written)).decide(request);
  const again = rederive(canonicalize(written), request);
  expect(again).toMatchObject({ reason_code: reasonCode, rules: [{ finding: rules[0]?.finding }] });
  expect(rules[0]?.finding).toBe(expected);
});
