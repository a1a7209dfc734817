import { expect, it } from 'vitest';
import { aBundle, context, pay, setUp } from './test-policy.js';

const rule = (at: number) => ({
  rule_id: `r${String(at).padStart(4, '0')}`,
  service: 'sf_govern',
  control: 'tool_call',
  action: at === 1500 ? 'human_review' : 'allow+log',
  rationale: 'Every one of these rules applies to every call.',
});

it('more findings than a record can hold are decided and recorded', async () => {
  const { policy, log, ofType } = await setUp();
  const rules = Array.from({ length: 2000 }, (_, at) => rule(at));
  await policy.lifecycle.activate(aBundle({ rules }));
  const { verdict, receipts } = await policy.evaluate(pay(1), { context });
  await receipts;
  expect(verdict).toMatchObject({ outcome: 'human_review', reasonCode: 'rule_triggered' });
  const [record] = await ofType('spanforge.policy.decision.v1');
  const kept = record?.body.rules as { rule_id: string }[];
  expect(kept.length).toBeGreaterThan(100);
  expect(kept.length).toBeLessThan(2000);
  expect(kept.map(({ rule_id }) => rule_id)).toContain('r1500');
  expect(Object.keys(record?.body.values as object).sort()).toEqual(['request', 'rules']);
  const disclosed = await log.disclosures(record?.index ?? -1);
  expect(disclosed.map(({ name }) => name).sort()).toEqual(['request', 'rules']);
});
