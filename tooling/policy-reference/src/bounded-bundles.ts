import {
  type Obligation,
  OUTCOMES,
  type PolicyRequest,
  type PolicyVerdict,
} from '@spanforge/core-events';
import { type PolicyBundle, parseBundle } from '@spanforge/policy';
import fc from 'fast-check';

const UNTIL = Date.parse('2026-06-01T00:00:00Z');

/** One thing requests differ in: what rules can ask about it, and every answer they can tell apart. */
export interface Axis {
  readonly targets?: readonly object[];
  readonly whens?: readonly string[];
  readonly extras?: readonly object[];
  readonly values: readonly object[];
}

const threshold = (value: number, comparator: string) => ({
  threshold: value,
  metadata: { comparator },
});

export const AXES: readonly Axis[] = [
  {
    targets: [{ tools: ['a'] }, { tools: ['ab*'] }, { tools: ['a*', 'b'] }, { tools: ['b'] }],
    whens: ['request.tool == "ab"', 'request.tool.endsWith("b")', 'has(request.tool)'],
    values: [
      {},
      ...['a', 'ab', 'abz', 'az', 'azb', 'abzb', 'b', 'z', 'zb'].map((tool) => ({ tool })),
    ],
  },
  {
    targets: [{ roles: ['r'] }, { roles: ['r*'] }, { actors: ['u'] }],
    whens: ['"r" in actor.roles', 'actor.id != "u"', '!("rs" in actor.roles)', 'has(actor.roles)'],
    values: [
      {},
      ...['u', 'v'].flatMap((id) => [
        { actor: { id } },
        ...[[], ['r'], ['rs'], ['rx'], ['z'], ['r', 'rs'], ['rs', 'z'], ['rx', 'rs']].map(
          (roles) => ({ actor: { id, roles } }),
        ),
      ]),
    ],
  },
  {
    targets: [{ environments: ['p'] }, { environments: ['p', 'q'] }],
    whens: ['env == "p"', 'env in ["q", "r"]'],
    values: [{}, { env: 'p' }, { env: 'q' }, { env: 'r' }, { env: 'z' }],
  },
  {
    extras: [threshold(0.5, 'lt'), threshold(0.5, 'gte'), threshold(1, 'eq'), threshold(1, 'neq')],
    whens: ['observed > 0.75', 'observed != null'],
    values: [{}, ...[0, 0.5, 0.7, 0.75, 0.8, 1, 2].map((observed) => ({ observed }))],
  },
  {
    extras: [{ stage: { mode: 'shadow', until: '2026-06-01T00:00:00Z' } }],
    whens: [`time.epoch > ${UNTIL + 5}`],
    values: [9e15, -9e15, UNTIL - 1, UNTIL, UNTIL + 5, UNTIL + 6].map((time) => ({ time })),
  },
  {
    whens: [
      'args.n > 1',
      'args.n > 1 && args.n <= 3',
      'args.n in [1, 3]',
      'args.n != null',
      'args.n == "s" || args.n == null',
      'has(args.n)',
      'args != null && !has(args.n)',
    ],
    values: [
      {},
      ...[null, 'x', [], {}].map((args) => ({ args })),
      ...[0, 1, 2, 3, 4, 's', 't', null, true, {}, []].map((n) => ({ args: { n } })),
    ],
  },
  {
    whens: ['args.f', '!args.f', 'args.f == true', 'args.f.g == 1', 'has(args.f.g)'],
    values: [
      {},
      ...[
        undefined,
        null,
        true,
        false,
        'x',
        1,
        [],
        {},
        { g: 1 },
        { g: 2 },
        { g: null },
        { g: 's' },
      ].map((f) => ({ args: f === undefined ? {} : { f } })),
      { args: null },
      { args: 3 },
    ],
  },
  {
    whens: [
      'args.to.endsWith("@x")',
      'args.to.startsWith("a")',
      'args.to.contains("@")',
      'args.to == "a@x"',
    ],
    values: [
      {},
      ...[7, null, '', 'z', 'a', 'z@', 'a@', 'z@x', 'a@x', 'ab@x'].map((to) => ({ args: { to } })),
    ],
  },
  {
    whens: [
      '"u" in labels',
      '"v" in labels || "u" in labels',
      '!("v" in labels)',
      'labels == null',
    ],
    values: [{}, ...[[], ['u'], ['v'], ['u', 'v'], ['w']].map((labels) => ({ labels }))],
  },
  {
    whens: [
      '"u" in context.tags',
      '1 in context.tags',
      'null in context.tags',
      'context.tags == null',
    ],
    values: [
      {},
      { context: {} },
      ...[
        null,
        1,
        {},
        [],
        ['u'],
        [1],
        [null],
        ['z'],
        [2],
        [{}],
        ['u', 1],
        [null, {}],
        ['u', null],
        [1, null],
        ['z', null],
        [2, null],
        ['u', {}],
        [1, {}],
        ['u', 1, null],
        ['z', 2],
        [true],
      ].map((tags) => ({ context: { tags } })),
    ],
  },
];

