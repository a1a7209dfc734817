import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallerContext, checkCaller, completeCaller, resolveCaller } from './caller.js';

const WHO = {
  tenant: 'acme',
  project: 'support',
  env: 'prod',
  run: 'r1',
  traceId: 't1',
  agent: 'bot',
  actor: 'alice',
};
const KEYS = Object.keys(WHO) as (keyof typeof WHO)[];

describe('a caller', () => {
  it.each(KEYS)('without %s is refused, and the message names it', async (key) => {
    for (const missing of [undefined, '', 5, null]) {
      const context = { ...WHO, [key]: missing } as unknown as CallerContext;
      const error = expect.objectContaining({
        code: 'GOVERN_CONTEXT_INVALID',
        details: { path: `$.context.${key}` },
        message: expect.stringContaining(`context.${key}: expected`),
      });
      expect(() => checkCaller(context)).toThrow(error);
      await expect(resolveCaller(() => context, {})).rejects.toEqual(error);
    }
  });

  it.each([undefined, null, 'alice', []])('is not %j', async (given) => {
    await expect(resolveCaller(() => given as never, {})).rejects.toMatchObject({
      code: 'GOVERN_CONTEXT_INVALID',
    });
  });

  it('is what the host says, but for what the application fixes', () => {
    const some = fc.subarray(KEYS);
    const name = fc.string({ minLength: 1 });
    const given = fc.record({
      ...Object.fromEntries(KEYS.map((key) => [key, name])),
      callId: name,
      constructor: name,
      actorRoles: fc.array(name),
    });
    fc.assert(
      fc.property(some, given, (fixedKeys, host) => {
        const fixed = Object.fromEntries(fixedKeys.map((key) => [key, WHO[key]]));
        const { callId: _, constructor: __, ...rest } = host as Record<string, unknown>;
        expect(completeCaller(fixed, host, 'context')).toEqual({ ...rest, ...fixed });
      }),
    );
  });

  it('has its run for a trace where nobody names one', () => {
    const { traceId: _, ...rest } = WHO;
    expect(completeCaller({}, rest, 'context').traceId).toBe('r1');
  });

  it('is not completed by what is no text', () => {
    const given = { ...WHO, actor: { toString: () => 'alice' } };
    expect(() => completeCaller({}, given, 'configurable')).toThrow(
      expect.objectContaining({ details: { path: '$.configurable.actor' } }),
    );
  });
});
