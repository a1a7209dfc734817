import { ACTION_CATEGORIES, OUTCOMES, strictness } from '@spanforge/core-events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conclude, decide, decideCapability, type ScopeRequest } from './decide.js';
import { parseManifest, type ScopeManifest } from './manifest.js';
import { aManifest, aRequest, verdict } from './testing/fixtures.js';

const chain = (...manifests: ScopeManifest[]) => ({ manifests, broken: false });

/** The same rule, written down as slowly and plainly as possible. */
function grantsByTheBook(manifest: ScopeManifest, request: ScopeRequest, nowMs: number): boolean {
  if (manifest.expiresAt && new Date(nowMs) >= new Date(manifest.expiresAt)) return false;
  if (request.capability && !manifest.capabilities.includes(request.capability)) return false;
  const byResource = new Map(Object.entries(manifest.resourceActions));
  for (const grant of byResource.get(request.resource) ?? byResource.get('*') ?? []) {
    if (grant === '*' || grant === request.action) return true;
    for (const [category, actions] of Object.entries(ACTION_CATEGORIES)) {
      const named: readonly string[] = actions;
      if (grant !== `category:${category}`) continue;
      if (named.includes(request.action.toLowerCase())) return true;
    }
  }
  return false;
}

describe('decide', () => {
  it('grants exactly what every manifest of the chain grants', () => {
    const manifests = fc.array(aManifest, { maxLength: 3 });
    const times = fc.constantFrom(0, 1000, 1999, 2000);
    fc.assert(
      fc.property(manifests, aRequest, times, (list, request, nowMs) => {
        const facts = { circuitOpen: false, chain: chain(...list), nowMs };
        const expected =
          list.length > 0 && list.every((manifest) => grantsByTheBook(manifest, request, nowMs));
        expect(decide(facts, request).granted).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  const chains = fc.array(aManifest, { minLength: 1, maxLength: 3 });
  const inForce = (list: readonly ScopeManifest[], nowMs: number) =>
    list.every(({ expiresAt }) => expiresAt === undefined || nowMs < Date.parse(expiresAt));

  it('escalates a denial only where every manifest in force asks for it', () => {
    fc.assert(
      fc.property(chains, aRequest, fc.constantFrom(0, 2000), (list, request, nowMs) => {
        const finding = decide({ circuitOpen: false, chain: chain(...list), nowMs }, request);
        const escalates = list.every(({ onDenied }) => onDenied === 'escalate');
        const expected = inForce(list, nowMs) && escalates ? 'escalate' : 'block';
        expect(finding.otherwise).toBe(expected);
        if (finding.granted) return;
        const scopeOutcome = conclude(finding).scopeOutcome;
        expect(scopeOutcome).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('grants a capability exactly where every manifest in force declares it', () => {
    const capability = fc.constantFrom('c', 'd', 'x', 'y', 'toString');
    fc.assert(
      fc.property(chains, capability, fc.constantFrom(0, 2000), (list, name, nowMs) => {
        const declared = list.every(({ capabilities }) => capabilities.includes(name));
        const expected = declared ? 'granted' : 'capability_missing';
        const facts = { circuitOpen: false, chain: chain(...list), nowMs };
        const { granted, reasonCode } = decideCapability(facts, name);
        expect(reasonCode).toBe(inForce(list, nowMs) ? expected : 'manifest_expired');
        expect(granted).toBe(reasonCode === 'granted');
      }),
    );
    const facts = { circuitOpen: false, nowMs: 0 };
    const has = chain(parseManifest({ agentId: 'a', capabilities: ['c'] }));
    expect(decideCapability({ ...facts, chain: has }, 'c').granted).toBe(true);
    expect(decideCapability({ ...facts, chain: has }, 'd').granted).toBe(false);
  });

  it('says that a resource is not granted where one manifest of several lacks it', () => {
    const having = parseManifest({ agentId: 'a', resourceActions: { r: ['x'] } });
    const without = parseManifest({ agentId: 'b' });
    const request = { agentId: 'a', resource: 'r', action: 'x' };
    const facts = { circuitOpen: false, chain: chain(having, without), nowMs: 0 };
    expect(decide(facts, request).reasonCode).toBe('resource_not_granted');
  });

  it('checks in the documented order', () => {
    const request = { agentId: 'a', resource: 'r', action: 'x', capability: 'c' };
    const expiresAt = '1970-01-01T00:00:01Z';
    const steps = [
      ['circuit_open', { circuitOpen: true, chain: chain(), nowMs: 5000 }],
      ['no_manifest', { circuitOpen: false, chain: chain(), nowMs: 5000 }],
      [
        'delegation_broken',
        {
          circuitOpen: false,
          chain: { ...chain(parseManifest({ agentId: 'a', expiresAt })), broken: true },
          nowMs: 5000,
        },
      ],
      ...(
        [
          ['manifest_expired', { expiresAt }],
          ['capability_missing', {}],
          ['resource_not_granted', { capabilities: ['c'] }],
          ['action_not_granted', { capabilities: ['c'], resourceActions: { r: ['y'] } }],
          ['granted', { capabilities: ['c'], resourceActions: { r: ['x'] } }],
        ] as const
      ).map(([code, parts]) => {
        const manifest = parseManifest({ agentId: 'a', ...parts });
        return [code, { circuitOpen: false, chain: chain(manifest), nowMs: 5000 }] as const;
      }),
    ] as const;
    for (const [code, facts] of steps) expect(decide(facts, request).reasonCode).toBe(code);
  });

  it('takes an empty list as "named, with nothing", not as the catch-all', () => {
    const manifest = parseManifest({ agentId: 'a', resourceActions: { '*': ['*'], vault: [] } });
    const facts = { circuitOpen: false, chain: chain(manifest), nowMs: 0 };
    expect(decide(facts, { agentId: 'a', resource: 'vault', action: 'read' }).granted).toBe(false);
    expect(decide(facts, { agentId: 'a', resource: 'claims', action: 'x' }).granted).toBe(true);
  });

  it('says the documented sentence when the circuit is open', () => {
    expect(
      decide(
        { circuitOpen: true, chain: chain(), nowMs: 0 },
        { agentId: 'a', resource: 'r', action: 'x' },
      ).reason,
    ).toBe('circuit breaker is open; failing secure');
  });
});

describe('conclude', () => {
  const anOutcome = fc.constantFrom(...OUTCOMES);
  const decided = fc
    .tuple(aManifest, aRequest)
    .map(([manifest, request]) =>
      decide({ circuitOpen: false, chain: chain(manifest), nowMs: 1500 }, request),
    );

  it('never softens what the manifests grant, and never turns a denial into less', () => {
    fc.assert(
      fc.property(decided, anOutcome, (finding, outcome) => {
        const decision = conclude(finding, verdict({ outcome }));
        if (finding.granted) {
          expect(strictness(decision.outcome)).toBeGreaterThanOrEqual(strictness(outcome));
          expect(decision.allowed).toBe(!['human_review', 'block'].includes(outcome));
          return;
        }
        expect(decision.allowed).toBe(false);
        const [byItself, atLeast] =
          finding.otherwise === 'escalate'
            ? (['escalate', 'human_review'] as const)
            : (['block', 'block'] as const);
        const bothHold = ['human_review', 'block'].includes(outcome);
        const stricter = bothHold && byItself === 'escalate' ? outcome : byItself;
        expect(decision.scopeOutcome).toBe(stricter);
        expect(strictness(decision.outcome)).toBeGreaterThanOrEqual(strictness(atLeast));
        expect(decision.outcome).toBe(stricter === 'escalate' ? 'human_review' : stricter);
        expect(decision.reasonCode).toBe(finding.reasonCode);
      }),
    );
  });

  it('keeps the obligations of the policy', () => {
    const obligations = [{ kind: 'redact', target: 'args', path: 'card' }] as const;
    fc.assert(
      fc.property(decided, anOutcome, (finding, outcome) => {
        expect(conclude(finding, verdict({ outcome, obligations })).obligations).toEqual(
          obligations,
        );
      }),
    );
  });

  it('takes an outcome it does not know for no answer', () => {
    const decision = conclude(
      { granted: true, otherwise: 'block', reason: '', reasonCode: 'granted' },
      verdict({ outcome: 'permit' as 'allow' }),
    );
    expect(decision).toMatchObject({ outcome: 'block', reasonCode: 'policy_unavailable' });
  });
});
