import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { toBase64, toHex, utf8 } from '../bytes.js';
import { sha256 } from '../digest.js';
import { formatCheckpoint } from './checkpoint.js';
import { cosignedMessage } from './cosignature.js';
import { openNote } from './open-note.js';
import { cosignCheckpoint, signNote } from './sign-note.js';
import { type TestKey, testKey } from './test-keys.js';
import { noteKeyId, type parseVkey } from './vkey.js';

const ORIGIN = 'log.example/tenant';
const BODY = formatCheckpoint({ origin: ORIGIN, size: 3, root: sha256('root') });

let log: TestKey;
let other: TestKey;
let witness: TestKey;
let note: string;
let verifiers: ReturnType<typeof parseVkey>[];

beforeAll(async () => {
  log = await testKey('log', ORIGIN);
  other = await testKey('log', 'other.example');
  witness = await testKey('witness', 'witness.example/w1');
  note = await signNote(BODY, [log]);
  verifiers = [log.verifier];
});

const problem = (reason: string) =>
  expect.objectContaining({
    code: 'SIGNING_NOTE_INVALID',
    details: expect.objectContaining({ reason }),
  });

function lineOf(text: string): string {
  return `${text.trimEnd().split('\n').at(-1)}\n`;
}

function signatureLine(name: string, keyId: string, signature: Uint8Array): string {
  const bytes = new Uint8Array(4 + signature.length);
  bytes.set(Buffer.from(keyId, 'hex'));
  bytes.set(signature, 4);
  return `— ${name} ${toBase64(bytes)}\n`;
}

describe('a signed note', () => {
  test('has the form of C2SP signed-note', async () => {
    const id = noteKeyId(ORIGIN, log.publicKey);
    const material = Uint8Array.of(...utf8(`${ORIGIN}\n`), 1, ...log.publicKey);
    expect(id).toBe(toHex(sha256(material)).slice(0, 8));
    const signature = await log.key.sign(utf8(BODY));
    expect(note).toBe(`${BODY}\n${signatureLine(ORIGIN, id, signature)}`);
  });

  test('opens to its body, its known signers and the rest', async () => {
    const both = await signNote(BODY, [log, other]);
    expect(await openNote(both, verifiers)).toEqual({
      body: BODY,
      verified: [{ name: ORIGIN, keyId: log.verifier.keyId, kid: log.verifier.key.kid, type: 1 }],
      unknown: [{ name: 'other.example', keyId: other.verifier.keyId }],
    });
    const opened = await openNote(both, [other.verifier, log.verifier]);
    expect(opened.verified.map(({ name }) => name)).toEqual([ORIGIN, 'other.example']);
  });

  test('may have empty lines in its body', async () => {
    const body = 'one\n\n\ntwo\n\n— not a signature\n';
    const signed = await signNote(body, [log]);
    expect((await openNote(signed, verifiers)).body).toBe(body);
  });

  test('counts a key once, and drops repeated lines', async () => {
    const opened = await openNote(note + lineOf(note), verifiers);
    expect(opened.verified).toHaveLength(1);
    const stranger = lineOf(await signNote(BODY, [other]));
    expect((await openNote(note + stranger + stranger, verifiers)).unknown).toHaveLength(1);
  });
});

