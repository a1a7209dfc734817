import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.js';
import { resolveChain } from './delegation.js';
import { coversAction } from './grants.js';
import type { ScopeManifest } from './manifest.js';
import { agentsFor, grantsOf } from './queries.js';
import type { ManifestRegistry } from './registry.js';
import { createScope } from './scope.js';
import { ACTIONS, aManifest, CONTEXT, openLog, RESOURCES } from './testing/fixtures.js';

const NAMES = ['a', 'b', 'c'];

/** Up to three manifests, each perhaps delegated from any of them or from nobody known. */
const someAgents = fc
  .tuple(
    fc.array(aManifest, { minLength: 1, maxLength: 3 }),
    fc.array(fc.constantFrom(undefined, undefined, ...NAMES, 'gone'), {
      minLength: 3,
      maxLength: 3,
    }),
  )
  .map(([manifests, parents]) =>
    manifests.map((manifest, at): ScopeManifest => {
      const delegatedFrom = parents[at];
      const agentId = NAMES[at] ?? '';
      return { ...manifest, agentId, ...(delegatedFrom === undefined ? {} : { delegatedFrom }) };
    }),
  );

function registryOf(manifests: readonly ScopeManifest[]): ManifestRegistry {
  return {
    find: (_tenant, id) => manifests.find(({ agentId }) => agentId === id),
    list: () => manifests,
    apply: () => undefined,
    size: manifests.length,
  };
}

const times = fc.constantFrom(0, 1000, 2000);

describe('reverse queries', () => {
  it('say the same as the rule, for every agent, resource and action', () => {
    fc.assert(
      fc.property(someAgents, times, (manifests, nowMs) => {
        const registry = registryOf(manifests);
        const where = { registry, tenant: 't' };
        for (const { agentId } of manifests) {
          const lines = grantsOf(where, agentId, nowMs);
          const chain = resolveChain((id) => registry.find('t', id), agentId);
          for (const resource of RESOURCES) {
            const line =
              lines.find((one) => one.resource === resource) ??
              lines.find((one) => one.resource === '*');
            for (const action of ACTIONS) {
              const request = { agentId, resource, action };
              const { granted } = decide({ circuitOpen: false, chain, nowMs }, request);
              expect(coversAction(line?.actions ?? [], action)).toBe(granted);
              expect(agentsFor(where, request, nowMs).includes(agentId)).toBe(granted);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never let a child do what a parent of it may not, whatever was registered', () => {
    let delegated = 0;
    fc.assert(
      fc.property(someAgents, times, (manifests, nowMs) => {
        const registry = registryOf(manifests);
        for (const resource of RESOURCES) {
          for (const action of ACTIONS) {
            const allowed = agentsFor({ registry, tenant: 't' }, { resource, action }, nowMs);
            for (const agentId of allowed) {
              const parent = registry.find('t', agentId)?.delegatedFrom;
              if (parent === undefined) continue;
              delegated += 1;
              expect(allowed).toContain(parent);
            }
          }
        }
      }),
      { numRuns: 3000 },
    );
    expect(delegated).toBeGreaterThan(50);
  });

  it('read what is registered now, tenant by tenant', async () => {
    const time = { now: Date.parse('2026-05-02T00:00:00Z') };
    const log = await openLog();
    const scope = createScope({ recorder: log, reader: log, clock: () => time.now });
    const call = { context: CONTEXT };
    const where = { tenant: 'acme' };
    await scope.register(
      {
        ...{ agentId: 'lead', capabilities: ['x'], expiresAt: '2026-05-03T00:00:00Z' },
        resourceActions: { '*': ['category:read'], claims: ['*'], vault: [] },
      },
      call,
    );
    await scope.register(
      {
        ...{ agentId: 'helper', delegatedFrom: 'lead', expiresAt: '2026-05-02T12:00:00Z' },
        resourceActions: { claims: ['list', 'delete'] },
      },
      call,
    );
    expect(await scope.whatMay('lead', where)).toEqual([
      { resource: '*', actions: ['category:read'] },
      { resource: 'claims', actions: ['*'] },
      { resource: 'vault', actions: [] },
    ]);
    expect((await scope.whatMay('helper', where))[0]).toEqual({
      ...{ resource: 'claims', actions: ['delete', 'list'] },
    });
    const list = { resource: 'claims', action: 'list' };
    expect(await scope.whoMay(list, where)).toEqual(['helper', 'lead']);
    expect(await scope.whoMay({ ...list, capability: 'x' }, where)).toEqual(['lead']);
    expect(await scope.whoMay({ resource: 'claims', action: '*' }, where)).toEqual([]);
    expect(await scope.whoMay(list, { tenant: 'globex' })).toEqual([]);
    expect(await scope.whatMay('nobody', where)).toEqual([]);
    time.now += 13 * 3_600_000;
    expect(await scope.whoMay(list, where)).toEqual(['lead']);
    expect(await scope.whatMay('helper', where)).toEqual([]);
  });
});
