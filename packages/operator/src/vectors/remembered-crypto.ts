import nodeCrypto, { type KeyObject, type webcrypto } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

type CryptoKey = webcrypto.CryptoKey;

/** Answers kept at most, of each kind. */
const KEPT = 5000;

/** What was answered to exactly these bytes before, or the answer now. What throws is not kept. */
function createMemory<T>() {
  const answers = new Map<string, T>();
  return (name: string, answer: () => T): T => {
    const known = answers.get(name);
    if (known !== undefined) return known;
    const value = answer();
    if (answers.size >= KEPT) answers.clear();
    answers.set(name, value);
    return value;
  };
}

const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** A number for each key, also for those that were made before this began. */
function createNumbering() {
  const numbers = new WeakMap<object, number>();
  let count = 0;
  return (key: object): number => {
    const known = numbers.get(key) ?? count++;
    numbers.set(key, known);
    return known;
  };
}

/** Web Cryptography, which the second verifier asks. */
function rememberWebCryptography(): void {
  const { subtle } = globalThis.crypto;
  const importKey = subtle.importKey.bind(subtle) as (...words: unknown[]) => Promise<CryptoKey>;
  const verify = subtle.verify.bind(subtle) as (...words: unknown[]) => Promise<boolean>;
  const [keys, verdicts] = [createMemory<Promise<CryptoKey>>(), createMemory<Promise<boolean>>()];
  const numberOf = createNumbering();
  const remembered = {
    importKey: (format: string, raw: Uint8Array, ...rest: unknown[]) => {
      const name = `${format} ${JSON.stringify(rest)} ${binary(raw)}`;
      return keys(name, () => importKey(format, raw, ...rest));
    },
    verify: (how: object, key: CryptoKey, signature: Uint8Array, message: Uint8Array) => {
      const head = `${numberOf(key)} ${JSON.stringify(how)} ${signature.length}`;
      const name = `${head} ${binary(signature)}${binary(message)}`;
      return verdicts(name, () => verify(how, key, signature, message));
    },
  };
  for (const [name, value] of Object.entries(remembered)) {
    Object.defineProperty(subtle, name, { value, configurable: true });
  }
}

/** The module of Node.js, which the first verifier asks. */
function rememberNodeCrypto(): void {
  const { createPublicKey, verify } = nodeCrypto;
  const [keys, verdicts] = [createMemory<KeyObject>(), createMemory<boolean>()];
  const numberOf = createNumbering();
  const remembered = {
    createPublicKey: (jwk: Parameters<typeof createPublicKey>[0]) =>
      keys(JSON.stringify(jwk), () => createPublicKey(jwk)),
    verify: (how: string | null, data: Uint8Array, by: { key: KeyObject }, signed: Uint8Array) => {
      const head = `${numberOf(by.key)} ${how} ${signed.length}`;
      const name = `${head} ${binary(signed)}${binary(data)}`;
      return verdicts(name, () => verify(how, data, by, signed));
    },
  };
  Object.assign(nodeCrypto, remembered);
  syncBuiltinESMExports();
}

/**
 * Lets both verifiers ask for the same key, and for the same signature over the same message by it, only
 * once in this process. Most mutants of a package leave its signatures and keys as they were, and the
 * answer to exactly these bytes cannot change: only the long form of the comparison does this.
 */
export function rememberSignatures(): void {
  rememberWebCryptography();
  rememberNodeCrypto();
}
