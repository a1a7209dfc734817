import { canonicalize } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyDecisionV1 } from '../records/policy-decision-v1.js';
import { textOfBody } from '../records/shared-body.js';
import { createRecordParser } from './parse-record.js';

const DIGEST = 'ozgnjsuIlZOtvxk7Jkpj6VT5zHzpjnCdFcQ8wXOZmRE';

const bodyOf = (rule: string, values: object = { request: DIGEST }): object => ({
  service: 'sf_govern',
  control: 'tool_call',
  tool: 'pay',
  outcome: 'allow',
  matched: true,
  rules: [{ rule_id: rule, action: 'allow', finding: 'triggered', reason: 'r' }],
  reason: 'r',
  reason_code: 'rule_triggered',
  values,
});

const textOf = (n: number, body: object, more: object = {}): string =>
  canonicalize({ actor: 'a', agent: 'b', body, id: `id-${n}`, time: 't', writer: { n }, ...more });

describe('texts that begin alike', () => {
  it('share what comes before the values, and are what JSON.parse makes of them', () => {
    const parse = createRecordParser();
    const texts = Array.from({ length: 6 }, (_, n) => textOf(n, bodyOf('rule')));
    const parsed = texts.map((text) => ({ ...(parse(text) as { readonly body: object }) }));
    expect(parsed).toEqual(texts.map((text) => JSON.parse(text)));
    const shared = parsed.map(({ body }) => textOfBody(body));
    expect(shared[0]).toBeUndefined();
    // The second shows what varies, the third once more.
    expect(shared.slice(3).every((one) => one !== undefined)).toBe(true);
    expect(new Set(shared.slice(3)).size).toBe(1);
    expect(Object.isFrozen(parsed[4]?.body)).toBe(true);
  });

  it('are of the type that each of them is of by itself', () => {
    const parse = createRecordParser();
    const read = (body: object) => {
      const { body: parsed } = parse(textOf(1, body)) as { readonly body: object };
      try {
        return policyDecisionV1.fromWire(parsed);
      } catch (error) {
        return (error as Error).message;
      }
    };
    const bodies = [
      ...Array.from({ length: 5 }, () => bodyOf('rule')),
      bodyOf('rule', { request: 'short' }),
      bodyOf('rule', { request: DIGEST, args: DIGEST }),
      bodyOf('rule', {}),
      ...Array.from({ length: 5 }, () => bodyOf('')),
    ];
    const alone = bodies.map((body) => {
      try {
        return policyDecisionV1.fromWire(JSON.parse(JSON.stringify(body)));
      } catch (error) {
        return (error as Error).message;
      }
    });
    const found = bodies.map(read);
    expect(found).toEqual(alone);
    expect(found.map((one) => Object.keys(one))).toEqual(alone.map((one) => Object.keys(one)));
  });
});

const PIECES = [
  '"actor":"a"',
  '"agent":"b"',
  '"agent":null',
  '"body":{"a":1,"values":{"x":"y"}}',
  '"body":{"a":2,"values":{"x":"z"}}',
  '"body":{"a":1,"values":{"x":"y"},"z":1}',
  '"body":{"values":{}}',
  '"body":{"a":{"b":1,"values":{"x":1}}}',
  '"body":{"a":"q","values":[1]}',
  '"body":{"a":",\\"values\\":{","values":{"x":1}}',
  '"body":{"__proto__":1,"values":{"__proto__":2}}',
  '"other":{"a":1,"values":{"x":1}}',
  '"env":"prod"',
  '"id":"1"}',
  '',
];

describe('any text', () => {
  it('is parsed as JSON.parse does, or refused', () => {
    const piece = fc.constantFrom(...PIECES);
    const text = fc.array(piece, { maxLength: 5 }).map((pieces) => `{${pieces.join(',')}}`);
    const begun = fc
      .array(piece, { maxLength: 3 })
      .map((pieces) => `{"actor":"a","agent":"b",${pieces.join(',')}}`);
    const outcome = (parse: (text: string) => unknown, one: string): unknown => {
      try {
        return { value: parse(one) };
      } catch (error) {
        return String(error);
      }
    };
    fc.assert(
      fc.property(fc.array(fc.oneof(text, begun), { maxLength: 8 }), (texts) => {
        const parse = createRecordParser();
        for (const one of [...texts, ...texts, ...texts]) {
          expect(outcome(parse, one)).toEqual(outcome(JSON.parse, one));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is parsed where nothing is shared for long', () => {
    const parse = createRecordParser();
    for (let n = 0; n < 6000; n += 1) {
      const text = textOf(n, bodyOf(n < 1000 ? `rule-${n}` : 'rule'));
      expect(parse(text)).toEqual(JSON.parse(text));
    }
    const { body } = parse(textOf(1, bodyOf('rule'))) as { readonly body: object };
    expect(textOfBody(body)).toBeDefined();
  });
});
