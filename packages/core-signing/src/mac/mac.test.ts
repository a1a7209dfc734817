import { createHmac, hkdfSync } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex, utf8 } from '../bytes.js';
import { sha256 } from '../digest.js';
import { parseJson } from '../json/parse.js';
import { signEvent, verifyEvent } from './event.js';
import { eventChecksum, verifyEventScheme1 } from './event-scheme1.js';
import { deriveTenantKey } from './mac-key.js';
import { macRecord, macRecords, verifyRecordMac } from './record.js';
import { formatMac, parseMac } from './tag.js';

const SECRET = sha256('a secret for tests');
const key = deriveTenantKey({ secret: SECRET, kid: 'k1', tenant: 'acme' });
const derived = Buffer.from(hkdfSync('sha256', SECRET, 'k1', 'tenant:acme', 32));

describe('deriveTenantKey', () => {
  it('is HKDF with kid and tenant', () => {
    const message = utf8('x');
    expect(toHex(key.mac(message))).toBe(createHmac('sha256', derived).update('x').digest('hex'));
  });

  it('gives every tenant and every kid its own key', () => {
    const tag = (kid: string, tenant: string) =>
      toHex(deriveTenantKey({ secret: SECRET, kid, tenant }).mac(utf8('x')));
    const tags = [
      tag('k1', 'acme'),
      tag('k1', 'аcme'),
      tag('k1', 'acme '),
      tag('k2', 'acme'),
      tag('k', '1acme'),
    ];
    expect(new Set(tags).size).toBe(tags.length);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['8 bytes', utf8('8 bytes!')],
    ['31 bytes', sha256('x').subarray(1)],
    [
      '31 bytes and a line end',
      Uint8Array.from([...utf8('y'.repeat(15)), ...utf8('0123456789abcdef\n')]),
    ],
    ['one byte over and over', new Uint8Array(64).fill(7)],
    ['white space', utf8(' \n\t'.repeat(20))],
    ['changeme', utf8('changeme')],
    ['changeme over and over', utf8('changeme'.repeat(8))],
    ['changeme over and over and a line end', utf8(`${'changeme'.repeat(8)}chan\n`)],
    ['text instead of bytes', 'x'.repeat(40) as unknown as Uint8Array],
    ['undefined', undefined as unknown as Uint8Array],
  ])('K-13 refuses %s', (_name, secret) => {
    expect(() => deriveTenantKey({ secret, kid: 'k1', tenant: 'acme' })).toThrow(
      expect.objectContaining({ code: 'SIGNING_SECRET_WEAK' }),
    );
  });

  it('takes random bytes that happen to begin or end with a white space byte', () => {
    const secret = SECRET.with(0, 0x20).with(31, 0x0a).with(5, 0xff);
    expect(deriveTenantKey({ secret, kid: 'k1', tenant: 'acme' }).kid).toBe('k1');
  });

  it.each(['', 'two words', 'x\n', 'x'.repeat(129), 'é'])('refuses the kid %j', (kid) => {
    expect(() => deriveTenantKey({ secret: SECRET, kid, tenant: 'acme' })).toThrow(
      expect.objectContaining({ code: 'SIGNING_ARGUMENT_INVALID' }),
    );
  });

  it('refuses a tenant that is empty or ill-formed', () => {
    expect(() => deriveTenantKey({ secret: SECRET, kid: 'k', tenant: '' })).toThrow('tenant');
    expect(() => deriveTenantKey({ secret: SECRET, kid: 'k', tenant: '\ud800' })).toThrow(
      'surrogate',
    );
  });

  it('K-17 shows no secret when printed', () => {
    const shown = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key);
    for (const secret of [SECRET, derived]) {
      expect(shown).not.toContain(toHex(secret));
      expect(shown).not.toContain([...secret.subarray(0, 4)].join(', '));
    }
  });
});