describe('T-12', () => {
  test('unknown signatures only', async () => {
    await expect(openNote(note, [])).rejects.toThrow(problem('no_known_signature'));
    await expect(openNote(note, [other.verifier])).rejects.toThrow(problem('no_known_signature'));
  });

  test('known-but-bad plus known-good, in either order and by one key', async () => {
    const bad = signatureLine('other.example', other.verifier.keyId, new Uint8Array(64));
    const both = [...verifiers, other.verifier];
    for (const signatures of [lineOf(note) + bad, bad + lineOf(note)]) {
      await expect(openNote(`${BODY}\n${signatures}`, both)).rejects.toThrow(
        problem('bad_signature'),
      );
      expect((await openNote(`${BODY}\n${signatures}`, verifiers)).unknown).toHaveLength(1);
    }
    const again = signatureLine(ORIGIN, log.verifier.keyId, new Uint8Array(64));
    await expect(openNote(note + again, verifiers)).rejects.toThrow(problem('bad_signature'));
    await expect(openNote(`${BODY}\n${again}${lineOf(note)}`, verifiers)).rejects.toThrow(
      problem('bad_signature'),
    );
  });

  test('1,000 lines are refused before any is verified, 100 are read', async () => {
    const stranger = (index: number) =>
      signatureLine(`stranger${index}.example`, '00000000', new Uint8Array(64));
    const crowd = Array.from({ length: 1_000 }, (_, index) => stranger(index));
    let verifications = 0;
    const counted = {
      ...log.verifier,
      key: {
        ...log.verifier.key,
        verify: (bytes: Uint8Array, signature: Uint8Array) => {
          verifications += 1;
          return log.verifier.key.verify(bytes, signature);
        },
      },
    };
    for (const length of [100, 101, 1_000]) {
      const crowded = note + crowd.slice(0, length).join('');
      await expect(openNote(crowded, [counted])).rejects.toThrow(problem('too_many_signatures'));
    }
    expect(verifications).toBe(0);
    const bearable = note + crowd.slice(0, 99).join('');
    expect((await openNote(bearable, [counted])).unknown).toHaveLength(99);
    expect(verifications).toBe(1);
  });

  test('same name with another key ID, same key ID with another name', async () => {
    const renamed = signatureLine('x.example', log.verifier.keyId, new Uint8Array(64));
    const renumbered = signatureLine(ORIGIN, '01020304', new Uint8Array(64));
    const opened = await openNote(note + renamed + renumbered, verifiers);
    expect(opened.verified).toHaveLength(1);
    expect(opened.unknown).toHaveLength(2);
    await expect(openNote(`${BODY}\n${renumbered}`, verifiers)).rejects.toThrow(
      problem('no_known_signature'),
    );
  });
});

describe('what is no note', () => {
  test('is refused as malformed', async () => {
    const line = lineOf(note);
    for (const text of [
      '',
      '\n',
      '\n\n',
      BODY,
      `${BODY}\n`,
      `${BODY}${line}`,
      `\n${line}`,
      note.slice(0, -1),
      `${note}\n`,
      `${note} `,
      note.replaceAll('\n', '\r\n'),
      note.replace('3\n', '3\t\n'),
      note.replace('3\n', '3\u0000\n'),
      note.replace('3\n', '3\ud800\n'),
      note.replace('— ', '- '),
      note.replace('— ', '—  '),
      note.replace('— ', '—\u00a0'),
      note.replace('— log', '— lo+g'),
      note.replace('— log', '— lo\u2003g'),
      note.replace('— log', '— lo\u0085g'),
      `${BODY}\n— ${ORIGIN} \n`,
      `${BODY}\n— ${ORIGIN} AAAA\n`,
      `${BODY}\n— ${ORIGIN} AAAAAA==\n`,
      `${note.slice(0, -2)}\n`,
      `${note.slice(0, -1)}=\n`,
      `${note}garbage\n`,
      `${'x'.repeat(1_000_000)}\n${note}`,
    ]) {
      await expect(openNote(text, verifiers), JSON.stringify(text.slice(-200))).rejects.toThrow(
        problem('malformed'),
      );
    }
  });

  test('includes every flip of a bit and every cut', async () => {
    const bytes = utf8(note);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const copy = bytes.slice();
      copy[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(copy);
      await expect(openNote(text, verifiers)).rejects.toThrow(
        expect.objectContaining({ code: 'SIGNING_NOTE_INVALID' }),
      );
    }
    for (let length = 0; length < note.length; length += 1) {
      await expect(openNote(note.slice(0, length), verifiers)).rejects.toThrow(
        problem('malformed'),
      );
    }
  });

  test('cannot be signed', async () => {
    for (const body of ['', 'x', 'x\r\n', 'x\u0007\n', '\ud800\n', `${'x'.repeat(1_000_001)}\n`]) {
      await expect(signNote(body, [log])).rejects.toThrow(problem('malformed'));
    }
    await expect(signNote(BODY, [])).rejects.toThrow(problem('no_signer'));
  });

  test('any text is either opened or refused with the code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (text) => {
        const body = `${text}\n`;
        const signed = await signNote(body, [log]).catch((error: unknown) => error);
        if (typeof signed === 'string') {
          expect((await openNote(signed, verifiers)).body).toBe(body);
        } else {
          expect(signed).toEqual(problem('malformed'));
        }
        await expect(openNote(text, verifiers)).rejects.toThrow(
          expect.objectContaining({ code: 'SIGNING_NOTE_INVALID' }),
        );
      }),
    );
  });
});

