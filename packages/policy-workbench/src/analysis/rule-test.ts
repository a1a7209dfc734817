import { type Condition, compileCondition, DYN, type Expression } from '@spanforge/condition';
import { type Obligation, type Outcome, strictest, strictness } from '@spanforge/core-events';
import type { PolicyRule, RuleTarget } from '@spanforge/policy';
import { wholeRedaction } from '@spanforge/policy/internal';
import { printCondition } from '../condition/print-condition.js';
import { fragmentTest, onList } from './fragment-test.js';
import { ANYWHERE, factName, read, type Space, type Surroundings } from './space.js';
import { both, either, isVariable, MISSING, negated, type Test, type Truth } from './variable.js';

/** A rule as tests on requests. */
export interface RuleTest {
  readonly rule: PolicyRule;
  /** Equal for rules with the same target, threshold and condition text. */
  readonly words: string;
  readonly target: Test;
  readonly threshold: Test;
  readonly when: Test;
  /** Target, threshold and condition, joined as the decider does. */
  readonly truth: Test;
  /** True while the rule is in its shadow stage. */
  readonly shadow: Test;
}

/** Turns a rule into tests, and adds what it compares to the space. */
export function ruleTest(rule: PolicyRule, surroundings: Surroundings, space: Space): RuleTest {
  const target = both(targetTests(rule.target, space));
  const threshold = thresholdTest(rule, space);
  const when = conditionTest(rule, surroundings, space);
  return {
    rule,
    words: JSON.stringify([
      surroundings.zone,
      rule.shadowUntil,
      matchWords(rule),
      definitions(rule, surroundings),
    ]),
    target,
    threshold,
    when,
    truth: both([target, threshold, when]),
    shadow: shadowTest(rule, space),
  };
}

/** The text of everything that decides which requests a rule matches, except its stage. */
export function matchWords(rule: PolicyRule): string {
  const { service, control, threshold, comparator, range, when } = rule;
  const target = Object.entries(rule.target).map(([part, patterns]) => [
    part,
    [...patterns].sort(),
  ]);
  return JSON.stringify([
    service,
    control,
    target.sort(),
    threshold,
    comparator,
    range,
    when?.source,
  ]);
}

const PLACES = [
  ['tools', 'request.tool', false],
  ['resources', 'request.resource', false],
  ['agents', 'agent.id', 'unknown'],
  ['actors', 'actor.id', 'unknown'],
  ['roles', 'actor.roles', 'unknown'],
  ['environments', 'env', 'unknown'],
] as const;

/** A request without a tool does not match a target with tools; one that does not say who asks may match. */
function targetTests(target: RuleTarget, space: Space): readonly Test[] {
  return PLACES.flatMap(([part, path, whenAbsent]) => {
    const patterns = target[part];
    if (patterns === undefined) return [];
    const place = space.place(path, ANYWHERE);
    for (const pattern of patterns) {
      if (pattern.endsWith('*')) place.atoms.prefixes.add(pattern.slice(0, -1));
      else place.atoms.constants.add(pattern);
    }
    const matches = (value: unknown): boolean => matchesAny(patterns, value);
    const listed = onList(place, space, ({ value }) => matches(value));
    return (assignment): Truth => {
      const value = read(place, space, assignment);
      if (isVariable(value)) return value;
      if (value === MISSING) return whenAbsent;
      return typeof value === 'string' ? matches(value) : listed(assignment);
    };
  });
}

