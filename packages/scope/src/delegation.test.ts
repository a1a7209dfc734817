import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.js';
import { findWidening, MAX_DELEGATION_DEPTH, resolveChain } from './delegation.js';
import { parseManifest } from './manifest.js';
import { aManifest, aRequest } from './testing/fixtures.js';

describe('findWidening', () => {
  it('finds nothing only where the child grants no more than its parent', () => {
    let narrowings = 0;
    fc.assert(
      fc.property(aManifest, aManifest, fc.array(aRequest), (child, parent, requests) => {
        if (findWidening(child, parent) !== undefined) return;
        narrowings += 1;
        for (const nowMs of [0, 1000, 2000]) {
          for (const request of requests) {
            const grants = (manifest: typeof child): boolean =>
              decide(
                { circuitOpen: false, chain: { manifests: [manifest], broken: false }, nowMs },
                request,
              ).granted;
            expect(grants(child) && !grants(parent)).toBe(false);
          }
        }
      }),
      { numRuns: 3000 },
    );
    expect(narrowings).toBeGreaterThan(50);
  });

  it('lets every manifest stand under itself', () => {
    fc.assert(
      fc.property(aManifest, (manifest) => {
        expect(findWidening(manifest, manifest)).toBeUndefined();
      }),
    );
  });

  it.each([
    ['a capability', { capabilities: ['x', 'y'] }, '$.capabilities.1'],
    ['a resource', { resourceActions: { other: ['read'] } }, '$.resourceActions.other.0'],
    ['an action', { resourceActions: { r: ['read', 'write'] } }, '$.resourceActions.r.1'],
    ['a category', { resourceActions: { r: ['category:read'] } }, '$.resourceActions.r.0'],
    ['the wildcard', { resourceActions: { r: ['*'] } }, '$.resourceActions.r.0'],
    ['the catch-all', { resourceActions: { '*': ['read'] } }, '$.resourceActions.*.0'],
    ['a later end', { expiresAt: '2030-01-02T00:00:00Z' }, '$.expiresAt'],
    ['no end', { expiresAt: undefined }, '$.expiresAt'],
    ['escalation', { onDenied: 'escalate' }, '$.onDenied'],
  ])('names %s', (_name, parts, path) => {
    const parent = parseManifest({
      ...{ agentId: 'p', capabilities: ['x'], resourceActions: { r: ['read'] } },
      expiresAt: '2030-01-01T00:00:00Z',
    });
    const { expiresAt, ...rest } = { expiresAt: '2030-01-01T00:00:00Z', ...parts };
    const child = parseManifest({ agentId: 'c', ...rest, ...(expiresAt ? { expiresAt } : {}) });
    expect(findWidening(child, parent)).toBe(path);
  });

  it('names of a long resource its beginning', () => {
    const parent = parseManifest({ agentId: 'p' });
    const child = parseManifest({ agentId: 'c', resourceActions: { ['r'.repeat(65)]: ['read'] } });
    expect(findWidening(child, parent)).toBe(`$.resourceActions.${'r'.repeat(64)}.0`);
  });
});

describe('resolveChain', () => {
  const registry = (links: Record<string, string | undefined>) => (agentId: string) => {
    if (!Object.hasOwn(links, agentId)) return undefined;
    const delegatedFrom = links[agentId];
    return parseManifest(delegatedFrom === undefined ? { agentId } : { agentId, delegatedFrom });
  };

  it('gives nearest first, and says when the end is missing, a circle or too far', () => {
    const ids = (links: Record<string, string | undefined>) => {
      const chain = resolveChain(registry(links), 'a');
      return [chain.manifests.map(({ agentId }) => agentId).join(), chain.broken];
    };
    expect(ids({})).toEqual(['', false]);
    expect(ids({ a: 'b', b: 'c', c: undefined })).toEqual(['a,b,c', false]);
    expect(ids({ a: 'b' })).toEqual(['a', true]);
    expect(ids({ a: 'a' })[1]).toBe(true);
    expect(ids({ a: 'b', b: 'a' })[1]).toBe(true);
    const long = Object.fromEntries(
      Array.from({ length: MAX_DELEGATION_DEPTH + 1 }, (_, n) => [
        n === 0 ? 'a' : `n${n}`,
        `n${n + 1}`,
      ]),
    );
    expect(ids(long)[1]).toBe(true);
  });
});
