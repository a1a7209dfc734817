import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect } from '../detect.js';
import { redact } from '../finding.js';
import { readName } from './names.js';

const BODY = '9aB3xK7mQ2wE8rT5yU1iZ4cV';
const found = (text: string) =>
  detect(text).map(({ type, start, end }) => `${type} ${text.slice(start, end)}`);
const encode = (text: string) => btoa(text);

describe('a value is read by the quoting of its assignment', () => {
  it.each([
    [`api_key = "p@ss:w0rd/${BODY}"`, `p@ss:w0rd/${BODY}`],
    [`"clientSecret": "a\\\\b#${BODY}", "x": 1`, `a\\\\b#${BODY}`],
    [`{\\"apiKey\\": \\"${BODY}\\", \\"n\\": 1}`, BODY],
    [`ACME_TOKEN=${BODY}#7\nNEXT=1`, `${BODY}#7`],
    [`curl 'https://h.example/?access_token=${BODY}&page=2'`, BODY],
    [`<add key="ClearTextPassword" value="${BODY}" />`, BODY],
    [`const apiToken: string = '${BODY}';`, BODY],
    [`FROM node\nENV ACME_SECRET_KEY ${BODY}\nRUN make`, BODY],
    [`acmectl login --auth-token ${BODY} --org acme`, BODY],
    [`here is the acme api key: ${BODY} please do not share it`, BODY],
    [`acme.client.secret=acme.v1.${BODY}`, `acme.v1.${BODY}`],
  ])('%s', (text, value) => {
    expect(found(text)).toEqual([`generic_key ${value}`]);
  });

  it('whole, whatever stands between the quotes', () => {
    const sign = fc.constantFrom(...'!#%&*+,-./:;?@^_|~');
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 5 }), (signs) => {
        const value = `${BODY}${signs.map((one, at) => `${one}${at}q`).join('')}`;
        expect(found(`db_secret = "${value}"`)).toEqual([`generic_key ${value}`]);
      }),
    );
  });
});

describe('what is not assigned, or not a secret, is left alone', () => {
  it.each([
    'password = getPassword2(user1, config4)',
    'token: options.auth.token2.value3',
    'const key = MAP_KEY_V2_2024_FINAL',
    `publicKey = "${BODY}"`,
    `primary_key_id = "${BODY}"`,
    `token_url: "${BODY}"`,
    `csrfToken = "${BODY}"`,
    'identityKey: X25519KeyPair',
    'password: "changeme"',
    'password: "Welcome to the 2nd floor"',
    'api_key = "<YOUR-API-KEY-1234567890>"',
    `secret = "$${'{ACME_SECRET_V2_12345}'}"`,
    "keys: ['aead_xchacha20poly1305_decrypt', 'aead_chacha20poly1305_encrypt']",
    'token = "eyJhbGciOiJS..."',
    `the token ${BODY} is not said to be one`,
    'acmectl login --auth-token --verbose',
    'acmectl login --auth-token "$ACME_TOKEN"',
    'acmectl login --token-file settings2024production.json',
    'token = this.settings.provider.accessTokenLifetimeSeconds2',
    'ENV ACME_SECRET_KEY /run/secrets/acme_secret_key_v2_2024',
    'ENV ACME_SECRET_KEY acme-production-secret-key',
  ])('%s', (text) => {
    expect(found(text)).toEqual([]);
  });
});

describe('a name', () => {
  it.each([
    ['stripe_api_key', 'credential'],
    ['refresh_token_prod', 'credential'],
    ['token3', 'credential'],
    ['db_password', 'password'],
    ['key', 'weak'],
    ['secret_setup', 'weak'],
    ['token_url', undefined],
    ['row_key', undefined],
    ['hotkey', undefined],
    ['public_key', undefined],
    ['next_page_token', undefined],
  ])('%s', (name, evidence) => {
    expect(readName(name)).toBe(evidence);
  });
});

describe('one level of base64 is read where it is usual', () => {
  it('a Basic header', () => {
    const login = encode(`svc:${BODY}`);
    expect(found(`Authorization: Basic ${login}`)).toEqual([`credential ${login}`]);
    expect(found(`Authorization: Basic ${encode('user:password')}`)).toEqual([]);
    expect(found('Basic authentication is enough.')).toEqual([]);
  });

  it('a private key and a JWT', () => {
    const key = encode(`-----BEGIN ${'RSA'} PRIVATE KEY-----\n${BODY.repeat(4)}\n`);
    expect(found(`KEY_B64=${key}`)).toEqual([`pem_private_key ${key}`]);
    const jwt = encode(`ey${'J'}${BODY}.ey${'J'}${BODY}${BODY}.${BODY}`);
    expect(found(`see ${jwt}`)).toEqual([`jwt ${jwt}`]);
    const certificate = encode(`-----BEGIN CERTIFICATE-----\n${BODY.repeat(4)}\n`);
    expect(found(certificate)).toEqual([]);
  });

  it('the entries of a Kubernetes Secret, and of no other object', () => {
    const entry = encode('hunter-two');
    const manifest = (kind: string) =>
      `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: abcdefgh\ndata:\n  extra: ${entry}\n---\ndata:\n  other: ${entry}\n`;
    expect(found(manifest('Secret'))).toEqual([`credential ${entry}`]);
    expect(found(manifest('ConfigMap'))).toEqual([]);
  });

  it("docker's auth", () => {
    const auth = encode('robot:s3cr3t-9x');
    expect(found(`{"auths":{"r.example":{"auth":"${auth}"}}}`)).toEqual([`credential ${auth}`]);
  });
});

describe('a login that curl is given', () => {
  it.each([
    [`curl -u "svc:${BODY}" https://h.example`, true],
    [`curl -X POST --user svc:${BODY} -d @x`, true],
    [`curl -u '${BODY}:' https://h.example`, true],
    ['curl -u user:pass https://h.example', false],
    ['curl -u "$USER_1:$PASSWORD_2" https://h.example', false],
    [`curl -u "$${'{{ env.ID }}'}:$${'{{ env.PASS }}'}"`, false],
    [`tar -u svc:${BODY}`, false],
  ])('%s', (text, expected) => {
    expect(found(text).some((one) => one.startsWith('credential'))).toBe(expected);
    if (expected) expect(redact(text, detect(text))).not.toContain(BODY);
  });
});

const uuid = fc.uuid({ version: 4 }).filter((id) => new Set(id).size > 12 && !/0{4}/.test(id));

it('knows keys in the form of a UUID by the name of their vendor', () => {
  fc.assert(
    fc.property(uuid, (id) => {
      for (const vendor of ['SNYK', 'scaleway', 'hubspot']) {
        expect(found(`${vendor}_api_token = ${id}`)).toEqual([`vendor_token ${id}`]);
      }
      expect(found(`session_token = ${id}`)).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

it("passes over keys from vendors' manuals", () => {
  const manual = [
    `AWS_ACCESS_KEY_ID=AK${'IA'}IOSFODNN7EXAMPLE`,
    `AWS_SECRET_ACCESS_KEY=wJalr${'XUtn'}FEMI/K7MDENG/bPxRfiCYEXAMPLEKEY`,
    `stripe.api_key = 'sk_${'test_'}4eC39HqLyjWDarjtT1zdp7dc'`,
    `AccountName=devstoreaccount1;Account${'Key'}=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOTr/KBHBeksoGMGw==;`,
  ];
  for (const text of manual) expect(found(text)).toEqual([]);
});
