import {
  createKeySet,
  type Envelope,
  keyStanding,
  SigningError,
  type VerificationKey,
  verifyEnvelope,
} from '@spanforge/core-signing';

/** Who signed, and what is wrong with it; without keys nobody is known to have. */
export interface EnvelopeSigners {
  readonly signers: readonly string[];
  readonly problem?: string;
}

/**
 * As with an operator's package: every signature that names a trusted key must be that key's, and each
 * algorithm of the trusted keys must have signed, so that removing one signature of two shows. What a
 * key signed after it was revoked does not count: no log position tells that it was before.
 */
export async function checkSignatures(
  envelope: Envelope,
  trusted: readonly VerificationKey[],
  threshold?: number,
): Promise<EnvelopeSigners> {
  if (trusted.length === 0) return { signers: [] };
  const keys = createKeySet(trusted);
  const { signers, lapsed, bad, few } = await countSignatures(envelope, keys, threshold);
  if (bad > 0) return { signers, problem: 'a trusted key did not make its signature' };
  if (few) return { signers, problem: 'fewer trusted keys signed than are required' };
  if (threshold !== undefined || signers.length === 0) return { signers };
  const algorithmsOf = (kids: readonly string[]) =>
    keys.list().flatMap(({ kid, alg }) => (kids.includes(kid) ? [alg] : []));
  const signed = new Set<string>(algorithmsOf(signers));
  if (algorithmsOf(lapsed).some((alg) => !signed.has(alg))) return { signers: [] };
  const missing = keys
    .list()
    .find((key) => keyStanding(key, undefined) === 'good' && !signed.has(key.alg));
  if (missing === undefined) return { signers };
  return { signers, problem: `no trusted ${missing.alg} key signed, and one is expected to` };
}

async function countSignatures(
  envelope: Envelope,
  keys: ReturnType<typeof createKeySet>,
  threshold = 1,
): Promise<{
  readonly signers: readonly string[];
  readonly lapsed: readonly string[];
  readonly bad: number;
  /** Trusted keys signed, and not enough of them. */
  readonly few: boolean;
}> {
  try {
    const { signers, lapsed, bad } = await verifyEnvelope(envelope, { keys, threshold });
    return { signers, lapsed, bad: bad.length, few: false };
  } catch (error) {
    if (!SigningError.is(error) || error.code !== 'SIGNING_THRESHOLD_NOT_MET') throw error;
    const { signers, bad } = error.details;
    return { signers: [], lapsed: [], bad: Number(bad), few: Number(signers) > 0 };
  }
}