describe('a cosignature', () => {
  const timestamp = 1_679_315_147;

  test('is over header, time and body, and carries its time', async () => {
    expect(new TextDecoder().decode(cosignedMessage(timestamp, BODY))).toBe(
      `cosignature/v1\ntime 1679315147\n${BODY}`,
    );
    const cosigned = await cosignCheckpoint(note, { ...witness, timestamp });
    const signature = await witness.key.sign(cosignedMessage(timestamp, BODY));
    const time = new Uint8Array(8);
    new DataView(time.buffer).setBigUint64(0, BigInt(timestamp));
    const line = signatureLine(
      witness.name,
      noteKeyId(witness.name, witness.publicKey, 0x04),
      Uint8Array.of(...time, ...signature),
    );
    expect(cosigned).toBe(note + line);
    const opened = await openNote(cosigned, [...verifiers, witness.verifier]);
    expect(opened.verified[1]).toEqual({
      name: witness.name,
      keyId: witness.verifier.keyId,
      kid: witness.verifier.key.kid,
      type: 4,
      timestamp,
    });
    expect((await openNote(cosigned, verifiers)).unknown).toHaveLength(1);
  });

  test('with another time, length or body does not verify', async () => {
    const cosigned = await cosignCheckpoint(note, { ...witness, timestamp });
    const bytes = Buffer.from(lineOf(cosigned).trim().split(' ')[2]!, 'base64');
    const both = [...verifiers, witness.verifier];
    const { keyId } = witness.verifier;
    const bend = (change: (signature: Uint8Array) => Uint8Array) =>
      note + signatureLine(witness.name, keyId, change(new Uint8Array(bytes.subarray(4))));
    expect(
      (
        await openNote(
          bend((same) => same),
          both,
        )
      ).verified,
    ).toHaveLength(2);
    for (const change of [
      (signature: Uint8Array) => signature.with(7, signature[7]! ^ 1),
      (signature: Uint8Array) => signature.with(0, 0xff),
      (signature: Uint8Array) => signature.with(70, signature[70]! ^ 1),
      (signature: Uint8Array) => signature.subarray(8),
      (signature: Uint8Array) => Uint8Array.of(...signature, 0),
      () => Uint8Array.of(1),
    ]) {
      await expect(openNote(bend(change), both)).rejects.toThrow(problem('bad_signature'));
    }
  });

  test('made twice by one witness counts once, at the time of the first line', async () => {
    const first = await cosignCheckpoint(note, { ...witness, timestamp });
    const twice = await cosignCheckpoint(first, { ...witness, timestamp: timestamp + 9 });
    const opened = await openNote(twice, [...verifiers, witness.verifier, witness.verifier]);
    expect(opened.verified).toMatchObject([{ type: 1 }, { type: 4, timestamp }]);
  });

  test('is for checkpoints and possible times only', async () => {
    const prose = await signNote('prose\n', [log]);
    await expect(cosignCheckpoint(prose, { ...witness, timestamp })).rejects.toThrow(
      expect.objectContaining({ code: 'SIGNING_CHECKPOINT_INVALID' }),
    );
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53]) {
      await expect(cosignCheckpoint(note, { ...witness, timestamp: wrong })).rejects.toThrow(
        problem('timestamp'),
      );
    }
  });

  test('and a note signature never come from one key (K-16)', async () => {
    const conflict = expect.objectContaining({ code: 'SIGNING_KEY_ROLE_CONFLICT' });
    await expect(signNote(BODY, [witness])).rejects.toThrow(conflict);
    await expect(cosignCheckpoint(note, { ...log, timestamp })).rejects.toThrow(conflict);
    const twice = await testKey('witness', 'witness.example/w1', log.privateJwk);
    await expect(openNote(note, [log.verifier, twice.verifier])).rejects.toThrow(conflict);
    const renamed = await testKey('witness', 'witness.example/w2', witness.privateJwk);
    await expect(openNote(note, [renamed.verifier, witness.verifier])).rejects.toThrow(conflict);
    const mistyped = { ...witness.verifier, type: 1 as const };
    await expect(openNote(note, [mistyped])).rejects.toThrow(conflict);
    const secondLog = await testKey('log', 'log.example/other', log.privateJwk);
    const opened = await openNote(note, [log.verifier, secondLog.verifier, log.verifier]);
    expect(opened.verified).toHaveLength(1);
  });

  test('two keys that share name and key ID are refused', async () => {
    const twin = { ...other.verifier, name: ORIGIN, keyId: log.verifier.keyId };
    await expect(openNote(note, [log.verifier, twin])).rejects.toThrow(
      expect.objectContaining({ code: 'SIGNING_KEY_DUPLICATE' }),
    );
  });
});
