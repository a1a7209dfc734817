import type { DeclaredTypes } from './declared.js';
import { DYN, listOf, mapOf, NUMBER, objectOf, STRING, type StaticType } from './static-type.js';

/** The names a condition may start from, and what stands under each. */
export type Roots = Readonly<Record<string, StaticType>>;

/** What a condition is evaluated on. Anything left out is missing, never false. */
export interface ConditionInput {
  readonly request?: {
    readonly service?: string;
    readonly control?: string;
    readonly tool?: string;
    readonly resource?: string;
    readonly action?: string;
    readonly args?: unknown;
  };
  readonly actor?: { readonly id?: string; readonly roles?: readonly string[] };
  readonly agent?: { readonly id?: string; readonly capabilities?: readonly string[] };
  readonly env?: string;
  readonly time?: ConditionTime;
  readonly labels?: readonly string[];
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly observed?: number;
  readonly context?: unknown;
  /**
   * Types that are declared for these values: one of another type is a type error wherever it is
   * read. Without them only what an operator needs is checked.
   */
  readonly types?: DeclaredTypes;
}

/** An instant, with its calendar fields in a zone the caller chose. */
export interface ConditionTime {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly epoch: number;
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  /** 0 to 23. */
  readonly hour: number;
  /** 0 to 59. */
  readonly minute: number;
  /** 0 to 59. */
  readonly second: number;
  /** 1 (Monday) to 7 (Sunday), as in ISO 8601. */
  readonly weekday: number;
}

const TIME = objectOf({
  epoch: NUMBER,
  year: NUMBER,
  month: NUMBER,
  day: NUMBER,
  hour: NUMBER,
  minute: NUMBER,
  second: NUMBER,
  weekday: NUMBER,
});

const REQUEST = {
  service: STRING,
  control: STRING,
  tool: STRING,
  resource: STRING,
  action: STRING,
};

/** The types of what is the same in every request: everything but arguments, facts and time. */
export const FIXED_TYPES: DeclaredTypes = Object.freeze({
  request: objectOf(REQUEST),
  actor: objectOf({ id: STRING, roles: listOf(STRING) }),
  agent: objectOf({ id: STRING, capabilities: listOf(STRING) }),
  env: STRING,
  labels: listOf(STRING),
  observed: NUMBER,
  context: mapOf(DYN),
});

/** Declares every root; `args` stands for `request.args`. */
export function declareRoots(args: StaticType, facts: StaticType | undefined): Roots {
  return {
    ...FIXED_TYPES,
    request: objectOf({ ...REQUEST, args }),
    args,
    time: TIME,
    facts: facts ?? objectOf({}),
  };
}
