import { describe, expect, it } from 'vitest';
import { ATTACKS } from './attacks.js';
import { tryAttacks } from './try-attacks.js';

// The whole table is printed by `npm --prefix tooling/attacks run evidence`; here only what decides.
const outcomes = await tryAttacks(['governed call', 'inspect', 'fsck']);

describe('attacks on the evidence', () => {
  it('are not seen where there are none', () => {
    const whole = outcomes.filter(({ id }) => id === '');
    expect(whole).toHaveLength(2);
    for (const { noticed, failsOpen } of whole) {
      expect({ noticed, failsOpen }).toEqual({ noticed: false, failsOpen: false });
    }
  });

  it.each(ATTACKS.map(({ id, name }) => [id, name]))('%s: %s', (id, name) => {
    const outcome = outcomes.find((one) => one.name === name);
    const { answers, ...said } = outcome ?? { answers: {} };
    expect({ id, ...said, answers }).toMatchObject({ id, noticed: true, failsOpen: false });
  });
});
