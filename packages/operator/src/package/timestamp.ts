import {
  fromBase64,
  fromUtf8,
  SigningError,
  sha256,
  toBase64,
  toHex,
  utf8,
} from '@spanforge/core-signing';
import { type EvidencePackage, MEMBER, TIMESTAMP } from './members.js';

/** What a time stamp on a checkpoint consists of: the two files of a package. */
export interface CheckpointStamp {
  /** `checkpoint.tsr`: the reply of the authority, DER. */
  readonly reply: Uint8Array;
  /** `checkpoint.salt`: what the checkpoint was blinded with, and the nonce of the request. */
  readonly salt: Uint8Array;
}

/** Has the bytes of a checkpoint file stamped. Rejects where there is no good stamp. */
export type CheckpointStamper = (checkpoint: Uint8Array) => Promise<CheckpointStamp>;

/** What a believed time stamp says. */
export interface TimestampFact {
  /** RFC 3339, UTC. */
  readonly time: string;
  /** Name in the certificate of the authority. */
  readonly authority: string;
}

/** What a verifier of time stamps found; `untrusted` is a good stamp of an unknown authority. */
export type TimestampJudgement =
  | ({ readonly ok: true } & TimestampFact)
  | { readonly ok: false; readonly reason: string };

/** Judges a reply about the given SHA-256 and nonce (hex). Rejects never for a bad reply. */
export type TimestampVerifier = (
  reply: Uint8Array,
  expected: { readonly imprint: Uint8Array; readonly data: Uint8Array; readonly nonce: string },
) => Promise<TimestampJudgement>;

/** A reply larger than this is none. */
export const MAX_REPLY_BYTES = 65_536;

const SALT = /^spanforge\.timestamp\.v1\nsalt ([A-Za-z0-9+/]{43}=)\nnonce ([1-7][0-9a-f]{31})\n$/;

/** The text of `checkpoint.salt`; both are random. */
export function formatSalt(salt: Uint8Array, nonce: string): Uint8Array {
  return utf8(`spanforge.timestamp.v1\nsalt ${toBase64(salt)}\nnonce ${nonce}\n`);
}

/** The nonce in a salt file; undefined where it is no such file. */
export function nonceIn(bytes: Uint8Array): string | undefined {
  try {
    const [, salt = '', nonce] = SALT.exec(fromUtf8(bytes)) ?? [];
    return fromBase64(salt).length === 32 ? nonce : undefined;
  } catch (error) {
    if (SigningError.is(error)) return undefined;
    throw error;
  }
}

/** What is stamped: the salt file and the checkpoint, one after the other. */
export function blinded(salt: Uint8Array, checkpoint: Uint8Array): Uint8Array {
  const data = new Uint8Array(salt.length + checkpoint.length);
  data.set(salt);
  data.set(checkpoint, salt.length);
  return data;
}

/** The files of a stamp. */
export async function stampMembers(
  stamp: CheckpointStamper,
  checkpoint: Uint8Array,
): Promise<readonly (readonly [string, Uint8Array])[]> {
  const { reply, salt } = await stamp(checkpoint);
  return [
    [TIMESTAMP.reply, reply],
    [TIMESTAMP.salt, salt],
  ];
}

/** Either what is wrong with the files as such, or what the reply has to be about. */
export type StampedFiles =
  | { readonly file: string; readonly fault: string }
  | {
      readonly fault?: undefined;
      readonly reply: Uint8Array;
      readonly expected: Parameters<TimestampVerifier>[1];
    };

/**
 * Reads the files without any ASN.1: both are there, the salt is one, and the reply, which begins as
 * DER does, holds the SHA-256 of salt and checkpoint. Necessary for a good time stamp, never enough.
 */
export function readStamp(pkg: EvidencePackage): StampedFiles | undefined {
  const [reply, salt] = [pkg.get(TIMESTAMP.reply), pkg.get(TIMESTAMP.salt)];
  if (reply === undefined && salt === undefined) return undefined;
  if (reply === undefined) return { file: TIMESTAMP.reply, fault: 'missing_file' };
  if (salt === undefined) return { file: TIMESTAMP.salt, fault: 'missing_file' };
  const nonce = nonceIn(salt);
  if (nonce === undefined) return { file: TIMESTAMP.salt, fault: 'salt_malformed' };
  if (reply[0] !== 0x30 || reply.length > MAX_REPLY_BYTES) {
    return { file: TIMESTAMP.reply, fault: 'timestamp_malformed' };
  }
  const data = blinded(salt, pkg.get(MEMBER.checkpoint) ?? new Uint8Array());
  const imprint = sha256(data);
  if (!toHex(reply).includes(toHex(imprint))) {
    return { file: TIMESTAMP.reply, fault: 'timestamp_mismatch' };
  }
  return { reply, expected: { imprint, data, nonce } };
}
