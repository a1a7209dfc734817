import {
  DecryptCommand,
  DisableKeyCommand,
  EncryptCommand,
  type KMSClient,
  ScheduleKeyDeletionCommand,
  SignCommand,
} from '@aws-sdk/client-kms';
import { EnterpriseError } from '../error.js';
import type { Kms } from './kms.js';

/** The keys of AWS KMS to use. */
export interface AwsKmsOptions {
  /** The caller's client with its own region, credentials, endpoint and retries. */
  readonly client: KMSClient;
  /** A symmetric key (`SYMMETRIC_DEFAULT`) that wraps; its id, ARN or alias. */
  readonly wrappingKeyId: string;
  /** An asymmetric key that signs; needed for `sign` alone. */
  readonly signingKeyId?: string;
  /** `ECDSA_SHA_256` when absent. */
  readonly signingAlgorithm?: 'ECDSA_SHA_256' | 'ECDSA_SHA_384' | 'RSASSA_PSS_SHA_256';
  /** Days until a retired key is destroyed, 7 to 30; 7 when absent. It is disabled at once. */
  readonly pendingDays?: number;
}

const GONE: ReadonlySet<string> = new Set([
  'DisabledException',
  'KMSInvalidStateException',
  'NotFoundException',
]);
const CHANGED: ReadonlySet<string> = new Set([
  'InvalidCiphertextException',
  'IncorrectKeyException',
]);

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** The service's message is in the cause; this message has no key and no request. */
function failureError(cause: unknown): EnterpriseError {
  if (EnterpriseError.is(cause)) return cause;
  const name = nameOf(cause);
  const details = { reason: name };
  if (GONE.has(name)) {
    const message = 'the key is disabled, being deleted or gone';
    return new EnterpriseError('ENTERPRISE_KMS_KEY_RETIRED', message, { details, cause });
  }
  if (CHANGED.has(name)) {
    const message = 'a wrapped key was changed, or belongs to another context';
    return new EnterpriseError('ENTERPRISE_KEY_INVALID', message, { details, cause });
  }
  const message = 'AWS KMS does not answer as it should';
  return new EnterpriseError('ENTERPRISE_KMS_UNAVAILABLE', message, { details, cause });
}

async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failureError(error);
  }
}

function given<T>(value: T | undefined): T {
  if (value !== undefined) return value;
  throw new EnterpriseError('ENTERPRISE_KMS_UNAVAILABLE', 'the answer of AWS KMS lacks a field');
}

/**
 * AWS KMS behind the port, through AWS's own SDK (an optional peer, `@aws-sdk/client-kms`). Data keys are
 * wrapped by `Encrypt` with the context as encryption context, so that they unwrap under the same words
 * only. A retired key is disabled at once and scheduled for deletion: until it is deleted an
 * administrator can bring it back.
 */
export function createAwsKms(options: AwsKmsOptions): Kms {
  const { client, wrappingKeyId, signingKeyId, pendingDays = 7 } = options;
  const { signingAlgorithm = 'ECDSA_SHA_256' } = options;
  return {
    wrap: (dataKey, context) =>
      asked(async () => {
        const input = { KeyId: wrappingKeyId, Plaintext: dataKey, EncryptionContext: context };
        const { CiphertextBlob, KeyId } = await client.send(new EncryptCommand(input));
        const wrapped = Buffer.from(given(CiphertextBlob)).toString('base64url');
        return { keyId: given(KeyId), wrapped };
      }),
    unwrap: ({ keyId, wrapped }, context) =>
      asked(async () => {
        const CiphertextBlob = Buffer.from(wrapped, 'base64url');
        const input = { KeyId: keyId, CiphertextBlob, EncryptionContext: context };
        const { Plaintext } = await client.send(new DecryptCommand(input));
        return given(Plaintext);
      }),
    sign: (message) =>
      asked(async () => {
        if (signingKeyId === undefined) {
          throw new EnterpriseError('ENTERPRISE_KMS_UNAVAILABLE', 'no signing key was named');
        }
        const { Signature, KeyId } = await client.send(
          new SignCommand({
            ...{ KeyId: signingKeyId, Message: message, MessageType: 'RAW' },
            SigningAlgorithm: signingAlgorithm,
          }),
        );
        return { keyId: given(KeyId), signature: given(Signature) };
      }),
    retire: (keyId) =>
      asked(async () => {
        await client.send(new DisableKeyCommand({ KeyId: keyId }));
        const input = { KeyId: keyId, PendingWindowInDays: pendingDays };
        await client.send(new ScheduleKeyDeletionCommand(input));
      }),
  };
}
