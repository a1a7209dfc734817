import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScopeError } from './error.js';
import { parseManifest } from './manifest.js';
import { loadManifestFromYaml } from './yaml.js';

const GOOD = `agent_id: claims-agent
capabilities: [claim.read, decision.write]
resource_actions:
  claims: [read]
  "*":
    - category:read
on_denied: escalate
metadata: {team: claims, no: off}
`;

function fault(text: string): string {
  try {
    loadManifestFromYaml(text, { file: 'agents/claims.yaml' });
  } catch (error) {
    if (!ScopeError.is(error)) throw error;
    expect(error.code).toBe('SCOPE_YAML_INVALID');
    expect(error.message.startsWith('agents/claims.yaml:')).toBe(true);
    return `${error.details.line}:${error.details.column} ${error.details.expectation}`;
  }
  throw new Error('was accepted');
}

describe('loadManifestFromYaml', () => {
  it('reads a manifest', () => {
    expect(loadManifestFromYaml(GOOD)).toEqual({
      agentId: 'claims-agent',
      capabilities: ['claim.read', 'decision.write'],
      resourceActions: { claims: ['read'], '*': ['category:read'] },
      onDenied: 'escalate',
      metadata: { team: 'claims', no: 'off' },
    });
  });

  it('takes JSON, which is YAML', () => {
    expect(loadManifestFromYaml('{"agent_id": "a"}')).toEqual(parseManifest({ agentId: 'a' }));
  });

  it.each([
    ['an unknown field', GOOD.replace('on_denied', 'on_deny'), /^7:1 on_deny: no such field/],
    ['camelCase', GOOD.replace('agent_id', 'agentId'), /agentId|agent_id/],
    ['a wrong value', GOOD.replace('escalate', 'shrug'), /^7:1 on_denied: expected "block"/],
    ['an unknown category', GOOD.replace('category:read', 'category:reed'), /^6:7 .*categories/],
    ['a number for a name', GOOD.replace('[read]', '[012]'), /^4:12 .*visible characters/],
    ['a duplicate action', GOOD.replace('[read]', '[read, read]'), /^4:3 .*no duplicates/],
    ['a duplicate key', `${GOOD}agent_id: other\n`, /^9:1 .*unique/],
    ['a second document', `${GOOD}---\nagent_id: b\n`, /^9:1 /],
    ['a directive', `%YAML 1.1\n---\n${GOOD}`, /^1:1 directives/],
    ['a tag', GOOD.replace('[read]', '!!js/function [read]'), /^4:11 tags/],
    ['an unknown tag', GOOD.replace('[read]', '!evil [read]'), /^4:11 tags/],
    ['an anchor', GOOD.replace('[read]', '&a [read]'), /^4:11 anchors/],
    ['an alias', GOOD.replace('[read]', '*a'), /^4:11 aliases/],
    ['a merge key', `${GOOD}<<: {on_denied: block}\n`, /^9:1 <<: no such field/],
    ['a control character', GOOD.replace('[read]', '[read\u0002]'), /^4:16 control/],
    ['tabs', GOOD.replace('  claims', '\tclaims'), /^4:/],
    ['__proto__', `${GOOD}__proto__: {x: 1}\n`, /__proto__/],
    ['__proto__ below', GOOD.replace('team', '__proto__'), /__proto__/],
    ['NaN', GOOD.replace('team: claims', 'team: .nan'), /plain data/],
    ['a list', '- a\n', /^1:1 /],
    ['nothing', '', /^1:1 /],
    ['text for a manifest', 'manifest.yaml', /^1:1 expected object$/],
    ['an unclosed list', 'agent_id: [a', /^1:/],
    ['an empty name', 'agent_id: ""\n', /^1:1 agent_id/],
  ])('refuses %s with its position', (_name, text, expected) => {
    expect(fault(text)).toMatch(expected);
  });

  it('refuses what is too large before it is parsed', () => {
    expect(fault(`agent_id: ${'x'.repeat(70_000)}`)).toMatch(/65536/);
    const keys = Array.from({ length: 9000 }, (_, n) => `k${n}`).join(',');
    expect(fault(`{${keys}}`)).toMatch(/too many parts/);
    expect(fault('['.repeat(20_000))).toMatch(/too many parts/);
  });

  it('never fails in another way, whatever the text', () => {
    const pieces = fc.constantFrom(
      'agent_id: a',
      '\n',
      '- ',
      '{',
      '}',
      '[',
      ']',
      ': ',
      '"',
      "'",
      '&a ',
      '*a',
      '!x ',
      '%',
      '---',
      '|',
      '>',
      '#',
      '\t',
      '  ',
      '? ',
      '\u0000',
      '\ud800',
      'x',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        try {
          loadManifestFromYaml(parts.join(''));
        } catch (error) {
          expect(ScopeError.is(error) && error.code).toBe('SCOPE_YAML_INVALID');
        }
      }),
    );
  });
});

const bomb = resolve(
  process.env.SPANFORGE_DATA ?? resolve(import.meta.dirname, '../../../../shared/data'),
  'vectors/yaml/billion_laughs.yaml',
);

describe.skipIf(!existsSync(bomb))(`billion laughs (${bomb})`, () => {
  it('is refused at its first anchor', () => {
    expect(fault(readFileSync(bomb, 'utf8'))).toMatch(/anchors are not allowed/);
  });
});