describe('record HMAC', () => {
  const leaf = sha256('leaf');
  const mac = formatMac(macRecord(key, leaf));

  it('is HMAC over the domain and the leaf hash', () => {
    const expected = createHmac('sha256', derived).update('spanforge.record.v1\n').update(leaf);
    expect(mac).toBe(`hmac-sha256:${expected.digest('hex')}`);
    expect(verifyRecordMac(key, leaf, mac)).toBe(true);
  });

  it('is the same for many leaf hashes at once', () => {
    for (const count of [0, 1, 3, 4, 9]) {
      const leaves = Array.from({ length: count }, (_, n) => sha256(`leaf ${n}`));
      const expected = leaves.map((one) => toHex(macRecord(key, one))).join('');
      expect(toHex(macRecords(key, Buffer.concat(leaves)))).toBe(expected);
    }
    expect(() => macRecords(key, new Uint8Array(33))).toThrow('32 bytes');
  });

  it('notices every flipped bit of leaf and tag, and every other tenant', () => {
    for (let bit = 0; bit < 256; bit += 1) {
      const flip = (bytes: Uint8Array) =>
        bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
      expect(verifyRecordMac(key, flip(leaf), mac)).toBe(false);
      expect(verifyRecordMac(key, leaf, formatMac(flip(macRecord(key, leaf))))).toBe(false);
    }
    const other = deriveTenantKey({ secret: SECRET, kid: 'k1', tenant: 'other' });
    expect(verifyRecordMac(other, leaf, mac)).toBe(false);
  });

  it('K-14 answers false, and does not throw, for whatever is no tag', () => {
    const odd: unknown[] = [
      '',
      mac.toUpperCase(),
      mac.slice(12),
      mac.slice(0, -1),
      `${mac}0`,
      `${mac}\n`,
      ` ${mac}`,
      `sha256:${mac.slice(12)}`,
      undefined,
      null,
      1,
      {},
      [mac],
    ];
    for (const text of odd) {
      expect(parseMac(text)).toBeUndefined();
      expect(verifyRecordMac(key, leaf, text as string)).toBe(false);
    }
    fc.assert(fc.property(fc.string(), (text) => !verifyRecordMac(key, leaf, text)));
    expect(verifyRecordMac(key, leaf.subarray(1), mac)).toBe(false);
    expect(verifyRecordMac(key, undefined as unknown as Uint8Array, mac)).toBe(false);
  });

  it('refuses to make a tag for what is no leaf hash', () => {
    expect(() => macRecord(key, new Uint8Array(31))).toThrow('32 bytes');
    expect(() => formatMac(new Uint8Array(31))).toThrow('32 bytes');
  });
});

describe('events, scheme 2', () => {
  const event = {
    event_id: '01J',
    event_type: 'a.b',
    payload: { n: 1 },
    tags: ['x'],
    checksum: 'c',
  };

  it('covers every member but the signature, in any order', () => {
    const signature = signEvent(event, key);
    const text =
      'spanforge.event.v2\n{"checksum":"c","event_id":"01J","event_type":"a.b","payload":{"n":1},"tags":["x"]}';
    expect(signature).toBe(
      `hmac-sha256:${createHmac('sha256', derived).update(text).digest('hex')}`,
    );
    expect(signEvent({ ...event, signature: 'older' }, key)).toBe(signature);
    const members = Object.entries({ ...event, signature });
    expect(verifyEvent(Object.fromEntries(members.reverse()), key)).toBe(true);
  });

  it('notices a change of any member, an added one and a missing one', () => {
    const signed: Record<string, unknown> = { ...event, signature: signEvent(event, key) };
    for (const name of Object.keys(event)) {
      expect(verifyEvent({ ...signed, [name]: 'changed' }, key)).toBe(false);
      const { [name]: _gone, ...rest } = signed;
      expect(verifyEvent(rest, key)).toBe(false);
    }
    expect(verifyEvent({ ...signed, actor_id: 'mallory' }, key)).toBe(false);
    expect(verifyEvent({ ...signed, payload: { n: 1, signature: 'x' } }, key)).toBe(false);
    expect(verifyEvent(event, key)).toBe(false);
    expect(verifyEvent({ ...signed, when: new Date() }, key)).toBe(false);
    expect(verifyEvent(null as unknown as object, key)).toBe(false);
  });

  it('never runs a getter', () => {
    const trap = Object.defineProperty({}, 'signature', {
      enumerable: true,
      get: () => {
        throw new Error('a getter ran');
      },
    });
    expect(verifyEvent(trap, key)).toBe(false);
    expect(() =>
      signEvent(
        {
          get a() {
            throw new Error('ran');
          },
        },
        key,
      ),
    ).toThrow('accessor');
    expect(() => signEvent([], key)).toThrow('object');
  });

  it('verifies what it signed after a trip over the wire', () => {
    const plain = fc.dictionary(
      fc.string({ unit: 'binary' }),
      fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }),
    );
    fc.assert(
      fc.property(plain, (body) => {
        const signed = { ...body, signature: signEvent(body, key) };
        expect(verifyEvent(parseJson(JSON.stringify(signed)) as object, key)).toBe(true);
      }),
    );
  });
});

