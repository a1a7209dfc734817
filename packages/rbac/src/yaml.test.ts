import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseActor } from './actor.js';
import { RbacError } from './error.js';
import { loadActorFromYaml } from './yaml.js';

const GOOD = `actor_id: case-worker-7
roles: [claims_reviewer]
resource_roles:
  claims: [claims_writer]
  "*":
    - viewer
metadata: {team: claims, no: off}
`;

function fault(text: string): string {
  try {
    loadActorFromYaml(text, { file: 'actors.yaml' });
  } catch (error) {
    if (!RbacError.is(error)) throw error;
    expect(error.code).toBe('RBAC_YAML_INVALID');
    expect(error.message.startsWith('actors.yaml:')).toBe(true);
    return `${error.details.line}:${error.details.column} ${error.details.expectation}`;
  }
  throw new Error('was accepted');
}

describe('loadActorFromYaml', () => {
  it('reads an actor, from YAML or from JSON, which is YAML', () => {
    expect(loadActorFromYaml(GOOD)).toEqual({
      actorId: 'case-worker-7',
      roles: ['claims_reviewer'],
      resourceRoles: { claims: ['claims_writer'], '*': ['viewer'] },
      metadata: { team: 'claims', no: 'off' },
    });
    expect(loadActorFromYaml('{"actor_id": "a"}')).toEqual(parseActor({ actorId: 'a' }));
  });

  it.each([
    ['an unknown field', `${GOOD}admin: true\n`, /^8:1 admin: no such field/],
    ['camelCase', GOOD.replace('actor_id', 'actorId'), /actorId|actor_id/],
    ['a number for a name', GOOD.replace('[claims_writer]', '[012]'), /^4:12 .*visible/],
    ['a duplicate role', GOOD.replace('[claims_reviewer]', '[a, a]'), /^2:1 .*no duplicates/],
    ['a duplicate key', `${GOOD}roles: [admin]\n`, /^8:1 .*unique/],
    ['a second document', `${GOOD}---\nactor_id: b\n`, /documents/],
    ['a directive', `%YAML 1.1\n---\n${GOOD}`, /^1:1 directives/],
    ['a tag', GOOD.replace('[claims_writer]', '!!js/function [x]'), /^4:11 tags/],
    ['an anchor', GOOD.replace('[claims_writer]', '&a [x]'), /^4:11 anchors/],
    ['an alias', GOOD.replace('[claims_writer]', '*a'), /^4:11 aliases/],
    ['a merge key', `${GOOD}<<: {roles: [admin]}\n`, /^8:1 <<: no such field/],
    ['a control character', GOOD.replace('claims_writer', 'x\u0002'), /^4:13 control/],
    ['__proto__', GOOD.replace('"*"', '__proto__'), /__proto__/],
    ['a list', '- a\n', /^1:1 /],
    ['nothing', '', /^1:1 /],
  ])('refuses %s with its position', (_name, text, expected) => {
    expect(fault(text)).toMatch(expected);
  });

  it('refuses what is too large before it is parsed', () => {
    expect(fault(`actor_id: ${'x'.repeat(70_000)}`)).toMatch(/65536/);
    const keys = Array.from({ length: 9000 }, (_, n) => `k${n}`).join(',');
    expect(fault(`{${keys}}`)).toMatch(/too many parts/);
    expect(fault('['.repeat(20_000))).toMatch(/too many parts/);
  });

  it('never fails in another way, whatever the text', () => {
    const pieces = fc.constantFrom(
      'actor_id: a',
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
          loadActorFromYaml(parts.join(''));
        } catch (error) {
          expect(RbacError.is(error) && error.code).toBe('RBAC_YAML_INVALID');
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
