import type { PolicyRequest } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import { parseBundle } from '../bundle/parse.js';
import { compileBundle } from '../decide/decider.js';
import { PolicyError } from '../error.js';
import { parseBundleYaml } from '../yaml.js';
import vectors from './fail-closed.json' with { type: 'json' };

interface TextVector {
  readonly name: string;
  readonly code: string;
  readonly text?: string;
  readonly repeat?: {
    readonly before: string;
    readonly unit: string;
    readonly times: number;
    readonly after: string;
  };
}

interface DecisionVector {
  readonly name: string;
  readonly rule: object;
  readonly request: object;
  readonly outcome: string;
  readonly finding?: string;
  readonly set?: object;
  readonly counted?: object;
}

/** `#` in a repeated unit is its number. */
function textOf({ text, repeat }: TextVector): string {
  if (repeat === undefined) return text ?? '';
  const { before, unit, times, after } = repeat;
  const units = Array.from({ length: times }, (_, index) => unit.replace('#', String(index)));
  return before + units.join('') + after;
}

const SPECIAL: Readonly<Record<string, unknown>> = {
  $NaN: Number.NaN,
  $Infinity: Number.POSITIVE_INFINITY,
  $Long: 'a'.repeat(100_000),
};

/** What JSON cannot say stands in a vector by name. */
const spoken = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
    typeof part === 'string' && Object.hasOwn(SPECIAL, part) ? SPECIAL[part] : part,
  );

describe('texts that are refused', () => {
  it.each(vectors.texts as TextVector[])('$name', (vector) => {
    try {
      parseBundleYaml(textOf(vector));
    } catch (error) {
      if (!PolicyError.is(error)) throw error;
      expect(error.problems.map(({ code }) => code)).toContain(vector.code);
      return;
    }
    throw new Error('was accepted');
  });
});

describe('rules that cannot be decided', () => {
  it.each(vectors.decisions as DecisionVector[])('$name', (vector) => {
    const [rule] = vectors.base.rules;
    const rules = [{ ...rule, ...vector.rule }];
    const decider = compileBundle(parseBundle({ ...vectors.base, ...vector.set, rules }));
    const time = Date.parse('2026-06-01T00:00:00Z');
    const asked = { service: 'sf_govern', control: 'tool_call', time, ...spoken(vector.request) };
    const request = decider.withFacts(
      asked as PolicyRequest,
      spoken(vector.counted ?? {}) as Record<string, number>,
    );
    const verdict = decider.decide(request);
    expect(verdict.outcome).toBe(vector.outcome);
    expect(verdict.rules[0]?.finding).toBe(vector.finding);
  });
});
