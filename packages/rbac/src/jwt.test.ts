import type { EvidenceLog } from '@spanforge/core-events/log';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createJwtVerifier, createLocalKeys, registerActorFromJwt } from './jwt.js';
import { createRbac } from './rbac.js';
import { CONTEXT, openLog } from './testing/fixtures.js';
import { AUDIENCE, CLAIMS, ISSUER, makeKey, NOW_MS, sign, type TestKey } from './testing/tokens.js';

let key: TestKey;
let log: EvidenceLog;
beforeAll(async () => {
  key = await makeKey('k1');
});
beforeEach(async () => {
  log = await openLog();
});

const call = { context: CONTEXT };
const verifiedBy = async () =>
  (await log.query({ types: ['spanforge.manifest.actor.v1'] })).records.map(
    ({ body }) => body.verified_by,
  );

describe('registerActorFromJwt', () => {
  const verifier = () =>
    createJwtVerifier({
      keys: createLocalKeys({ keys: [key.jwk] }),
      algorithms: ['ES256'],
      issuer: ISSUER,
      audience: AUDIENCE,
      clock: () => NOW_MS,
    });

  it('registers whom a verified token speaks of, and says so in the record', async () => {
    const rbac = createRbac({ recorder: log, reader: log });
    await registerActorFromJwt(rbac, await sign(key), call, { verify: verifier() });
    const request = { actorId: 'case-worker-7', resource: 'claims', action: 'approve' };
    const asked = { ...request, requiredRoles: ['viewer', 'reviewer'] };
    expect((await rbac.authorize(asked, call)).outcome).toBe('allow');
    await rbac.registerActor({ actorId: 'by-hand' }, call);
    expect(await verifiedBy()).toEqual(['jwt', 'host']);
  });

  it('registers nobody from a token that does not verify', async () => {
    const rbac = createRbac({ recorder: log, reader: log });
    const token = await sign(await makeKey('k1'));
    await expect(
      registerActorFromJwt(rbac, token, call, { verify: verifier() }),
    ).rejects.toMatchObject({ code: 'RBAC_JWT_INVALID', details: { fault: 'signature' } });
    expect(await verifiedBy()).toEqual([]);
  });

  it('marks what was registered without verification, and is as strict about its form', async () => {
    const rbac = createRbac({ recorder: log, reader: log });
    const options = { verify: 'unsafe-none' } as const;
    await registerActorFromJwt(rbac, await sign(await makeKey('x')), call, options);
    expect(await verifiedBy()).toEqual(['unsafe-none']);
    const odd = await sign(key, { ...CLAIMS, roles: 'admin' });
    await expect(registerActorFromJwt(rbac, odd, call, options)).rejects.toMatchObject({
      code: 'RBAC_JWT_INVALID',
    });
  });

  it('needs to be told how to verify', async () => {
    const rbac = createRbac({ recorder: log, reader: log });
    const token = await sign(key);
    for (const options of [undefined, {}, { verify: undefined }, { verify: 'none' }]) {
      const register = registerActorFromJwt as (...args: unknown[]) => Promise<unknown>;
      await expect(register(rbac, token, call, options)).rejects.toThrow(TypeError);
    }
    expect(await verifiedBy()).toEqual([]);
  });
});
