import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBreaker, type Permit } from './breaker.js';

function setUp(threshold = 2) {
  const time = { now: 1_000_000 };
  const breaker = createBreaker({ threshold, resetMs: 1000, clock: () => time.now });
  const fail = (): void => {
    breaker.settle(breaker.admit()!, 'failed');
  };
  return { breaker, time, fail };
}

describe('createBreaker', () => {
  it('opens after consecutive failures only', () => {
    const { breaker, fail } = setUp();
    fail();
    breaker.settle(breaker.admit()!, 'succeeded');
    fail();
    expect(breaker.state).toBe('closed');
    fail();
    expect(breaker.state).toBe('open');
    expect(breaker.admit()).toBeUndefined();
  });

  it('lets exactly one probe through, however many race for it', () => {
    const { breaker, time, fail } = setUp(1);
    fail();
    time.now += 999;
    expect(breaker.admit()).toBeUndefined();
    time.now += 1;
    const permits = Array.from({ length: 10 }, () => breaker.admit());
    expect(permits.filter((permit) => permit !== undefined)).toHaveLength(1);
    expect(breaker.state).toBe('half_open');
    expect(breaker.settle(permits[0]!, 'succeeded')).toBe(true);
    expect(breaker.state).toBe('closed');
  });

  it('waits again after a failed probe, and only a probe closes it', () => {
    const { breaker, time, fail } = setUp(2);
    const early = breaker.admit()!;
    fail();
    fail();
    expect(breaker.settle(early, 'succeeded')).toBe(false);
    expect(breaker.state).toBe('open');
    time.now += 1000;
    breaker.settle(breaker.admit()!, 'failed');
    expect(breaker.admit()).toBeUndefined();
    time.now += 1000;
    expect(breaker.admit()).toBeDefined();
  });

  it('replaces a probe that does not come back, and frees one that says nothing', () => {
    const { breaker, time, fail } = setUp(1);
    fail();
    time.now += 1000;
    breaker.settle(breaker.admit()!, 'neither');
    const lost = breaker.admit()!;
    time.now += 1000;
    const next = breaker.admit()!;
    expect(next).toBeDefined();
    breaker.settle(lost, 'failed');
    expect(breaker.state).toBe('half_open');
    breaker.settle(next, 'succeeded');
    expect(breaker.state).toBe('closed');
  });

  it('does not stay open because the clock went back', () => {
    const { breaker, time, fail } = setUp(1);
    fail();
    time.now -= 500_000;
    expect(breaker.admit()).toBeUndefined();
    time.now += 1000;
    expect(breaker.admit()).toBeDefined();
  });

  it('counts every permit once, whatever the order', () => {
    const step = fc.oneof(
      fc.constant({ do: 'admit' as const }),
      fc.record({
        do: fc.constant('settle' as const),
        which: fc.nat(20),
        how: fc.constantFrom('succeeded' as const, 'failed' as const, 'neither' as const),
      }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.nat(1500) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { breaker, time } = setUp(3);
        const permits: Permit[] = [];
        let probes = 0;
        for (const one of steps) {
          if (one.do === 'wait') time.now += one.ms;
          if (one.do === 'admit') {
            const before = breaker.state;
            const permit = breaker.admit();
            if (before === 'closed') expect(permit).toEqual({ probe: false });
            if (permit?.probe) probes += 1;
            if (permit) permits.push(permit);
          }
          const permit = one.do === 'settle' ? permits[one.which] : undefined;
          if (one.do !== 'settle' || !permit) continue;
          const closed = breaker.settle(permit, one.how);
          expect(closed && !(permit.probe && one.how === 'succeeded')).toBe(false);
          expect(breaker.settle(permit, 'failed')).toBe(false);
        }
        expect(probes).toBeLessThanOrEqual(permits.length);
      }),
    );
  });
});
