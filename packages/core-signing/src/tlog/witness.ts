import { equalBytes } from '../bytes.js';
import { SigningError } from '../error.js';
import { type Checkpoint, parseCheckpoint } from './checkpoint.js';
import { type ConsistencyFile, parseConsistencyFile } from './consistency-file.js';
import { formatSignature, parseNote } from './note-text.js';
import { openNote } from './open-note.js';
import { verifyConsistency } from './verify.js';
import { verifyCheckpoint } from './verify-checkpoint.js';
import type { NoteVerifier } from './vkey.js';

/** The state that a witness keeps of a log. */
export interface WitnessedLog {
  /** Keys that sign for the log. */
  readonly verifiers: readonly NoteVerifier[];
  /** The last checkpoint that was cosigned; absent before the first. */
  readonly latest?: Pick<Checkpoint, 'size' | 'root'>;
}

/**
 * The answer of a witness. With 200 it may cosign `note`, but must store `checkpoint` before it
 * does.
 */
export type AddCheckpointAnswer =
  | { readonly status: 200; readonly checkpoint: Checkpoint; readonly note: string }
  | { readonly status: 409; readonly size: number }
  | { readonly status: 400 | 403 | 404 | 422 };

function readRequest(body: string): (ConsistencyFile & { readonly origin: string }) | undefined {
  try {
    const file = parseConsistencyFile(body);
    return { ...file, origin: parseCheckpoint(parseNote(file.checkpoint).body).origin };
  } catch (error) {
    if (SigningError.is(error)) return undefined;
    throw error;
  }
}

/**
 * The rule of a witness: whether the body of an `add-checkpoint` request may be cosigned (C2SP
 * tlog-witness). Pure; the witness stores the checkpoint and signs, one request of a log at a time.
 *
 * @param known The state the witness keeps, by origin.
 */
export async function judgeAddCheckpoint(
  body: string,
  known: (origin: string) => WitnessedLog | undefined,
): Promise<AddCheckpointAnswer> {
  const request = readRequest(body);
  if (!request) return { status: 400 };
  const { origin, oldSize, proof, checkpoint: note } = request;
  const log = known(origin);
  if (!log) return { status: 404 };
  const verified = await verifyCheckpoint(note, { origin, verifiers: log.verifiers });
  if (!verified.ok) return { status: 403 };
  const { checkpoint } = verified;
  if (oldSize > checkpoint.size) return { status: 400 };
  const { latest } = log;
  const size = latest?.size ?? 0;
  if (oldSize !== size) return { status: 409, size };
  if (latest && size === checkpoint.size && !equalBytes(latest.root, checkpoint.root)) {
    return { status: 409, size };
  }
  return isProven(checkpoint, latest, proof) ? { status: 200, checkpoint, note } : { status: 422 };
}

/** From size 0 there is nothing to prove, and no proof is expected. */
function isProven(
  { size, root }: Checkpoint,
  latest: WitnessedLog['latest'],
  proof: readonly Uint8Array[],
): boolean {
  if (!latest || latest.size === 0) return proof.length === 0;
  return verifyConsistency({
    size1: latest.size,
    size2: size,
    root1: latest.root,
    root2: root,
    proof,
  });
}

/**
 * Adds a witness's answer to a signed checkpoint: its own signature line, verified. Lines of other
 * keys are left out.
 *
 * @param response Body of the answer to `add-checkpoint`.
 * @throws {SigningError} `SIGNING_NOTE_INVALID` with `details.reason`: `malformed`,
 * `too_many_signatures`, `no_known_signature`, `bad_signature`.
 */
export async function addCosignature(
  note: string,
  response: string,
  witness: NoteVerifier,
): Promise<string> {
  const answer = `${parseNote(note).body}\n${response}`;
  await openNote(answer, [witness]);
  const { name, keyId } = witness;
  const own = parseNote(answer).lines.find((line) => line.name === name && line.keyId === keyId);
  const signed = own ? note + formatSignature(own) : note;
  // One line too many would make the whole note invalid.
  parseNote(signed);
  return signed;
}