describe('events, scheme 1', () => {
  const secret = utf8('an old secret');
  const payloadText = '{"cost":1.0,"model":"m"}';
  const checksum = `sha256:${toHex(sha256(payloadText))}`;
  const tag = (prev: string) =>
    `hmac-sha256:${createHmac('sha256', secret).update(`01J|${checksum}|${prev}`).digest('hex')}`;
  const text = (change: object = {}) => {
    const members = { event_id: '01J', checksum, prev_id: '01H', signature: tag('01H'), ...change };
    return `{"payload":{"model":"m", "cost":1.0},${JSON.stringify(members).slice(1)}`;
  };

  it('verifies a foreign event by its text, numbers as they were written', () => {
    expect(verifyEventScheme1(text(), secret)).toEqual({ valid: true, coverage: 'payload-only' });
    expect(verifyEventScheme1(utf8(text()), secret).valid).toBe(true);
    expect(verifyEventScheme1(JSON.parse(text()), secret)).toMatchObject({ reason: 'checksum' });
    const first = text({ prev_id: null, signature: tag('') });
    expect(verifyEventScheme1(first, secret).valid).toBe(true);
  });

  it('says payload-only because it is: other members are not covered', () => {
    const other = text({ actor_id: 'mallory' });
    expect(verifyEventScheme1(other, secret)).toEqual({ valid: true, coverage: 'payload-only' });
  });

  it.each([
    ['another payload', text().replace('1.0', '1.00'), 'checksum'],
    ['a rewritten number', text().replace('1.0', '1'), 'checksum'],
    ['another checksum', text({ checksum: `sha256:${'0'.repeat(64)}` }), 'checksum'],
    ['another id', text({ event_id: '01K' }), 'signature'],
    ['another predecessor', text({ prev_id: '' }), 'signature'],
    ['a separator in an id', text({ event_id: '01J|x' }), 'malformed'],
    ['no signature', text({ signature: undefined }), 'malformed'],
    ['a scheme 2 prefix', text({ signature: 'hmac:x' }), 'malformed'],
    ['a duplicate key', text().replace('{', '{"prev_id":"01H",'), 'malformed'],
    ['no object', '[]', 'malformed'],
    ['no JSON', '{', 'malformed'],
  ])('refuses %s', (_name, event, reason) => {
    expect(verifyEventScheme1(event, secret)).toEqual({
      valid: false,
      coverage: 'payload-only',
      reason,
    });
  });

  it('has a checksum for parsed payloads, and no empty secret', () => {
    expect(eventChecksum({ b: 1, a: 2 })).toBe(`sha256:${toHex(sha256('{"a":2,"b":1}'))}`);
    expect(() => verifyEventScheme1(text(), new Uint8Array())).toThrow('empty');
  });
});
