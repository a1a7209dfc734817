import type { Obligation } from '@spanforge/core-events';
import { createRbac } from '@spanforge/rbac';
import { createScope } from '@spanforge/scope';
import {
  ask,
  BLOCK_ALL,
  bundleOf,
  CARD,
  callBy,
  type HostileTry,
  loading,
  type Opened,
  type Written,
} from './set-up.js';

const byScope = async ({ log, policy }: Opened) => ({
  scope: createScope({ recorder: log, reader: log, policy }).control(),
});
const byRole = async ({ log, policy }: Opened) => ({
  authorize: createRbac({ recorder: log, reader: log, policy }).control(),
});

const redacting = (service: string, control: string) =>
  bundleOf([{ service, control, action: 'redact', redact: [{ path: 'args.card' }] }]);
const REDACT_BY_DEFAULT = bundleOf([{ action: 'block', target: { tools: ['other'] } }], {
  default: 'redact',
});

const DENIED: readonly HostileTry[] = [
  ['scope, under a default that redacts', REDACT_BY_DEFAULT, byScope],
  ['roles, under a default that redacts', REDACT_BY_DEFAULT, byRole],
  ['scope, whose rule redacts', redacting('sf_scope', 'capability_enforcement'), byScope],
  ['roles, whose rule redacts', redacting('sf_rbac', 'role_enforcement'), byRole],
].map(([what, bundle, parts]) => ({
  id: 'D-01',
  tried: `denied by ${what}`,
  must: 'not run',
  happens: () => callBy(bundle as typeof REDACT_BY_DEFAULT, 'paid', parts as typeof byScope),
}));

const card = { type: 'object', properties: { number: { type: 'string' } } };
const closed = (properties: Written) => ({
  type: 'object',
  properties,
  additionalProperties: false,
});
const PAY = {
  pay: {
    effect: 'write',
    schema: closed({ card: { ...card, additionalProperties: false }, amount: { type: 'number' } }),
    result: closed({ cards: { type: 'array', items: card } }),
  },
};
const pathIs = (path: string, rule: Written = {}): string =>
  loading([{ action: 'redact', target: { tools: ['pay'] }, redact: [{ path }], ...rule }], {
    tools: PAY,
  });
const result = (path: string) =>
  bundleOf([{ control: 'tool_result', action: 'redact', redact: [{ path }] }]);

const PATHS: readonly HostileTry[] = [
  { tried: 'a typo', must: 'load error', happens: () => pathIs('args.crad') },
  {
    tried: 'a list without *',
    must: 'load error',
    happens: () => pathIs('result.cards.number'),
  },
  { tried: 'below a number', must: 'load error', happens: () => pathIs('args.amount.cents') },
  {
    tried: 'arguments in a rule about a result',
    must: 'load error',
    happens: () => pathIs('args.card', { control: 'tool_result' }),
  },
  {
    tried: 'a result that is JSON text',
    must: 'masked or withheld',
    happens: () => callBy(result('result.card'), JSON.stringify({ card: CARD })),
  },
  {
    tried: 'a typo that no schema could check',
    must: 'masked or withheld',
    happens: () => callBy(result('result.crad'), { card: CARD }),
  },
  {
    tried: 'a list without * that no schema could check',
    must: 'masked or withheld',
    happens: () => callBy(result('result.cards.number'), { cards: [{ number: CARD }] }),
  },
].map((one) => ({ id: 'D-02', ...one, tried: `a redaction path: ${one.tried}` }));

const masks = (obligations: readonly Obligation[]): string =>
  obligations.map((one) => ('path' in one ? `${one.target}${one.path}` : one.kind)).join(', ');
const otherTool = { action: 'block', target: { tools: ['other'] } };

const WAYS: readonly HostileTry[] = [
  ['action: redact', () => ask([{ action: 'redact' }], {})],
  [
    'on_error: redact',
    () => ask([{ action: 'allow', on_error: 'redact', when: 'args.missing > 1' }], {}),
  ],
  ['default: redact', () => ask([otherTool], { tool: 'pay' }, { default: 'redact' })],
].map(([way, decide]) => ({
  id: 'D-03',
  tried: way as string,
  must: 'masks args',
  happens: () => `masks ${masks((decide as () => ReturnType<typeof ask>)().obligations)}`,
}));

/** Calls that are denied or masked: D-01 to D-03. */
export const REDACTIONS: readonly HostileTry[] = [...DENIED, ...PATHS, ...WAYS];

/** What the same calls come to where nothing objects: without it, a call that always fails would pass. */
export const UNOPPOSED: readonly Omit<HostileTry, 'id'>[] = [
  {
    tried: 'a call that no rule is about',
    must: 'released unmasked',
    happens: () => callBy(bundleOf(BLOCK_ALL), { card: CARD }),
  },
  {
    tried: 'a call under a default that redacts, without scope and roles',
    must: 'masked or withheld',
    happens: () => callBy(REDACT_BY_DEFAULT, { card: CARD }),
  },
  { tried: 'a path that names something', must: 'loads', happens: () => pathIs('args.card') },
];
