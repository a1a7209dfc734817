import type { PolicyBundle } from '@spanforge/policy';

/** How a mutant changes a bundle. */
export type MutationOperator =
  | 'drop_rule'
  | 'loosen_action'
  | 'flip_comparator'
  | 'shift_boundary'
  | 'shift_number'
  | 'negate_condition'
  | 'drop_operand'
  | 'widen_target'
  | 'narrow_target'
  | 'drop_obligation'
  | 'change_on_error'
  | 'loosen_fact'
  | 'swap_default';

/** A bundle with one thing wrong. */
export interface Mutant {
  readonly operator: MutationOperator;
  /** Absent if the change is not about one rule. */
  readonly ruleId?: string;
  /** A sentence without its full stop. */
  readonly change: string;
  /** The bundle as written; it has not been loaded yet. */
  readonly written: unknown;
}

/** A bundle as written, to be changed. Its parts were validated when it was loaded. */
export interface MutableRule {
  readonly rule_id: string;
  readonly action: string;
  readonly [key: string]: unknown;
}

export interface MutableBundle {
  readonly rules: readonly MutableRule[];
  readonly facts?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly [key: string]: unknown;
}

/** The bundle as it was written, from its canonical text. */
export function writtenBundle(bundle: PolicyBundle): MutableBundle {
  return JSON.parse(bundle.canonical) as MutableBundle;
}
