import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryKeyStore } from '../vault/key-store.js';
import { createVault } from '../vault/vault.js';
import { createAwsKms } from './aws-kms.js';

/** Speaks the wire protocol of AWS KMS (JSON 1.1): targets, base64 blobs, errors by `__type`. */
function createFakeKms() {
  const keys = new Map([['key-1', { secret: randomBytes(32), enabled: true }]]);
  const seen: { readonly target: string; readonly authorization: string }[] = [];
  let down = false;

  const aadOf = (context: unknown) =>
    createHash('sha256')
      .update(JSON.stringify(context ?? {}))
      .digest();

  function answer(target: string, body: Record<string, unknown>): [number, object] {
    const key = keys.get(String(body.KeyId));
    if (down) return [500, { __type: 'KMSInternalException', message: 'down' }];
    if (!key) return [400, { __type: 'NotFoundException', message: 'no key' }];
    if (target === 'DisableKey') {
      key.enabled = false;
      return [200, {}];
    }
    if (target === 'ScheduleKeyDeletion') return [200, { KeyId: body.KeyId, DeletionDate: 1 }];
    if (!key.enabled) return [400, { __type: 'DisabledException', message: 'disabled' }];
    const iv = Buffer.alloc(12);
    if (target === 'Encrypt') {
      const cipher = createCipheriv('aes-256-gcm', key.secret, iv).setAAD(
        aadOf(body.EncryptionContext),
      );
      const text = Buffer.from(String(body.Plaintext), 'base64');
      const blob = Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
      return [200, { KeyId: body.KeyId, CiphertextBlob: blob.toString('base64') }];
    }
    if (target === 'Decrypt') {
      const blob = Buffer.from(String(body.CiphertextBlob), 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key.secret, iv)
        .setAAD(aadOf(body.EncryptionContext))
        .setAuthTag(blob.subarray(-16));
      try {
        const text = Buffer.concat([decipher.update(blob.subarray(0, -16)), decipher.final()]);
        return [200, { KeyId: body.KeyId, Plaintext: text.toString('base64') }];
      } catch {
        return [400, { __type: 'InvalidCiphertextException' }];
      }
    }
    if (target !== 'Sign') return [400, { __type: 'UnknownOperationException' }];
    const Signature = createHash('sha256').update(String(body.Message)).digest('base64');
    return [200, { KeyId: body.KeyId, Signature, SigningAlgorithm: body.SigningAlgorithm }];
  }

  async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    return JSON.parse(text);
  }

  const server: Server = createServer(async (request, response) => {
    const { headers } = request;
    const [service, target = ''] = String(headers['x-amz-target']).split('.');
    const body = await bodyOf(request);
    seen.push({ target, authorization: String(headers.authorization) });
    const spoken =
      service === 'TrentService' && headers['content-type'] === 'application/x-amz-json-1.1';
    const [status, said] = spoken ? answer(target, body) : [400, { __type: 'ValidationException' }];
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(said));
  });
  return {
    server,
    seen,
    setDown: (is: boolean) => {
      down = is;
    },
  };
}

let fake: ReturnType<typeof createFakeKms>;
let client: KMSClient;

beforeEach(async () => {
  fake = createFakeKms();
  await new Promise<void>((resolve) => fake.server.listen(0, '127.0.0.1', resolve));
  const { port } = fake.server.address() as AddressInfo;
  client = new KMSClient({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' },
    maxAttempts: 1,
  });
});

afterEach(() => {
  client.destroy();
  fake.server.closeAllConnections();
  fake.server.close();
});

const kmsOf = () => createAwsKms({ client, wrappingKeyId: 'key-1', signingKeyId: 'key-1' });
const context = { purpose: 'test', id: 'a' };

describe('AWS KMS behind the port', () => {
  it('wraps, unwraps under the same words only, and signs; each request is signed', async () => {
    const kms = kmsOf();
    const key = randomBytes(32);
    const wrapped = await kms.wrap(key, context);
    expect(Buffer.from(await kms.unwrap(wrapped, context))).toEqual(key);
    await expect(kms.unwrap(wrapped, { ...context, id: 'b' })).rejects.toMatchObject({
      code: 'ENTERPRISE_KEY_INVALID',
    });
    expect((await kms.sign(new Uint8Array(3))).signature.length).toBe(32);
    expect(fake.seen.map(({ target }) => target)).toEqual([
      'Encrypt',
      'Decrypt',
      'Decrypt',
      'Sign',
    ]);
    for (const { authorization } of fake.seen) {
      expect(authorization).toMatch(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/kms\/aws4_request, SignedHeaders=[a-z0-9;-]*x-amz-target[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
      );
    }
  });

  it('retires a key: disabled at once, then deleted, and nothing it wrapped is read again', async () => {
    const kms = kmsOf();
    const wrapped = await kms.wrap(randomBytes(32), context);
    await kms.retire('key-1');
    expect(fake.seen.map(({ target }) => target)).toEqual([
      'Encrypt',
      'DisableKey',
      'ScheduleKeyDeletion',
    ]);
    await expect(kms.unwrap(wrapped, context)).rejects.toMatchObject({
      code: 'ENTERPRISE_KMS_KEY_RETIRED',
    });
  });

  it('says that the service does not answer, and nothing of what was asked', async () => {
    const kms = kmsOf();
    fake.setDown(true);
    await expect(kms.wrap(randomBytes(32), context)).rejects.toMatchObject({
      code: 'ENTERPRISE_KMS_UNAVAILABLE',
      details: { reason: 'KMSInternalException' },
    });
    fake.server.closeAllConnections();
    fake.server.close();
    await expect(kms.sign(new Uint8Array(1))).rejects.toMatchObject({
      code: 'ENTERPRISE_KMS_UNAVAILABLE',
    });
  });

  it('carries a vault', async () => {
    const vault = createVault({ kms: kmsOf(), keys: createMemoryKeyStore() });
    const sealed = await vault.seal({ tenant: 'acme', subject: 'ada' }, 'about Ada', 'd');
    expect(await vault.open(sealed, 'd')).toBe('about Ada');
  });
});
