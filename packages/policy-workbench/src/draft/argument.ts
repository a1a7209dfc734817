import type { DraftSource } from './sources.js';
import type { Observation } from './types.js';

/** The recorded values of one argument of a tool. */
export interface SeenArgument {
  readonly tool: string;
  readonly name: string;
  /** Calls that had it. */
  readonly present: readonly Observation[];
  /** True if some call of the tool did not have it. */
  readonly optional: boolean;
}

/** A rule about one argument, and the calls it is based on. */
export interface DraftRule {
  readonly ruleId: string;
  readonly tool: string;
  readonly when: string;
  readonly rationale: string;
  readonly comments: readonly string[];
  readonly basis: Basis;
}

/** What a rule was made from; its cases are made from the same. */
export type Basis =
  | { readonly kind: 'values'; readonly argument: string; readonly values: readonly unknown[] }
  | {
      readonly kind: 'range';
      readonly argument: string;
      readonly low: number;
      readonly high: number;
      readonly step: number;
    }
  | { readonly kind: 'known'; readonly argument: string; readonly facts: readonly string[] }
  | { readonly kind: 'tools' };

/** A rule about an argument, or the reason why there is none. */
export type Said =
  | { readonly rule: DraftRule; readonly facts?: readonly DraftFact[] }
  | { readonly review: string }
  | undefined;

/** A fact of the drafted bundle, as written. */
export interface DraftFact {
  readonly name: string;
  readonly source: DraftSource;
  readonly written: Readonly<Record<string, unknown>>;
}

/** In how many runs something was observed, since calls of one run are not independent. */
export function runsOf(observed: readonly Observation[]): number {
  return new Set(observed.map(({ run }) => run)).size;
}

/** The path of an argument in conditions. */
export function argumentPath(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `args.${name}` : `args[${JSON.stringify(name)}]`;
}

/** A test of an argument; if it may be absent, it is only tested when present. */
export function testOf({ name, optional }: SeenArgument, test: string): string {
  return optional ? `has(${argumentPath(name)}) && (${test})` : test;
}

/** Names of rules are printable and have no spaces. */
export function ruleId(tool: string, argument: string, what: string): string {
  return `${tool}.${argument}.${what}`.replace(/[^\x21-\x7e]/g, '_').slice(0, 256);
}

/** Every argument that calls of a tool had, by name. */
export function seenArguments(
  tool: string,
  observed: readonly Observation[],
): readonly SeenArgument[] {
  return argumentNames(observed).map((name) => {
    const present = observed.filter(({ call }) => Object.hasOwn(call.args, name));
    return { tool, name, present, optional: present.length < observed.length };
  });
}

/** The names of arguments that calls had; no bundle can hold `__proto__`. */
export function argumentNames(observed: readonly Observation[]): readonly string[] {
  const names = new Set(observed.flatMap(({ call }) => Object.keys(call.args)));
  names.delete('__proto__');
  return [...names].sort();
}
