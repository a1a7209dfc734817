import { parseWitnessPolicy, SigningError, type WitnessPolicy } from '@spanforge/core-signing';
import { OperatorError } from '../error.js';
import { MEMBER } from '../package/members.js';
import type { CheckedCheckpoint } from './checkpoint.js';
import type { VerificationLedger } from './report.js';

const NAME = 'witnesses';

/** @throws {OperatorError} `OPERATOR_ANCHOR_INVALID`. */
export function readWitnessPolicy(text: string | undefined): WitnessPolicy | undefined {
  try {
    return text === undefined ? undefined : parseWitnessPolicy(text);
  } catch (cause) {
    const reason = SigningError.is(cause) ? cause.message : 'unreadable';
    throw new OperatorError('OPERATOR_ANCHOR_INVALID', `the witness policy: ${reason}`, { cause });
  }
}

/** Checks whether the witnesses that cosigned the checkpoint are enough for the verifier's policy. */
export function checkWitnesses(
  { cosignatures }: CheckedCheckpoint,
  policy: WitnessPolicy | undefined,
  ledger: VerificationLedger,
): void {
  if (!policy) return;
  const cosigned = policy.witnesses.flatMap(({ name, verifier }) => {
    const found = cosignatures.find(({ kid }) => kid === verifier.key.kid);
    return found?.timestamp === undefined ? [] : [{ name, time: found.timestamp }];
  });
  const met = policy.isMet(new Set(cosignatures.map(({ kid }) => kid)));
  ledger.known.witnesses = { quorum: met ? 'met' : 'missed', cosigned };
  const count = `${cosigned.length} of ${policy.witnesses.length} witnesses cosigned the checkpoint`;
  if (met) ledger.pass(NAME, `${count}, enough for the policy`);
  else {
    const reason = 'witness_quorum_missed';
    ledger.fail('incomplete', NAME, { file: MEMBER.checkpoint, reason });
  }
}
