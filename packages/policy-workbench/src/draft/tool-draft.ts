import {
  argumentPath,
  type DraftFact,
  type DraftRule,
  type SeenArgument,
  seenArguments,
} from './argument.js';
import { cite, counted, review } from './comments.js';
import { type DraftedEffect, effectOf } from './effect.js';
import { knownRule, unexplainedOrigin } from './known-rule.js';
import type { KnownOrigins } from './origins.js';
import { rangeRule } from './range-rule.js';
import { FAILURE } from './sources.js';
import { schemaOf } from './typed-schema.js';
import type { Observation, ToolSchema } from './types.js';
import { valuesRule } from './values-rule.js';

/** The draft for one tool. */
export interface ToolDraft {
  readonly name: string;
  readonly observed: readonly Observation[];
  readonly effect: DraftedEffect['effect'];
  /** True if some of its results are texts that report a failure. */
  readonly fails: boolean;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly comments: readonly string[];
  readonly rules: readonly DraftRule[];
  readonly facts: readonly DraftFact[];
}

/** Drafts a tool: its effect, and a rule for each argument that can be explained. */
export function draftTool(
  name: string,
  observed: readonly Observation[],
  declared: ToolSchema | undefined,
  known: KnownOrigins,
  minimum: number,
): ToolDraft {
  const { effect, from } = effectOf(name, declared);
  const { schema, comments: aboutSchema } = schemaOf(declared, observed);
  const rules: DraftRule[] = [];
  const facts: DraftFact[] = [];
  const reviews: string[] = [];
  for (const argument of seenArguments(name, observed)) {
    const values = enumOf(declared, argument.name);
    const said = (values === undefined ? undefined : valuesRule(argument, values, minimum)) ??
      rangeRule(argument, minimum) ??
      knownRule(argument, known, minimum) ??
      valuesRule(argument, undefined, minimum) ?? { review: unexplained(argument, known) };
    if ('review' in said) reviews.push(said.review);
    else {
      rules.push(said.rule);
      facts.push(...(said.facts ?? []));
    }
  }
  const few = observed.length < minimum;
  const fails = observed.some(
    ({ call: { result } }) => typeof result === 'string' && result.startsWith(FAILURE),
  );
  const comments = [
    `calls: ${cite(observed)}`,
    EFFECT_COMMENT[from](effect),
    ...(few ? [review(`only ${counted(observed.length, 'call')}; is the tool needed?`)] : []),
    ...aboutSchema,
    ...reviews,
  ];
  return { name, observed, effect, fails, schema, comments, rules, facts };
}

const EFFECT_COMMENT: Readonly<Record<DraftedEffect['from'], (effect: string) => string>> = {
  declared: (effect) => `${effect}: the tool is declared so`,
  name: (effect) => `${effect}: by its name`,
  unknown: () => review('nothing says whether it writes; taken as a write'),
};

function unexplained(argument: SeenArgument, known: KnownOrigins): string {
  const { name, present } = argument;
  const origin = unexplainedOrigin(argument, known);
  if (origin !== undefined) return review(origin);
  const values = present.map(({ call }) => call.args[name]);
  const path = argumentPath(name);
  if (values.some((value) => typeof value === 'object' && value !== null)) {
    return review(`${path}: lists and objects are not looked into; anything is let through`);
  }
  const distinct = new Set(values).size;
  const seen = `${counted(distinct, 'value')} in ${counted(present.length, 'call')}`;
  return review(`${path}: ${seen}, nothing explains them; anything is let through`);
}

function enumOf(
  declared: ToolSchema | undefined,
  argument: string,
): readonly unknown[] | undefined {
  const properties = declared?.schema?.properties;
  if (typeof properties !== 'object' || properties === null) return undefined;
  if (!Object.hasOwn(properties, argument)) return undefined;
  const values = (properties as Record<string, { readonly enum?: unknown }>)[argument]?.enum;
  return Array.isArray(values) ? values : undefined;
}
