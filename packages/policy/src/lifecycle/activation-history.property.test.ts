import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareVersions } from '../bundle/version.js';
import { compileBundle, type Decider } from '../decide/decider.js';
import {
  historyOf,
  inForce,
  isReadable,
  rollbackTarget,
  type StagedActivation,
  versionFault,
} from './activation-history.js';
import { changeClaim, scopeKey, scopeOfKey } from './bundle-scope.js';
import { aBundle } from './test-policy.js';

const deciders: readonly Decider[] = ['1', '2', '3', '4'].map((version) =>
  compileBundle(aBundle({ version })),
);

/** What was really done to an environment: activations and single steps back. */
const moves = fc.array(fc.oneof(fc.constant('back' as const), fc.nat({ max: 3 })), {
  maxLength: 20,
});

const stepOf = (
  step: StagedActivation['step'],
  decider: Decider,
  effectiveAtMs = 0,
): StagedActivation => {
  const { policyId, version, digest } = decider.bundle;
  return { step, stage: 'enforce', decider, policyId, version, digest, effectiveAtMs };
};

it('going back undoes one step after another, like taking from a stack', () => {
  fc.assert(
    fc.property(moves, (all) => {
      const steps: StagedActivation[] = [];
      let stack: Decider[] = [];
      for (const move of all) {
        if (move === 'back') {
          const target = rollbackTarget(historyOf(steps), 10);
          const expected = stack.at(-2);
          expect(target?.decider).toBe(expected);
          if (expected === undefined) continue;
          stack = stack.slice(0, -1);
          steps.push(stepOf('rolled_back', expected));
        } else {
          const decider = deciders[move] as Decider;
          // A bundle that is active is left as it is; one that was active comes by going back.
          if (stack.includes(decider)) continue;
          stack.push(decider);
          steps.push(stepOf('activated', decider));
        }
        expect(inForce(historyOf(steps), 10)?.decider).toBe(stack.at(-1));
      }
    }),
  );
});

it('a step never goes to an older version or another content unless it is asked to', () => {
  const version = fc.constantFrom('1', '1.0', '2', '2.1', '3');
  const digest = fc.constantFrom('a', 'b');
  const known = fc.record({ version, digest });
  fc.assert(
    fc.property(fc.array(known, { maxLength: 6 }), known, fc.boolean(), (all, next, back) => {
      const [decider] = deciders as [Decider];
      const line = historyOf(all.map((each) => ({ ...stepOf('activated', decider), ...each })));
      const fault = versionFault(next, line, back);
      const reused = all.some(
        (one) => compareVersions(one.version, next.version) === 0 && one.digest !== next.digest,
      );
      const older = compareVersions(next.version, all.at(-1)?.version ?? '0') < 0;
      const expected = reused
        ? 'POLICY_VERSION_REUSED'
        : older && !back
          ? 'POLICY_VERSION_OLDER'
          : undefined;
      expect(fault).toBe(expected);
    }),
  );
});

it('what is in force is the last step whose time has come, and a shadow never is', () => {
  const step = fc.record({
    at: fc.integer({ min: 0, max: 20 }),
    which: fc.nat({ max: 3 }),
    stage: fc.constantFrom('shadow' as const, 'enforce' as const),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 10 }), fc.integer({ min: 0, max: 20 }), (all, now) => {
      const steps = all.map(({ at, which, stage }) => ({
        ...stepOf('activated', deciders[which] as Decider, at),
        stage,
      }));
      const line = historyOf(steps);
      const expected = steps.findLast((one) => one.stage === 'enforce' && one.effectiveAtMs <= now);
      expect(inForce(line, now)?.digest).toBe(expected?.digest);
      expect(line.changes).toBe(steps.length);
      if (line.shadow !== undefined) expect(isReadable(line.shadow)).toBe(true);
    }),
  );
});

it('no two places share a name or a claim', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 6 });
  const application = fc.option(text, { nil: undefined });
  const place = fc.record({ tenant: text, environment: text, application });
  fc.assert(
    fc.property(place, place, fc.nat(), (a, b, n) => {
      const same =
        a.tenant === b.tenant && a.environment === b.environment && a.application === b.application;
      expect(scopeOfKey(scopeKey(a))).toEqual(JSON.parse(JSON.stringify(a)));
      expect(scopeKey(a) === scopeKey(b)).toBe(same);
      expect(changeClaim(a, n) === changeClaim(b, n)).toBe(same);
      expect(changeClaim(a, n)).not.toBe(changeClaim(a, n + 1));
    }),
  );
});
