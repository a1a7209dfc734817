import type { PolicyBundle } from '@spanforge/policy';

/** What a mutant does to a bundle. */
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
  /** Absent where it is not about one rule. */
  readonly ruleId?: string;
  /** A sentence without its end. */
  readonly change: string;
  /** As written: it has still to be loaded. */
  readonly written: unknown;
}

/** A bundle as it is written, to be changed: what is read has been checked. */
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
