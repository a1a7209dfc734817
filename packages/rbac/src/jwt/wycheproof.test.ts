import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { compactVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { RbacError } from '../error.js';
import { JWT_ALGORITHMS } from './algorithms.js';
import { createLocalKeys } from './key-source.js';
import { readHeader } from './token.js';
import { findKey } from './verifier.js';

const folder = resolve(
  process.env.SPANFORGE_DATA ?? resolve(import.meta.dirname, '../../../../../shared/data'),
  'vectors/wycheproof',
);

interface Vectors {
  readonly testGroups: readonly {
    readonly comment: string;
    readonly public?: object;
    readonly private?: object;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly jws?: unknown;
      readonly result: string;
    }[];
  }[];
}

/** Keys of a broken generator, which only their own maker can be held to replace. */
const NOT_SEEN = new Set(['jws_rsa_roca_key']);

/** Good signatures by keys whose own `alg` names another algorithm: not used here. */
const ANOTHER_ALGORITHM = new Set([346, 347, 350, 351]);

/** What becomes of a token: `accepted`, or why not. */
async function outcomeOf(jwks: object, jws: string): Promise<string> {
  try {
    const keys = createLocalKeys('keys' in jwks ? jwks : { keys: [jwks] });
    const [header = ''] = jws.split('.');
    const parsed = JSON.parse(Buffer.from(header, 'base64url').toString()) as object;
    const hint = readHeader(parsed as Record<string, unknown>, JWT_ALGORITHMS);
    const key = await findKey(hint, keys);
    return await compactVerify(jws, key, { algorithms: [hint.algorithm] }).then(
      () => 'accepted',
      () => 'signature',
    );
  } catch (error) {
    if (RbacError.is(error)) return String(error.details.fault ?? error.code);
    if (error instanceof SyntaxError) return 'malformed';
    throw error;
  }
}

describe.skipIf(!existsSync(folder))(`published vectors (${folder})`, () => {
  it.each([
    ['json_web_signature_test.json', 30],
    ['json_web_key_test.json', 1],
  ])('%s: nothing invalid is accepted, and what is valid is', async (file, least) => {
    const { testGroups } = JSON.parse(readFileSync(resolve(folder, file), 'utf8')) as Vectors;
    const wrong: string[] = [];
    let accepted = 0;
    for (const group of testGroups) {
      for (const { tcId, comment, jws, result } of group.tests) {
        if (typeof jws !== 'string') continue;
        const jwks = group.public ?? group.private ?? {};
        // Symmetric keys are refused whatever they sign.
        if (result === 'valid' && /"kty":"oct"/.test(JSON.stringify(jwks))) {
          expect(await outcomeOf(jwks, jws)).toBe('RBAC_JWKS_INVALID');
          continue;
        }
        if (NOT_SEEN.has(group.comment)) continue;
        const outcome = await outcomeOf(jwks, jws);
        if (ANOTHER_ALGORITHM.has(tcId) && group.comment.startsWith('rfc7520')) {
          expect(outcome).toBe('key_unknown');
          continue;
        }
        if (outcome === 'accepted') accepted += 1;
        if ((outcome === 'accepted') !== (result === 'valid')) {
          wrong.push(`${group.comment} ${tcId} ${comment} ${result}: ${outcome}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(accepted).toBeGreaterThanOrEqual(least);
  });
});
