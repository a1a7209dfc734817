import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScopeError } from './error.js';
import { MAX_MANIFEST_BYTES, parseManifest, parseManifestWire } from './manifest.js';

function fault(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    if (!ScopeError.is(error)) throw error;
    expect(error.code).toBe('SCOPE_MANIFEST_INVALID');
    return error.details.path;
  }
  throw new Error('was accepted');
}

describe('parseManifest', () => {
  it('grants nothing that is not written', () => {
    expect(parseManifest({ agentId: 'a' })).toEqual({
      agentId: 'a',
      capabilities: [],
      resourceActions: {},
      onDenied: 'block',
      metadata: {},
    });
  });

  it('is a frozen copy', () => {
    const read = ['read'];
    const manifest = parseManifest({ agentId: 'a', resourceActions: { claims: read } });
    read.push('write');
    expect(manifest.resourceActions.claims).toEqual(['read']);
    expect(Object.isFrozen(manifest.resourceActions)).toBe(true);
    expect(Object.isFrozen(manifest.resourceActions.claims)).toBe(true);
  });

  it.each([
    [{}, '$.agentId'],
    [{ agentId: '' }, '$.agentId'],
    [{ agentId: ' a' }, '$.agentId'],
    [{ agentId: 'a\u200b' }, '$.agentId'],
    [{ agentId: 'a\u202eb' }, '$.agentId'],
    [{ agentId: 'x'.repeat(513) }, '$.agentId'],
    [{ agentId: 'a', agent_id: 'b' }, '$.agent_id'],
    [{ agentId: 'a', admin: true }, '$.admin'],
    [{ agentId: 'a', capabilities: ['x', 'x'] }, '$.capabilities'],
    [{ agentId: 'a', capabilities: 'x' }, '$.capabilities'],
    [{ agentId: 'a', resourceActions: { r: ['category:none'] } }, '$.resourceActions.r.0'],
    [{ agentId: 'a', resourceActions: { r: ['category:toString'] } }, '$.resourceActions.r.0'],
    [{ agentId: 'a', resourceActions: { '': ['x'] } }, '$.resourceActions.'],
    [{ agentId: 'a', resourceActions: [] }, '$.resourceActions'],
    [{ agentId: 'a', onDenied: 'allow' }, '$.onDenied'],
    [{ agentId: 'a', expiresAt: '2026-02-30T00:00:00Z' }, '$.expiresAt'],
    [{ agentId: 'a', expiresAt: '2026-02-03' }, '$.expiresAt'],
    [{ agentId: 'a', expiresAt: undefined }, '$.expiresAt'],
    [{ agentId: 'a', metadata: [] }, '$.metadata'],
    [{ agentId: 'a', metadata: { when: new Date(0) } }, '$.metadata.when'],
    [{ agentId: 'a', metadata: { big: 'x'.repeat(MAX_MANIFEST_BYTES) } }, '$.metadata.big'],
    [{ agentId: 'a', metadata: { big: '€'.repeat(MAX_MANIFEST_BYTES / 2) } }, '$'],
    [JSON.parse('{"agentId":"a","__proto__":{"onDenied":"escalate"}}'), '$'],
    [JSON.parse('{"agentId":"a","resourceActions":{"__proto__":["*"]}}'), '$'],
    [Object.create({ agentId: 'a' }), '$'],
    [null, '$'],
  ])('refuses what is not a manifest (%#)', (value, path) => {
    expect(fault(() => parseManifest(value))).toBe(path);
  });

  it('runs no getter', () => {
    let ran = false;
    const value = {
      get agentId() {
        ran = true;
        return 'a';
      },
    };
    fault(() => parseManifest(value));
    expect(ran).toBe(false);
  });

  it('answers any value with a manifest or a coded error', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (value) => {
        fault(() => parseManifest(value));
      }),
    );
  });
});

describe('parseManifestWire', () => {
  it('reads snake_case and refuses camelCase', () => {
    const wire = { agent_id: 'a', resource_actions: { r: ['x'] }, on_denied: 'escalate' };
    expect(parseManifestWire({ ...wire, delegated_from: 'p' })).toEqual(
      parseManifest({
        ...{ agentId: 'a', resourceActions: { r: ['x'] } },
        ...{ onDenied: 'escalate', delegatedFrom: 'p' },
      }),
    );
    expect(fault(() => parseManifestWire({ ...wire, onDenied: 'block' }))).toBe('$.onDenied');
  });
});