export const action = fc.constantFrom('allow', 'allow+log', 'redact', 'human_review', 'block');
export const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

export function ruleOn(axes: readonly Axis[]) {
  const some = <K extends 'targets' | 'whens' | 'extras'>(key: K) => {
    const all = axes.flatMap((axis) => (axis[key] ?? []) as readonly unknown[]);
    return all.length === 0 ? fc.constant(undefined) : maybe(fc.constantFrom(...all));
  };
  return fc
    .record({
      target: some('targets'),
      target2: some('targets'),
      extra: some('extras'),
      extra2: some('extras'),
      when: some('whens'),
      also: some('whens'),
      join: fc.constantFrom('&&', '||'),
      action,
      on_error: maybe(action),
      enabled: fc.constantFrom(true, true, true, false),
      redact: fc.constantFrom('args.s', 'args', 'args.s.t', 'result'),
    })
    .map(({ target, target2, extra, extra2, when, also, join, redact, ...rest }) => ({
      service: 'sf_govern',
      control: 'tool_call',
      ...rest,
      target: { ...(target as object), ...(target2 as object) },
      ...(extra as object),
      ...(extra2 as object),
      when: when !== undefined && also !== undefined ? `(${when}) ${join} (${also})` : when,
      ...(rest.action.startsWith('allow') ? {} : { redact: [{ path: redact }] }),
    }));
}

export const strategy = fc.constantFrom('strictest', 'strictest', 'first_match');

export function build(rules: readonly object[], head: object): PolicyBundle {
  return parseBundle(
    JSON.parse(
      JSON.stringify({
        policy_id: 'p',
        version: '1',
        environment: 'prod',
        owner: 'o',
        effective_at: '2026-07-01T00:00:00Z',
        ...head,
        rules: [FIXED, ...rules].map((rule, i) => ({ rule_id: `r${i}`, ...rule })),
      }),
    ),
  );
}

/** A bundle has at least one rule. */
const FIXED = { service: 'sf_rag', control: 'grounding_threshold', action: 'allow' };

/** Every request of a grid over some axes. */
export function requests(axes: readonly Axis[]): readonly PolicyRequest[] {
  const base = { service: 'sf_govern', control: 'tool_call', time: UNTIL };
  return axes.reduce<readonly object[]>(
    (all, { values }) => all.flatMap((one) => values.map((value) => merge(one, value))),
    [base, { ...base, service: 'sf_scope' }],
  ) as readonly PolicyRequest[];
}

function merge(one: object, value: object): object {
  const args = { ...(one as { args?: object }).args, ...(value as { args?: object }).args };
  const plain = 'args' in one && 'args' in value && isObject(one.args) && isObject(value.args);
  return { ...one, ...value, ...(plain ? { args } : {}) };
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The order of verdicts, written plainly. */
export function looser(verdict: PolicyVerdict, than: PolicyVerdict): boolean {
  const [one, other] = [verdict, than].map(({ outcome }) => OUTCOMES.indexOf(outcome));
  if ((one ?? 0) < (other ?? 0)) return true;
  const place = (given: Obligation): readonly string[] =>
    given.kind === 'redact' ? [given.target, ...given.path.split('.')].filter(Boolean) : [];
  const hidden = (owed: Obligation) =>
    verdict.obligations.some((kept) => place(kept).every((part, i) => part === place(owed)[i]));
  return verdict.outcome !== 'block' && !than.obligations.every(hidden);
}
