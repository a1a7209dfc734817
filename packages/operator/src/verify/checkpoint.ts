import {
  type Checkpoint,
  equalBytes,
  fromUtf8,
  type NoteSignature,
  parseCheckpoint,
  parseConsistencyFile,
  toHex,
  verifyCheckpoint,
  verifyConsistency,
} from '@spanforge/core-signing';
import { OperatorError } from '../error.js';
import { readNote } from '../log-state.js';
import { type EvidencePackage, MEMBER } from '../package/members.js';
import type { Anchors } from './anchors.js';
import { ifReadable } from './if-readable.js';
import { leftService, type VerificationLedger } from './report.js';

/** The tree head all proofs must lead to, and whether the trusted log signed it. */
export interface CheckedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The note, verbatim: every proof must carry it. */
  readonly note: string;
  readonly trusted: boolean;
  /** Good ones, by witnesses that are trusted and in good standing. */
  readonly cosignatures: readonly NoteSignature[];
}

const FILE = MEMBER.checkpoint;
const NAME = 'checkpoint';

function textOf(pkg: EvidencePackage, name: string): string | undefined {
  const bytes = pkg.get(name);
  return bytes && ifReadable(() => fromUtf8(bytes));
}

function parseUnsigned(note: string): Checkpoint | undefined {
  return ifReadable(() => parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1)));
}

async function judge(
  note: string,
  anchors: Anchors,
  ledger: VerificationLedger,
): Promise<CheckedCheckpoint | undefined> {
  const { origin, noteVerifiers } = anchors;
  if (origin !== undefined && noteVerifiers.length > 0) {
    const verified = await verifyCheckpoint(note, { origin, verifiers: noteVerifiers });
    if (!verified.ok) {
      // A checkpoint that names another log is invalid, whoever signed it.
      const elsewhere = (parseUnsigned(note)?.origin ?? origin) !== origin;
      const reason = elsewhere ? 'origin_mismatch' : verified.reason;
      const verdict = reason === 'untrusted_key' ? 'untrusted' : 'invalid';
      ledger.fail(verdict, NAME, { file: FILE, reason });
      return undefined;
    }
    for (const { type, kid, name } of verified.signers) {
      const role = type === 0x01 ? ('log' as const) : ('witness' as const);
      const { key } = noteVerifiers.find((one) => one.key.kid === kid) ?? {};
      ledger.signers.push({ role, kid, name, ...leftService(key) });
    }
    const cosignatures = verified.signers.filter(({ type }) => type === 0x04);
    return { checkpoint: verified.checkpoint, note, trusted: true, cosignatures };
  }
  const checkpoint = parseUnsigned(note);
  if (checkpoint && (origin === undefined || checkpoint.origin === origin)) {
    return { checkpoint, note, trusted: false, cosignatures: [] };
  }
  const reason = checkpoint ? 'origin_mismatch' : 'checkpoint_malformed';
  ledger.fail('invalid', NAME, { file: FILE, reason });
  return undefined;
}

/** Checks `checkpoint`: origin and signature when a log key is trusted, else only its form. */
export async function checkCheckpoint(
  pkg: EvidencePackage,
  anchors: Anchors,
  ledger: VerificationLedger,
): Promise<CheckedCheckpoint | undefined> {
  const note = textOf(pkg, FILE);
  if (note === undefined) {
    ledger.fail('invalid', NAME, { file: FILE, reason: 'note_malformed' });
    return undefined;
  }
  const checked = await judge(note, anchors, ledger);
  if (!checked) return undefined;
  const { origin, size, root } = checked.checkpoint;
  ledger.known.log = { origin, size, root: toHex(root) };
  const by = checked.trusted ? 'signed by the trusted log' : 'its signature was not checked';
  ledger.pass(NAME, `size ${size} of ${origin}, ${by}`);
  return checked;
}

const consistencyFile = (from: number, to: number): string => `consistency-${from}-${to}.txt`;

/** Reads a consistency file, and checks that it is about this checkpoint and the sizes in its name. */
function readConsistency(
  pkg: EvidencePackage,
  file: string,
  { checkpoint, note }: CheckedCheckpoint,
): readonly Uint8Array[] | undefined {
  const text = textOf(pkg, file);
  const parsed = text === undefined ? undefined : ifReadable(() => parseConsistencyFile(text));
  if (parsed?.checkpoint !== note) return undefined;
  return file === consistencyFile(parsed.oldSize, checkpoint.size) ? parsed.proof : undefined;
}

/**
 * Checks the end of the log against the verifier's own knowledge: a kept checkpoint that this one
 * extends, or a known size of the log. Without either, the last records may have been cut off.
 */
export function checkTail(
  { checkpoint, trusted }: CheckedCheckpoint,
  { since, knownSize }: { readonly since?: string; readonly knownSize?: number },
  ledger: VerificationLedger,
): void {
  if (checkpoint.size < (knownSize ?? 0)) {
    ledger.fail('invalid', 'tail', { file: FILE, reason: 'rollback' });
  }
  const brought = since !== undefined || knownSize !== undefined;
  const pinned = trusted && brought && ledger.clean('since') && ledger.clean('tail');
  ledger.known.tail = pinned ? 'pinned' : 'unpinned';
}

function readSince(since: string, origin: string): Checkpoint {
  const kept = ifReadable(() => readNote(since));
  if (kept?.origin === origin) return kept;
  const why = kept ? 'belongs to another log' : 'cannot be read';
  throw new OperatorError('OPERATOR_ANCHOR_INVALID', `the kept checkpoint ${why}`);
}

/** Why the checkpoint does not extend the kept one; undefined when it does. */
function sinceFault(
  pkg: EvidencePackage,
  checked: CheckedCheckpoint,
  since: Checkpoint,
): 'rollback' | 'fork' | 'consistency_missing' | 'consistency_invalid' | undefined {
  const { size: size2, root: root2 } = checked.checkpoint;
  const { size: size1, root: root1 } = since;
  if (size2 < size1) return 'rollback';
  if (size2 === size1) return equalBytes(root1, root2) ? undefined : 'fork';
  const file = consistencyFile(size1, size2);
  if (!pkg.has(file)) return 'consistency_missing';
  const proof = readConsistency(pkg, file, checked);
  const consistent = proof && verifyConsistency({ size1, size2, root1, root2, proof });
  return consistent ? undefined : 'consistency_invalid';
}

/** Checks the form of every consistency file, and the kept checkpoint, if given. */
export function checkConsistency(
  pkg: EvidencePackage,
  checked: CheckedCheckpoint,
  since: string | undefined,
  ledger: VerificationLedger,
): void {
  for (const file of pkg.keys()) {
    if (file.startsWith('consistency-') && !readConsistency(pkg, file, checked)) {
      ledger.fail('invalid', 'consistency', { file, reason: 'consistency_malformed' });
    }
  }
  if (since === undefined) return;
  const kept = readSince(since, checked.checkpoint.origin);
  const reason = sinceFault(pkg, checked, kept);
  if (reason === undefined) {
    ledger.pass('since', `the log of size ${checked.checkpoint.size} extends that of ${kept.size}`);
    return;
  }
  const verdict = reason === 'consistency_missing' ? 'incomplete' : 'invalid';
  ledger.fail(verdict, 'since', { file: FILE, reason });
}
