import { createServer } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { RbacError } from '../error.js';
import { makeKey, type TestKey } from '../testing/tokens.js';
import { createLocalKeys, createRemoteKeys, type RemoteKeysOptions } from './key-source.js';

let first: TestKey;
let second: TestKey;
let rsa: TestKey;
beforeAll(async () => {
  first = await makeKey('k1');
  second = await makeKey('k2');
  rsa = await makeKey('r1', 'RS256');
});

const hint = (kid: string) => ({ kid, algorithm: 'ES256' as const });

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.catch((thrown: unknown) => thrown);
  return RbacError.is(error) ? error.code : error;
}

describe('key sets', () => {
  const refused = (jwks: unknown): unknown => {
    try {
      createLocalKeys(jwks);
    } catch (error) {
      if (RbacError.is(error)) return error.code;
    }
    return 'accepted';
  };

  it('K-08 are refused whole for one key that is secret, weak or ambiguous', () => {
    const good = first.jwk;
    const bad: Record<string, unknown> = {
      'the same id twice': [good, { ...second.jwk, kid: 'k1' }],
      'no id among several': [good, { ...second.jwk, kid: undefined }],
      'a symmetric key': [good, { kty: 'oct', k: 'AAAA', kid: 'o' }],
      'a private key': [good, { ...second.jwk, d: 'AAAA' }],
      'a private RSA member': [{ ...rsa.jwk, dp: 'AAAA' }],
      'a k in another key': [{ ...good, k: 'AAAA' }],
      'a short RSA key': [{ kty: 'RSA', kid: 'r', n: 'A'.repeat(171), e: 'AQAB' }],
      'no RSA modulus': [{ kty: 'RSA', kid: 'r', e: 'AQAB' }],
      'an exponent of one': [{ ...rsa.jwk, e: 'AQ' }],
      'no key': [],
      'too many keys': Array.from({ length: 101 }, (_, n) => ({ ...good, kid: `k${n}` })),
      'a number for an id': [{ ...good, kid: 5 }],
      'no type': [{ kid: 'k1' }],
    };
    for (const [name, keys] of Object.entries(bad)) {
      expect([name, refused({ keys })]).toEqual([name, 'RBAC_JWKS_INVALID']);
    }
    for (const jwks of [null, [], 'x', '{"keys":[],"keys":[]}', { keys: 'x' }]) {
      expect(refused(jwks)).toBe('RBAC_JWKS_INVALID');
    }
    expect(refused({ keys: [{ ...good, kid: undefined }] })).toBe('accepted');
  });

  it('leave aside keys for other uses and algorithms', async () => {
    for (const parts of [{ use: 'enc' }, { key_ops: ['deriveKey'] }, { alg: 'ECDH-ES' }]) {
      const keys = createLocalKeys({ keys: [{ ...first.jwk, ...parts }] });
      expect(await keys.find(hint('k1'))).toBeUndefined();
    }
  });
});

describe('keys that rotate', () => {
  function setUp(options: Partial<RemoteKeysOptions> = {}) {
    const state = { now: 1_000_000, fetches: 0, keys: [first.jwk], fails: false };
    const source = createRemoteKeys({
      fetchKeys: async () => {
        state.fetches += 1;
        if (state.fails) throw new Error('unreachable');
        return { keys: state.keys };
      },
      clock: () => state.now,
      ...options,
    });
    return { state, source };
  }

  it('are fetched once for all who ask at the same moment, and then kept', async () => {
    const { state, source } = setUp();
    const found = await Promise.all(Array.from({ length: 20 }, () => source.find(hint('k1'))));
    expect(found.every(Boolean)).toBe(true);
    await source.find(hint('k1'));
    expect(state.fetches).toBe(1);
  });

  it('are fetched again for an unknown id, at most once in a cooldown', async () => {
    const { state, source } = setUp();
    await source.find(hint('k1'));
    state.keys = [first.jwk, second.jwk];
    for (let n = 0; n < 50; n += 1) expect(await source.find(hint(`x${n}`))).toBeUndefined();
    expect(await source.find(hint('k2'))).toBeUndefined();
    expect(state.fetches).toBe(1);
    state.now += 30_000;
    expect(await source.find(hint('k2'))).toBeDefined();
    expect(state.fetches).toBe(2);
    await Promise.all(Array.from({ length: 50 }, (_, n) => source.find(hint(`y${n}`))));
    expect(state.fetches).toBe(2);
  });

  it('are forgotten with the set they were withdrawn from', async () => {
    const { state, source } = setUp();
    expect(await source.find(hint('k1'))).toBeDefined();
    state.keys = [second.jwk];
    state.now += 599_999;
    expect(await source.find(hint('k1'))).toBeDefined();
    state.now += 1;
    expect(await source.find(hint('k1'))).toBeUndefined();
  });

  it('outlive an outage, but not their age', async () => {
    const { state, source } = setUp();
    await source.find(hint('k1'));
    state.fails = true;
    state.now += 40_000;
    expect(await source.find(hint('k2'))).toBeUndefined();
    expect(await source.find(hint('k1'))).toBeDefined();
    state.now += 600_000;
    expect(await codeOf(source.find(hint('k1')))).toBe('RBAC_KEYS_UNAVAILABLE');
    expect(await codeOf(source.find(hint('k1')))).toBe('RBAC_KEYS_UNAVAILABLE');
    expect(state.fetches).toBe(3);
    state.fails = false;
    state.now += 30_000;
    expect(await source.find(hint('k1'))).toBeDefined();
  });

  it('are not had from a fetch that hangs, throws or answers nonsense', async () => {
    for (const fetchKeys of [
      () => new Promise<never>(() => undefined),
      () => {
        throw new Error('at once');
      },
      async () => ({ keys: [{ kty: 'oct', k: 'AAAA' }] }),
      async () => '<html>',
    ]) {
      const source = createRemoteKeys({ fetchKeys, timeoutMs: 20 });
      expect(await codeOf(source.find(hint('k1')))).toBe('RBAC_KEYS_UNAVAILABLE');
    }
  });

  it('are not young for ever because the clock went back', async () => {
    const { state, source } = setUp();
    await source.find(hint('k1'));
    state.keys = [second.jwk];
    state.now -= 500_000;
    expect(await source.find(hint('k1'))).toBeUndefined();
    expect(state.fetches).toBe(2);
  });

  it('come from a server', async () => {
    const server = createServer((_request, response) => {
      response.end(JSON.stringify({ keys: [second.jwk] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const source = createRemoteKeys({
      fetchKeys: async () =>
        (await fetch(`http://127.0.0.1:${port}`, { redirect: 'error' })).text(),
    });
    expect(await source.find(hint('k2'))).toBeDefined();
    await new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
  });

  it.each([{ maxAgeMs: 0 }, { cooldownMs: -1 }, { timeoutMs: Number.NaN }])(
    'refuse %j',
    (options) => {
      expect(() => setUp(options)).toThrow(RbacError);
    },
  );
});
