import { generateSigningKey, importSigningKey, toVerificationKey } from '../keys/signing-key.js';
import type { PrivateJwk, SigningKey } from '../keys/types.js';
import { createNoteVerifier, type NoteVerifier } from './vkey.js';

/** A note signer with everything a test wants to know about it. */
export interface TestKey {
  readonly name: string;
  readonly key: SigningKey;
  readonly verifier: NoteVerifier;
  readonly publicKey: Uint8Array;
  readonly privateJwk: PrivateJwk;
}

/** A new key, or a given one in another role or under another name. */
export async function testKey(
  role: 'log' | 'witness',
  name: string,
  jwk?: PrivateJwk,
): Promise<TestKey> {
  const key = await (jwk === undefined
    ? generateSigningKey({ alg: 'Ed25519', role })
    : importSigningKey(jwk, role));
  const verificationKey = toVerificationKey(key);
  return {
    name,
    key,
    verifier: createNoteVerifier(name, verificationKey),
    publicKey: verificationKey.publicKey,
    privateJwk: key.exportPrivateJwk(),
  };
}

/** Keys that must not sign notes. */
export async function foreignKeys() {
  return {
    ed25519: await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
    es256: await generateSigningKey({ alg: 'ES256', role: 'package' }),
  };
}
