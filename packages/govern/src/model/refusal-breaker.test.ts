import { describe, expect, it } from 'vitest';
import type { OpenCall } from './open-call.js';
import { createRefusalBreaker, REPEATED } from './refusal-breaker.js';

const CONTEXT = { tenant: 'acme', run: 'run-1', agent: 'bot', actor: 'user:ada' };
interface Varied {
  readonly context?: object;
  readonly tool?: string;
  readonly labels?: readonly string[];
  readonly reviewId?: string;
  readonly argsText?: string;
}

const call = ({ context, reviewId, argsText = '{"a":1}', ...more }: Varied = {}) =>
  ({
    call: { tool: 'pay', labels: [], ...more, context: { ...CONTEXT, ...context } },
    ...{ argsText, reviewId },
  }) as unknown as OpenCall;

function open(limits: Parameters<typeof createRefusalBreaker>[0] = {}) {
  let now = 1_000_000;
  const breaker = createRefusalBreaker(limits, () => now);
  return {
    wait: (ms: number) => {
      now += ms;
    },
    isOpen: (one = call()) => breaker.isOpen(one),
    refuse: (times: number, one = call(), reason = 'block') => {
      for (let n = 0; n < times; n += 1) breaker.note(one, reason);
    },
  };
}

describe('a call that is refused again and again', () => {
  it('is asked about until it was refused so often, and not for a while after', () => {
    const { isOpen, refuse, wait } = open({ limit: 3, resetMs: 100 });
    expect(isOpen()).toBe(false);
    refuse(2);
    expect(isOpen()).toBe(false);
    refuse(1);
    expect(isOpen()).toBe(true);
    wait(99);
    expect(isOpen()).toBe(true);
    refuse(1);
    wait(99);
    expect(isOpen()).toBe(true);
    wait(1);
    expect(isOpen()).toBe(false);
    // What was so long ago is forgotten, and counted from the beginning.
    refuse(2);
    expect(isOpen()).toBe(false);
    refuse(1);
    expect(isOpen()).toBe(true);
  });

  it('is asked about five times within a minute, where nobody says otherwise', () => {
    const { isOpen, refuse, wait } = open();
    refuse(4);
    expect(isOpen()).toBe(false);
    refuse(1);
    expect(isOpen()).toBe(true);
    wait(59_999);
    expect(isOpen()).toBe(true);
    wait(1);
    expect(isOpen()).toBe(false);
  });

  it('is asked about where the clock went back, for nobody knows how long ago it was', () => {
    const { isOpen, refuse, wait } = open({ limit: 1 });
    refuse(1);
    expect(isOpen()).toBe(true);
    wait(-1);
    expect(isOpen()).toBe(false);
  });

  it.each<[string, Varied]>([
    ['tenant', { context: { tenant: 'globex' } }],
    ['run', { context: { run: 'run-2' } }],
    ['agent', { context: { agent: 'other' } }],
    ['actor', { context: { actor: 'user:eve' } }],
    ['tool', { tool: 'refund' }],
    ['argument', { argsText: '{"a":2}' }],
    ['label', { labels: ['pii'] }],
    ['review', { reviewId: 'review-1' }],
  ])('is another one with another %s', (_, more) => {
    const { isOpen, refuse } = open({ limit: 2 });
    refuse(2);
    expect(isOpen()).toBe(true);
    expect(isOpen(call(more))).toBe(false);
    refuse(1, call(more));
    expect(isOpen(call(more))).toBe(false);
    refuse(1, call(more));
    expect(isOpen(call(more))).toBe(true);
  });

  it.each(['evidence_unavailable', 'control_failed', REPEATED.reasonCode])(
    'is not one that was refused for %s, which says nothing about the call',
    (reason) => {
      const { isOpen, refuse } = open({ limit: 1 });
      refuse(9, call(), reason);
      expect(isOpen()).toBe(false);
    },
  );

  it('is remembered of the calls that were refused last', () => {
    const { isOpen, refuse } = open({ limit: 1, maxCalls: 2 });
    const [one, two, three] = ['1', '2', '3'].map((argsText) => call({ argsText }));
    refuse(1, one);
    refuse(1, two);
    expect([isOpen(one), isOpen(two)]).toEqual([true, true]);
    refuse(1, one);
    refuse(1, three);
    expect([isOpen(one), isOpen(two), isOpen(three)]).toEqual([true, false, true]);
  });

  it('is blocked, with a reason of its own', () => {
    expect(REPEATED).toMatchObject({ outcome: 'block', reasonCode: 'repeated_refusal' });
  });
});
