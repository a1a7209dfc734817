import {
  createNoteVerifier,
  formatVkey,
  generateSigningKey,
  importVerificationKey,
  toVerificationKey,
} from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { readAnchors } from './anchors.js';

const one = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const two = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const ORIGIN = 'log.example/acme';
const OTHER = 'log.example/other';
const jwk = (key: typeof one, more: object = {}) =>
  JSON.stringify({ ...key.publicJwk, spanforge_role: undefined, ...more });
const role = (name: string) => ({ spanforge_role: name });
const vkey = (key: typeof one, name = ORIGIN) => formatVkey(name, toVerificationKey(key));
const kids = (keys: readonly { readonly kid: string }[]) => keys.map(({ kid }) => kid);

function refusal(texts: readonly string[], origin?: string): unknown {
  try {
    return readAnchors(texts, origin);
  } catch (error) {
    const { code, message, details, cause } = error as Error & { code: string; details: object };
    expect(code).toBe('OPERATOR_ANCHOR_INVALID');
    const { reason } = details as { readonly reason: string };
    expect(message).toContain(`a trusted key cannot be used: ${reason}`);
    expect('cause' in (error as Error)).toBe(cause !== undefined);
    return cause === undefined ? reason : [reason, cause];
  }
}

describe('the trusted keys', () => {
  it('are package keys, or of the log that a vkey names', () => {
    expect(readAnchors([], undefined)).toEqual({
      ...{ packageKeys: [], noteVerifiers: [], origin: undefined },
    });
    const found = readAnchors([` ${jwk(one)}\n`, `\n ${vkey(two)} \n\n`], undefined);
    expect(kids(found.packageKeys)).toEqual([one.kid]);
    expect(found.noteVerifiers.map(({ name, key }) => [name, key.kid])).toEqual([
      [ORIGIN, two.kid],
    ]);
    expect(found.origin).toBe(ORIGIN);
    const set = JSON.stringify({ keys: [one.publicJwk, { ...two.publicJwk, ...role('root') }] });
    expect(kids(readAnchors([set], undefined).packageKeys)).toEqual([one.kid]);
  });

  it('of a log as JWK are keys of the log that is asked for', () => {
    const found = readAnchors([jwk(one, role('log'))], ORIGIN);
    expect(found).toMatchObject({ packageKeys: [], origin: ORIGIN });
    expect(found.noteVerifiers.map(({ name, key }) => [name, key.kid])).toEqual([
      [ORIGIN, one.kid],
    ]);
    const both = readAnchors([jwk(one, role('log')), jwk(two, role('log'))], ORIGIN);
    expect(kids(both.noteVerifiers.map(({ key }) => key))).toEqual([one.kid, two.kid]);
    expect(refusal([jwk(one, role('log'))])).toBe('a log key without the origin of its log');
    // A vkey says that it is another log's, so it is not this one's too.
    const texts = [jwk(one, role('log')), vkey(one, OTHER), vkey(two)];
    expect(kids(readAnchors(texts, ORIGIN).noteVerifiers.map(({ key }) => key))).toEqual([two.kid]);
  });

  it('of a log as JWK that names its log are keys of no other', () => {
    const of = (origin: string) => jwk(one, { ...role('log'), spanforge_origin: origin });
    const logKids = (texts: readonly string[], origin?: string) =>
      kids(readAnchors(texts, origin).noteVerifiers.map(({ key }) => key));
    expect(logKids([of(ORIGIN), vkey(two)])).toEqual([two.kid, one.kid]);
    expect(logKids([of(OTHER), vkey(two)])).toEqual([two.kid]);
    expect(logKids([jwk(one, role('log')), of(OTHER), vkey(two)])).toEqual([two.kid]);
    expect(logKids([of(OTHER), jwk(one, role('log')), vkey(two)])).toEqual([two.kid]);
    // Its limits still count, and a vkey of this log says that it is this log's too.
    expect(logKids([of(OTHER), vkey(one), vkey(two)])).toEqual([one.kid, two.kid]);
    expect(refusal([of(OTHER), of(ORIGIN), vkey(two)])).toBe('one key of two logs');
    expect(refusal([of(ORIGIN)])).toBe('a log key without the origin of its log');
    expect(refusal([of('a name')], ORIGIN)).toEqual([
      'not a JWK, a JWK Set or a vkey',
      expect.objectContaining({ code: 'SIGNING_KEY_INVALID' }),
    ]);
  });

  it('are refused under two roles, in whichever form', () => {
    const twice = 'one key under two roles';
    expect(refusal([jwk(one), vkey(one)])).toBe(twice);
    expect(refusal([jwk(one, role('package')), vkey(two), vkey(one)])).toBe(twice);
    expect(refusal([jwk(one, role('package')), jwk(one, role('log'))], ORIGIN)).toBe(twice);
    expect(refusal([jwk(one, role('log')), jwk(one, role('root'))], ORIGIN)).toBe(twice);
    expect(kids(readAnchors([jwk(two), vkey(one)], undefined).packageKeys)).toEqual([two.kid]);
  });

  it('count once, with the role that one copy names and the stricter limits', () => {
    const limits = { spanforge_last_good_size: 7, spanforge_retired_size: 9 };
    for (const copies of [
      [jwk(one, role('package')), jwk(one, { spanforge_last_good_size: 8 }), jwk(one, limits)],
      [jwk(one, limits), jwk(one, { spanforge_retired_size: 12 }), jwk(one, role('package'))],
      [jwk(one, limits), jwk(one, role('package')), jwk(one)],
    ]) {
      const { packageKeys } = readAnchors(copies, undefined);
      expect(packageKeys).toHaveLength(1);
      expect(packageKeys[0]).toMatchObject({
        ...{ kid: one.kid, role: 'package', lastGoodSize: 7, retiredSize: 9 },
      });
    }
    const { packageKeys } = readAnchors([jwk(one), jwk(one, role('log'))], ORIGIN);
    expect(packageKeys).toEqual([]);
  });

  it('of a log have the limits of their JWK as vkey too', () => {
    const limited = jwk(one, { ...role('log'), spanforge_last_good_size: 7 });
    const { noteVerifiers } = readAnchors([vkey(one), limited, vkey(two)], undefined);
    expect(noteVerifiers.map(({ key }) => [key.kid, key.lastGoodSize])).toEqual([
      [one.kid, 7],
      [two.kid, undefined],
    ]);
  });

  it('of logs that are not meant are left out, and one that is meant is there', () => {
    expect(refusal([vkey(one), vkey(two, OTHER)])).toBe('keys of several logs, and no origin');
    const texts = [vkey(one), vkey(two, OTHER)];
    expect(readAnchors(texts, OTHER).noteVerifiers.map(({ name }) => name)).toEqual([OTHER]);
    expect(refusal([vkey(one)], OTHER)).toBe('no key of the log that is meant');
    expect(readAnchors([vkey(one), vkey(two)], undefined).noteVerifiers).toHaveLength(2);
  });

  it('may stand in several lines, and twice with one role', () => {
    const lines = `${vkey(one)} \n\n  ${vkey(two)}`;
    expect(readAnchors([lines], undefined).noteVerifiers).toHaveLength(2);
    const twice = [jwk(one, role('package')), jwk(one, role('package'))];
    expect(readAnchors(twice, undefined).packageKeys).toHaveLength(1);
    const found = readAnchors([jwk(one, role('log')), vkey(two, OTHER)], ORIGIN);
    expect(kids(found.noteVerifiers.map(({ key }) => key))).toEqual([one.kid]);
  });

  it('of witnesses name no log, and are none', async () => {
    const witness = await generateSigningKey({ alg: 'Ed25519', role: 'witness' });
    const cosigner = vkey(witness, 'witness.example/a');
    const found = readAnchors([vkey(one), cosigner], undefined);
    expect(found.origin).toBe(ORIGIN);
    expect(kids(found.noteVerifiers.map(({ key }) => key))).toEqual([one.kid, witness.kid]);
    for (const origin of [undefined, ORIGIN]) {
      expect(refusal([cosigner], origin)).toBe('no key of the log that is meant');
    }
  });

  it('that are of a log and of a witness stay both, for opening a note to refuse', () => {
    const cosigner = formatVkey('witness.example/a', {
      ...toVerificationKey(one),
      role: 'witness',
    });
    const { noteVerifiers } = readAnchors([cosigner, jwk(one, role('log'))], ORIGIN);
    expect(noteVerifiers.map(({ name }) => name)).toEqual(['witness.example/a', ORIGIN]);
  });

  it('stand in up to a hundred lines, for none may be left out unseen', () => {
    const lines = Array<string>(99).fill(vkey(one));
    expect(readAnchors([[...lines, vkey(two)].join('\n')], undefined).noteVerifiers).toHaveLength(
      2,
    );
    const more = [...lines, vkey(one), vkey(two)].join('\n');
    expect(refusal([more])).toBe('more than 100 lines of vkeys');
  });

  it('are not read from a text of more than a mebibyte', () => {
    expect(refusal([`{"x":"${'x'.repeat(1_048_576)}"}`])).toEqual([
      'not a JWK, a JWK Set or a vkey',
      expect.objectContaining({ code: 'SIGNING_JSON_TOO_LARGE' }),
    ]);
  });

  it('read before are taken with the others, each once', () => {
    const verifier = createNoteVerifier(ORIGIN, importVerificationKey(one.publicJwk));
    expect(readAnchors([], undefined, [verifier]).origin).toBe(ORIGIN);
    expect(readAnchors([vkey(one)], undefined, [verifier]).noteVerifiers).toHaveLength(1);
  });

  it.each(['x', '{}', '{"keys":5}', '{'])('are no other text', (text) => {
    expect(refusal([text])).toEqual([
      'not a JWK, a JWK Set or a vkey',
      expect.objectContaining({ code: expect.stringMatching(/^SIGNING_/) }),
    ]);
  });
});
