import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bucketOfUnit, unitOf } from './bucket.js';
import { parseCanaryRules } from './rules.js';
import { addObserved, type CanaryTally, emptyTally, type Observed, openStep } from './tally.js';

const rules = parseCanaryRules();
const NOTHING: Observed = {
  seen: [],
  blocked: [],
  reviewed: { candidate: [], baseline: [] },
  overturned: { candidate: [], baseline: [] },
  minutes: [],
};
const second: CanaryTally = {
  ...emptyTally(rules),
  steps: [openStep(rules, 0), openStep(rules, 1)],
};

function grow(tally: CanaryTally, observed: Observed): CanaryTally {
  const { counts, ...added } = addObserved(tally, observed, rules);
  const join = (a: ReadonlySet<string>, b: ReadonlySet<string>) => new Set([...a, ...b]);
  return {
    ...counts,
    seen: join(tally.seen, added.seen),
    blocked: join(tally.blocked, added.blocked),
    reviewed: join(tally.reviewed, added.reviewed),
  };
}

it('counts a unit once and on its arm, in whatever parts and however often it is told', () => {
  const some = fc.array(fc.nat(40).map((key) => unitOf('s', `${key}`)));
  fc.assert(
    fc.property(fc.array(fc.record({ seen: some, blocked: some })), (parts) => {
      let tally = second;
      for (const part of parts) tally = grow(tally, { ...NOTHING, ...part });
      const seen = new Set<string>();
      const blocked = new Set<string>();
      for (const part of parts) {
        for (const unit of part.seen) if (bucketOfUnit(unit) >= 0.1) seen.add(unit);
        for (const unit of part.blocked) if (seen.has(unit)) blocked.add(unit);
      }
      const on = (units: Set<string>, from: number, to: number) =>
        [...units].filter((unit) => bucketOfUnit(unit) >= from && bucketOfUnit(unit) < to).length;
      expect(tally.steps[1]).toEqual({
        from: 10,
        percent: 50,
        candidate: { units: on(seen, 0.1, 0.5), events: on(blocked, 0.1, 0.5) },
        baseline: { units: on(seen, 0.5, 1), events: on(blocked, 0.5, 1) },
      });
    }),
  );
});

it('counts the first review of a unit, for the arm that decided', () => {
  const [one, two] = [unitOf('s', '1'), unitOf('s', '2')];
  const told = {
    ...NOTHING,
    reviewed: { candidate: [one, one], baseline: [two] },
    overturned: { candidate: [one], baseline: [] },
  };
  const again = { ...told, reviewed: { candidate: [two], baseline: [one] } };
  expect(grow(grow(second, told), again).reviews).toEqual({
    candidate: { units: 1, events: 1 },
    baseline: { units: 1, events: 0 },
  });
});