/** Whether a name matches exact names or prefixes ending in `*`. */
export function matchesAny(patterns: readonly string[], name: unknown): boolean {
  if (typeof name !== 'string') return false;
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

function thresholdTest({ threshold, comparator, range }: PolicyRule, space: Space): Test {
  if (threshold === undefined) return () => true;
  const place = space.place('observed', ANYWHERE);
  for (const edge of [threshold, ...(range ?? [])]) place.atoms.constants.add(edge);
  return (assignment) => {
    const value = read(place, space, assignment);
    if (isVariable(value)) return value;
    return typeof value === 'number' && isWithin(value, range)
      ? meets(value, comparator, threshold)
      : 'unknown';
  };
}

/** Whether a control can observe a value; values outside its range make a rule indeterminate. */
export function isWithin(observed: number, range: PolicyRule['range']): boolean {
  return range === undefined || (observed >= range[0] && observed <= range[1]);
}

export function meets(
  observed: number,
  comparator: PolicyRule['comparator'],
  threshold: number,
): boolean {
  const sign = Math.sign(observed - threshold);
  return { lt: [-1], lte: [-1, 0], gt: [1], gte: [0, 1], eq: [0], neq: [-1, 1] }[
    comparator
  ].includes(sign);
}

/**
 * Splits a condition at its joins. A part that cannot be analysed becomes a question: equal texts have
 * equal answers.
 */
function conditionTest({ when }: PolicyRule, surroundings: Surroundings, space: Space): Test {
  if (when === undefined) return () => true;
  if (when.fragment !== undefined) return fragmentTest(when.fragment, { space, ...surroundings });
  const partTest = (node: Expression): Test => {
    if (node.kind === 'not') return negated(partTest(node.operand));
    if (node.kind === 'and') return both([partTest(node.left), partTest(node.right)]);
    if (node.kind === 'or') return either([partTest(node.left), partTest(node.right)]);
    const part = compilePart(node);
    if (part === undefined) return questionTest(when, surroundings, space);
    if (part.fragment !== undefined) return fragmentTest(part.fragment, { space, ...surroundings });
    return questionTest(part, surroundings, space);
  };
  return partTest(when.expression);
}

type Part = Pick<Condition, 'source' | 'fields' | 'expression' | 'fragment'>;

/** `undefined` when added brackets make the part longer than a condition may be. */
function compilePart(node: Expression): Part | undefined {
  try {
    // Types were checked when the bundle was loaded.
    return compileCondition(printCondition(node), { facts: DYN });
  } catch {
    return undefined;
  }
}

function questionTest(part: Part, surroundings: Surroundings, space: Space): Test {
  const { source, fields } = part;
  const timed = fields.some((field) => /^time\b/.test(field)) || /\binstant\b/.test(source);
  const facts = definitions({ when: part }, surroundings);
  const name = JSON.stringify([source, timed ? surroundings.zone : '', facts]);
  const question = space.question(name, [true, false, 'unknown'], true, {
    expression: part.expression,
    ...surroundings,
    names: factNames(part),
    timed,
  });
  return (assignment) => (assignment.choice(question) as boolean | 'unknown') ?? question;
}

/** The definitions of the facts a rule reads, and the types of what it reads. */
function definitions(
  { when }: { readonly when?: Pick<Part, 'fields'> | undefined },
  { facts, typesAt }: Surroundings,
): readonly (string | undefined)[] {
  if (when === undefined) return [];
  const names = factNames(when);
  const defined = names === 'all' ? Object.entries(facts).flat() : names.map((name) => facts[name]);
  return [...defined, ...when.fields.map(typesAt)];
}

function factNames({ fields }: Pick<Part, 'fields'>): readonly string[] | 'all' {
  if (fields.includes('facts')) return 'all';
  return [...new Set(fields.map(factName).filter((name) => name !== undefined))];
}

function shadowTest({ shadowUntil }: PolicyRule, space: Space): Test {
  if (shadowUntil === undefined) return () => false;
  space.instants.add(shadowUntil);
  return (assignment) => {
    const instant = space.instant();
    const time = assignment.choice(instant);
    return time === undefined ? instant : Number(time) < shadowUntil;
  };
}

/** What a rule counts as when it holds, and when that cannot be known. */
export interface Levels {
  readonly held: Outcome;
  readonly unknown: Outcome;
}

export function levelsOf({ action, onError }: PolicyRule): Levels {
  return { held: action, unknown: strictest(action, onError) };
}

/** Which truth values of a rule are wanted: that it holds, that it is indeterminate. */
export interface Meant {
  readonly held: boolean;
  readonly unknown: boolean;
}

/** The rule has a wanted truth value and is not in its shadow stage. */
export function counts({ truth, shadow }: RuleTest, { held, unknown }: Meant = ANY): Test {
  if (!held && !unknown) return () => false;
  const said: Test = (assignment) => {
    const value = truth(assignment);
    if (value === true) return held;
    return value === 'unknown' ? unknown : value;
  };
  return both([negated(shadow), said]);
}

const ANY: Meant = { held: true, unknown: true };

/** The rule counts with at least this outcome; `undefined` when it never can. */
export function reaches(test: RuleTest, outcome: Outcome): Test | undefined {
  const { held, unknown } = levelsOf(test.rule);
  const least = strictness(outcome);
  if (strictness(unknown) < least) return undefined;
  return counts(test, { held: strictness(held) >= least, unknown: true });
}

/** The rule keeps the default, and under `first_match` later rules, from deciding. */
export function settles(test: RuleTest): Test {
  const { unknown } = levelsOf(test.rule);
  return counts(test, { held: true, unknown: strictness(unknown) > strictness('allow+log') });
}

/** The rule counts and redacts at least what an obligation redacts; `undefined` when it never does. */
export function owes(test: RuleTest, owed: Obligation): Test | undefined {
  const masks = masksOf(test.rule);
  const held = coversAll(masks.held, [owed]);
  const unknown = coversAll(masks.unknown, [owed]);
  return held || unknown ? counts(test, { held, unknown }) : undefined;
}

/** What a rule redacts when it holds, and when it is indeterminate: `on_error` may redact everything. */
export function masksOf(rule: PolicyRule): {
  readonly held: readonly Obligation[];
  readonly unknown: readonly Obligation[];
} {
  const { obligations, control } = rule;
  const bare = obligations.length === 0 && levelsOf(rule).unknown === 'redact';
  return { held: obligations, unknown: bare ? wholeRedaction(control) : obligations };
}

const coversAll = (kept: readonly Obligation[], owed: readonly Obligation[]): boolean =>
  owed.every((one) => kept.some((other) => covers(other, one)));

/** A redaction of a value covers redactions of its parts, and one without types covers one with types. Masks are not compared. */
export function covers(one: Obligation, other: Obligation): boolean {
  if (one.kind === 'notice' || other.kind === 'notice') {
    return one.kind === other.kind && 'text' in one && 'text' in other && one.text === other.text;
  }
  const inside = one.path === '' || `${other.path}.`.startsWith(`${one.path}.`);
  if (one.target !== other.target || !inside) return false;
  if (one.types === undefined) return true;
  const found = new Set(one.types);
  return other.types?.every((type) => found.has(type)) ?? false;
}

/** Whether one rule, when it counts, is at least as strict as another. */
export function upholds(one: PolicyRule, other: PolicyRule): boolean {
  const [mine, owed] = [levelsOf(one), levelsOf(other)];
  return (
    strictness(mine.held) >= strictness(owed.held) &&
    strictness(mine.unknown) >= strictness(owed.unknown) &&
    coversAll(masksOf(one).held, masksOf(other).held) &&
    coversAll(masksOf(one).unknown, masksOf(other).unknown)
  );
}
