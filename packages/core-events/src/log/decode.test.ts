import { fromUtf8, leafHash, utf8 } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { typeOfSigned, writerOfSigned } from './decode.js';
import { createRecordKeys } from './record-keys.js';

const SECRET = {
  kid: 'k',
  secret: Uint8Array.from({ length: 32 }, (_, at) => (at * 89 + 41) % 256),
};
const keys = createRecordKeys(SECRET);

const text = (tenant = 'acme', body = '{}'): string =>
  `{"actor":"b","agent":"a","body":${body},"env":"prod","id":"01J9Z8Y7X6W5V4T3S2R1000000","mode":"live","project":"p","run":"r","source":"s","tenant":"${tenant}","time":"2026-11-01T00:00:00.000Z","trace_id":"t","type":"spanforge.scope.v1","v":"spanforge.record.v1","writer":{"boot":"w","id":"w","n":0}}`;

function signed(written: string, tenant = 'acme') {
  const bytes = utf8(written);
  const leaf = leafHash(bytes);
  const mac = keys.sign(tenant, leaf);
  if (!mac) throw new Error('not signed');
  return { index: 3, bytes, leaf, mac };
}

describe('the type of a signed record', () => {
  it('is told without parsing it, whatever its body says', () => {
    const body = '{"text":"\\",\\"type\\":\\"other\\",\\"v\\":\\"spanforge.record.v1"}';
    for (const written of [text(), text('acme', body), text('acme', '{"tenant":"other"}')]) {
      expect(typeOfSigned(signed(written), keys)).toBe('spanforge.scope.v1');
      expect(writerOfSigned(signed(written), keys)).toEqual({ boot: 'w', id: 'w', n: 0 });
    }
  });

  it('is not told of one that does not hold, has no HMAC, or needs parsing', () => {
    const whole = signed(text());
    const { mac: _, ...bare } = whole;
    const other = utf8(fromUtf8(whole.bytes).replace('scope', 'rbac.'));
    const refused = [
      bare,
      { ...whole, bytes: other },
      { ...whole, bytes: other, leaf: leafHash(other) },
      { ...whole, mac: { ...whole.mac, kid: 'unknown' } },
      { ...whole, mac: { ...whole.mac, tag: whole.mac.tag.slice(1) } },
      signed(text('ac\\"me'), 'ac"me'),
      signed('{}'),
    ];
    for (const one of refused) {
      expect(typeOfSigned(one, keys)).toBeUndefined();
      expect(writerOfSigned(one, keys)).toBeUndefined();
    }
  });
});
