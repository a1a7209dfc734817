import { canonicalize, leafHash, utf8 } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeStored } from './decode.js';
import { createManyDecoder } from './decode-many.js';
import { createRecordKeys } from './record-keys.js';
import type { StoredRecord } from './store.js';

const secretOf = (kid: string, step: number) => ({
  kid,
  secret: Uint8Array.from({ length: 32 }, (_, at) => (at * step + 41) % 256),
});
const keys = createRecordKeys(secretOf('new', 89), [secretOf('old', 61)]);
const UNSIGNED_BELOW = 3;

const record = fc.record({
  type: fc.constantFrom('spanforge.scope.v1', 'spanforge.rbac.v1', 'type":"', 'other'),
  tenant: fc.constantFrom('acme', 'acme', 'acme', 'umbra'),
  actor: fc.constantFrom('ann', 'b"o"b', 'b"type":"x'),
  body: fc.oneof(
    fc.record({ outcome: fc.constantFrom('allow', 'block'), call_id: fc.string() }),
    fc.record({ type: fc.string(), values: fc.dictionary(fc.constantFrom('a', 'b'), fc.string()) }),
    fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<object>,
    fc.record({ reason: fc.constantFrom('a', 'b').map((one) => one.repeat(5000)) }),
  ),
  run: fc.nat(3),
  change: fc.constantFrom('none', 'none', 'none', 'leaf', 'tag', 'no mac', 'cut', 'space', 'no v'),
});

/** A record as a store may hold it, whole or changed. */
function stored(
  {
    type,
    tenant,
    actor,
    body,
    run,
    change,
  }: typeof record extends fc.Arbitrary<infer R> ? R : never,
  index: number,
): StoredRecord {
  const envelope = {
    ...{ actor, agent: 'a', body, env: 'prod', id: `01J9Z8Y7X6W5V4T3S2R100000${index % 10}` },
    ...{
      mode: 'live',
      project: 'p',
      run: `r${run}`,
      source: 's',
      tenant,
      trace_id: `t${run}`,
      type,
    },
    ...(change === 'no v' ? {} : { v: 'spanforge.record.v1' }),
    ...{ time: '2026-11-01T00:00:00.000Z', writer: { boot: 'w', id: 'w', n: index } },
  };
  const whole = canonicalize(envelope);
  const text = change === 'cut' ? whole.slice(0, -7) : change === 'space' ? ` ${whole}` : whole;
  const bytes = utf8(text);
  const leaf = leafHash(bytes);
  const mac = keys.sign(tenant, leaf);
  if (!mac) throw new Error('not signed');
  const tag = mac.tag.slice();
  if (change === 'tag') tag[4] = (tag[4] ?? 0) ^ 1;
  return {
    index,
    bytes,
    leaf: change === 'leaf' ? leafHash(leaf) : leaf,
    ...(change !== 'no mac' && { mac: { ...mac, tag } }),
  };
}

describe('records that are decoded together', () => {
  it('are what each of them is by itself, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.array(record, { maxLength: 24 }), { maxLength: 5 }), (reads) => {
        const decodeMany = createManyDecoder(keys, UNSIGNED_BELOW);
        for (const read of reads.map((records) => records.map(stored))) {
          expect(decodeMany(read)).toEqual(
            read.map((one) => decodeStored(one, keys, UNSIGNED_BELOW)),
          );
        }
      }),
    );
  });

  const rulesOf = (reason: string) => {
    const decodeMany = createManyDecoder(keys, UNSIGNED_BELOW);
    const body = (n: number) => ({ call_id: `c${n}`, rules: [{ rule_id: 'r', reason }] });
    const whole = { type: 'other', tenant: 'acme', actor: 'ann', run: 1, change: 'none' } as const;
    const read = Array.from({ length: 12 }, (_, n) => stored({ ...whole, body: body(n) }, n));
    const bodies = decodeMany(read).map((one) => (one.ok ? one.record.body : {}));
    expect(bodies).toEqual(read.map((_, n) => body(n)));
    expect(new Set(bodies).size).toBe(bodies.length);
    return bodies.map(({ rules }) => rules);
  };

  it('share what is the same in all, frozen, and keep what differs to themselves', () => {
    const rules = rulesOf('short');
    expect(new Set(rules.slice(3)).size).toBe(1);
    expect(Object.isFrozen(rules[5])).toBe(true);
  });

  it('share nothing where they are long, so that nothing cut from a text keeps much of it', () => {
    expect(new Set(rulesOf('long '.repeat(1000))).size).toBe(12);
  });
});
