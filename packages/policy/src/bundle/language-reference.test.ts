import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseBundle } from './parse.js';

const FILE = new URL('../../../../docs/reference/policy-language.md', import.meta.url);

it('the examples of the reference are one bundle that loads', () => {
  const blocks = [...readFileSync(FILE, 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)];
  const parts = blocks.map(([, text = '']) => (parse(text) ?? {}) as Record<string, object>);
  const facts = Object.assign({}, ...parts.map((part) => part.facts ?? {})) as object;
  const bundle = parseBundle({ ...Object.assign({}, ...parts), facts });
  expect(bundle.rules.map(({ ruleId }) => ruleId)).toEqual([
    'refunds-a-day',
    'refund-of-an-order-that-was-seen',
    'grounded',
  ]);
  expect(Object.keys(bundle.facts)).toEqual([
    'order',
    'own_orders',
    'refunded_today',
    'refunds_today',
    'sensitive',
  ]);
});
