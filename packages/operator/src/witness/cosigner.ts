import type { SignedCheckpoint } from '@spanforge/core-events/log';
import {
  addCosignature,
  formatConsistencyFile,
  openNote,
  type PolicyWitness,
  parseWitnessPolicy,
  SigningError,
  type WitnessPolicy,
} from '@spanforge/core-signing';
import { OperatorError } from '../error.js';
import type { WitnessTransport } from './http-witness.js';

/** Proves that the log of the checkpoint only grew since it had `oldSize` records. */
export type ProveGrowth = (oldSize: number) => Promise<readonly Uint8Array[]>;

/**
 * Has witnesses cosign a checkpoint, and answers with the note and their lines. Rejects where the
 * witnesses that are needed did not sign.
 */
export type CheckpointCosigner = (
  checkpoint: SignedCheckpoint,
  prove: ProveGrowth,
) => Promise<string>;

/** What came of asking a witness. */
export type WitnessAnswer =
  | { readonly name: string; readonly ok: true }
  | {
      readonly name: string;
      readonly ok: false;
      /**
       * `inconsistent`: it has cosigned a history that this one does not go on from; `ahead`: a longer
       * one; else why there was no cosignature, such as `network`, `status_403` or `bad_signature`.
       */
      readonly reason: string;
    };

/** Which witnesses are asked, and how. */
export interface CosignerOptions {
  /** A policy (C2SP tlog-policy): its witnesses that have a URL are asked, its quorum is needed. */
  readonly policy: string;
  /** `createHttpWitnessTransport` makes one. */
  readonly transport: WitnessTransport;
  /** Told of each witness, before it is known whether they are enough. */
  readonly onAnswer?: (answer: WitnessAnswer) => void;
}

/** The first request learns the size that a witness has; it may grow while it is asked. */
const ATTEMPTS = 3;

class Unanswered extends Error {}

const sizeIn = (body: string): number | undefined => {
  const size = /^(?:0|[1-9][0-9]{0,15})\n$/.test(body) ? Number(body) : Number.NaN;
  return Number.isSafeInteger(size) ? size : undefined;
};

/** The size to go on from, where a witness has another one. */
function nextSize(body: string, asked: number, size: number): number {
  const known = sizeIn(body);
  if (known === asked || (known === undefined && asked === size)) {
    throw new Unanswered('inconsistent');
  }
  if (known === undefined) throw new Unanswered('answer_malformed');
  if (known > size) throw new Unanswered('ahead');
  return known;
}

async function ask(
  { url = '', verifier }: PolicyWitness,
  { note, size }: SignedCheckpoint,
  prove: ProveGrowth,
  transport: WitnessTransport,
): Promise<string> {
  let oldSize = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const proof = oldSize === 0 || oldSize === size ? [] : await prove(oldSize);
    const request = formatConsistencyFile({ oldSize, proof, checkpoint: note });
    const { status, body } = await transport(`${url.replace(/\/+$/, '')}/add-checkpoint`, request);
    if (status === 200) return addCosignature(note, body, verifier);
    if (status === 422) throw new Unanswered('inconsistent');
    if (status !== 409) throw new Unanswered(`status_${status}`);
    oldSize = nextSize(body, oldSize, size);
  }
  throw new Unanswered('busy');
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof Unanswered) return error.message;
  const isUnavailable = OperatorError.is(error) && error.code === 'OPERATOR_WITNESS_UNAVAILABLE';
  return isUnavailable || SigningError.is(error)
    ? String(error.details.reason ?? error.code)
    : undefined;
}

function readPolicy(text: string): WitnessPolicy {
  let policy: WitnessPolicy;
  try {
    policy = parseWitnessPolicy(text);
  } catch (cause) {
    const message = SigningError.is(cause) ? cause.message : 'unreadable';
    throw invalid(message, cause);
  }
  for (const { url = 'https://absent' } of policy.witnesses) {
    if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) continue;
    throw invalid('expected http or https URLs of witnesses');
  }
  return policy;
}

function invalid(message: string, cause?: unknown): OperatorError {
  return new OperatorError('OPERATOR_OPTIONS_INVALID', `policy: ${message}`, {
    details: { path: '$.policy' },
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * Has the witnesses of a policy cosign checkpoints (C2SP tlog-witness), all at once. Each of them is
 * told only origin, size, root and signature, and proofs that are hashes.
 *
 * A cosigner rejects with `OPERATOR_WITNESS_QUORUM` where those who signed are not enough for the
 * policy, and names why the others did not; errors of an egress rule stay what they are.
 *
 * @throws {OperatorError} `OPERATOR_OPTIONS_INVALID` for a policy that cannot be read.
 */
export function createCheckpointCosigner(options: CosignerOptions): CheckpointCosigner {
  const { transport, onAnswer = () => undefined } = options;
  const policy = readPolicy(options.policy);
  const asked = policy.witnesses.filter(({ url }) => url !== undefined);
  return async (checkpoint, prove) => {
    const missing: string[] = [];
    const signed = await Promise.all(
      asked.map(async (witness) => {
        const { name } = witness;
        try {
          const note = await ask(witness, checkpoint, prove, transport);
          onAnswer({ name, ok: true });
          return [{ witness, line: note.slice(checkpoint.note.length) }];
        } catch (error) {
          const reason = reasonOf(error);
          if (reason === undefined) throw error;
          missing.push(`${name} ${reason}`);
          onAnswer({ name, ok: false, reason });
          return [];
        }
      }),
    );
    const found = signed.flat();
    if (!policy.isMet(new Set(found.map(({ witness }) => witness.verifier.key.kid)))) {
      const why = missing.length === 0 ? 'too few have a URL' : missing.sort().join(', ');
      throw new OperatorError('OPERATOR_WITNESS_QUORUM', `too few witnesses signed: ${why}`, {
        details: { signed: found.length, missing: why },
      });
    }
    const note = checkpoint.note + found.map(({ line }) => line).join('');
    const verifiers = found.map(({ witness }) => witness.verifier);
    // Together, too, they are a note that can be read.
    if (verifiers.length > 0) await openNote(note, verifiers);
    return note;
  };
}
