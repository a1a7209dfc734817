import { expect, it } from 'vitest';
import { demonstrate } from './demo.js';
import { SCENARIOS } from './scenarios.js';

it('passes the documented pipeline as it stands, and stops what is wrong', async () => {
  const said: string[] = [];
  const some = SCENARIOS.filter(({ story }) =>
    ['a pin that an advisory names', 'personal data in an answer'].includes(story),
  );
  const faults = await demonstrate((text) => void said.push(text), some);
  const text = said.join('\n');
  expect(text).toContain('6 passed, 0 failed, 0 warned; the release may go on');
  expect(text).toMatch(/dependency-audit +a pin that an advisory names +WARN +0 +1/);
  expect(text).toMatch(/trust-gate +personal data in an answer +FAIL +1 +1/);
  expect(text).toContain('trust-gate: FAIL: 2 PII detections in 24 h');
  expect(faults).toBe(0);
}, 120_000);
