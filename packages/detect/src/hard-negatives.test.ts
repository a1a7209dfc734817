import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect } from './detect.js';
import { SECRET_TYPES } from './types.js';

const root = join(import.meta.dirname, '../../..');
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const base64 = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((all) => Buffer.from(all).toString('base64'));

describe('not secrets, at any threshold:', () => {
  const lines: Readonly<Record<string, fc.Arbitrary<string>>> = {
    'a commit': hex(40).map((id) => `commit ${id}\nHEAD is now at ${id}`),
    'a revision': hex(40).map((id) => `"gitHead": "${id}", "ref": "${id}"`),
    'a UUID, even as a token': fc.uuid().map((id) => `token: ${id}\napi_key="${id}" id=${id}`),
    'an integrity digest': base64(64).map((digest) => `"integrity": "sha512-${digest}"`),
    'a digest in a URL': hex(40).map(
      (id) => `resolved "https://example.org/token-1.0.0.tgz#${id}"`,
    ),
    'a checksum': hex(64).map((id) => `checksum = "${id}"\n--hash=sha256:${id}`),
    'a digest as a token': base64(32).map((digest) => `token: sha256-${digest}`),
    'a go.sum line': base64(32).map((digest) => `golang.org/x/oauth2 v0.1.0 h1:${digest}`),
    'a cache key': hex(64).map((id) => `cacheKey: ${id}\npublic_key_fingerprint: ${id}`),
    'an image': hex(64).map((id) => `registry.example/app@sha256:${id}`),
  };

  it.each(Object.entries(lines))('%s', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (text) => {
        expect(detect(text, { types: SECRET_TYPES, threshold: 0 })).toEqual([]);
      }),
    );
  });

  it.each([
    'Rotate your API key every 90 days; a bearer token is as good as a password.',
    `Send Authorization: Bearer <token> or Bearer $${'{TOKEN}'}, never Bearer authentication-required.`,
    `A GitHub token begins with gh${'p_'} and a Stripe key with sk_${'live_'}.`,
    `GITHUB_TOKEN=gh${'p_'}${'x'.repeat(36)}`,
    'secretName: my-very-long-kubernetes-secret-name-for-production-v2',
    'const tokenFactory = createAccessTokenFactoryWithRefreshSupport(options);',
    'password: process.env.DATABASE_PASSWORD_FOR_PRODUCTION_2',
    'nextPageToken: aGVsbG8gd29ybGQgdGhpcyBpcyBhIGN1cnNvcjEyMw',
    'max_tokens: 4096, token_type: bearer, tokenizer: o200k_base',
    'hc_some_long_function_name_here1, sf_gate_pipeline_configuration_2, spanforge_policy_engine',
    'The "type": "service" of an account; sk-learn-is-not-a-key-but-a-name.',
  ])('%s', (text) => {
    expect(detect(text, { types: SECRET_TYPES, threshold: 0 })).toEqual([]);
  });
});

it('finds nothing in the lock file of this repository', () => {
  const text = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');
  expect(text.length).toBeGreaterThan(100_000);
  expect(detect(text)).toEqual([]);
});
