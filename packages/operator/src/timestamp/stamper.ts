import { createRandom } from '@spanforge/core-events';
import { fromHex, sha256, toHex } from '@spanforge/core-signing';
import { Integer, Null, OctetString } from 'asn1js';
import { AlgorithmIdentifier, MessageImprint, TimeStampReq } from 'pkijs';
import { OperatorError } from '../error.js';
import {
  blinded,
  type CheckpointStamper,
  formatSalt,
  type TimestampVerifier,
} from '../package/timestamp.js';
import { judgeReply } from './token.js';

/** Takes an RFC 3161 request to an authority and brings its reply, both DER. */
export type TimestampAuthority = (request: Uint8Array) => Promise<Uint8Array>;

/** How checkpoints are stamped. */
export interface CheckpointStamperOptions {
  readonly authority: TimestampAuthority;
  /** Refuses replies of other authorities; without one, any certificate that may stamp will do. */
  readonly verify?: TimestampVerifier;
  readonly random?: (length: number) => Uint8Array;
}

const SHA256 = '2.16.840.1.101.3.4.2.1';

function requestOf(imprint: Uint8Array, nonce: string): Uint8Array {
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: SHA256, algorithmParams: new Null() }),
      hashedMessage: new OctetString({ valueHex: imprint }),
    }),
    nonce: new Integer({ valueHex: fromHex(nonce) }),
    certReq: true,
  });
  return new Uint8Array(request.toSchema().toBER());
}

/** 16 bytes as a positive DER integer in its one spelling: neither sign nor leading zeros. */
function nonceOf(bytes: Uint8Array): string {
  const nonce = bytes.slice();
  nonce[0] = ((nonce[0] ?? 0) & 0x7f) | 0x10;
  return toHex(nonce);
}

/**
 * Has checkpoints stamped by an authority that learns nothing about them: it sees the SHA-256 of a
 * fresh salt and the checkpoint. A reply is taken only when it grants, is about this checkpoint and
 * this request, and verifies as a time stamp.
 *
 * The stamper throws `OPERATOR_TIMESTAMP_REFUSED` with the reason, and what the authority throws.
 */
export function createCheckpointStamper({
  authority,
  verify = (reply, expected) => judgeReply(reply, expected, undefined),
  random = createRandom(),
}: CheckpointStamperOptions): CheckpointStamper {
  return async (checkpoint) => {
    const nonce = nonceOf(random(16));
    const salt = formatSalt(random(32), nonce);
    const data = blinded(salt, checkpoint);
    const imprint = sha256(data);
    const reply = await authority(requestOf(imprint, nonce));
    const found = await verify(reply, { imprint, data, nonce });
    if (found.ok) return { reply, salt };
    throw new OperatorError(
      'OPERATOR_TIMESTAMP_REFUSED',
      `the reply of the time-stamping authority is not good: ${found.reason}`,
      { details: { reason: found.reason } },
    );
  };
}
