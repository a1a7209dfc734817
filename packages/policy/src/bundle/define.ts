import type { Outcome } from '@spanforge/core-events';
import type { FindingType } from '@spanforge/detect';
import type { CounterDimension } from './bundle.js';
import type { Comparator } from './schema.js';

/** A tool as it is declared in a bundle. */
export interface ToolSource {
  readonly effect: 'read' | 'write';
  readonly output?: 'trusted' | 'untrusted';
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly failure?: { readonly starts_with: string };
}

/** A fact as it is declared in a bundle, for the tools that are declared there. */
export type FactSource<Tool extends string = string> =
  | {
      readonly from: Tool | readonly Tool[];
      readonly for?: Readonly<
        Record<string, string | { readonly value: string | number | boolean }>
      >;
      readonly take?: 'latest' | 'all';
      readonly pick?: string;
    }
  | ({ readonly count: 'calls' } & CounterSource<Tool>)
  | ({ readonly sum: `args.${string}` } & CounterSource<Tool>)
  | { readonly detect: string; readonly types?: readonly FindingType[] };

interface CounterSource<Tool extends string> {
  readonly tools?: readonly Pattern<Tool>[];
  readonly per?: readonly CounterDimension[];
  readonly window: `${number}${'s' | 'm' | 'h' | 'd'}`;
}

type Pattern<Tool extends string> = Tool | `${string}*`;

/** A rule as it is written, for the tools that are declared. */
export interface RuleSource<Tool extends string = string> {
  readonly rule_id: string;
  readonly service: string;
  readonly control: string;
  readonly target?: {
    readonly tools?: readonly Pattern<Tool>[];
    readonly resources?: readonly string[];
    readonly agents?: readonly string[];
    readonly actors?: readonly string[];
    readonly roles?: readonly string[];
    readonly environments?: readonly string[];
  };
  readonly action: Outcome;
  readonly enabled?: boolean;
  readonly threshold?: number;
  readonly when?: string;
  readonly rationale?: string;
  readonly redact?: readonly {
    readonly path: string;
    readonly mask?: string;
    readonly types?: readonly FindingType[];
  }[];
  readonly on_error?: Outcome;
  readonly on_unavailable?: 'fail_secure' | 'fail_open';
  readonly stage?: 'enforce' | { readonly mode: 'shadow'; readonly until: string };
  readonly metadata?: { readonly comparator?: Comparator; readonly [key: string]: unknown };
}

/** The names of declared tools; any name where none are declared. */
type Named<Tools> = string extends keyof Tools ? string : keyof Tools & string;

/** A bundle as it is written, in TypeScript. */
export interface BundleSource<
  Tools extends Readonly<Record<string, ToolSource>> = Readonly<Record<string, ToolSource>>,
> {
  readonly policy_id: string;
  readonly version: string;
  readonly environment: string;
  readonly owner: string;
  readonly effective_at: string;
  readonly rules: readonly RuleSource<Named<NoInfer<Tools>>>[];
  readonly rationale?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly strategy?: 'strictest' | 'first_match';
  readonly zone?: string;
  readonly tools?: Tools;
  readonly facts?: Readonly<Record<string, FactSource<Named<NoInfer<Tools>>>>>;
  readonly default?: Outcome;
}

/**
 * Type-checks a bundle written in TypeScript: keys, actions and units, and that targets and facts
 * name only declared tools. Returns its argument unchanged; `parseBundle` checks what types cannot
 * express, such as conditions.
 */
export function defineBundle<const Tools extends Readonly<Record<string, ToolSource>>>(
  bundle: BundleSource<Tools>,
): BundleSource<Tools> {
  return bundle;
}
