import fc from 'fast-check';
import type { SecretType } from './types.js';

// Put together at run time: no file of this package holds anything that looks like a secret.
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
const ALPHANUMERIC = LOWER + LOWER.toUpperCase() + DIGITS;

function random(alphabet: string, length: number) {
  return fc.string({
    unit: fc.constantFrom(...alphabet),
    minLength: length,
    maxLength: length,
  });
}

/** Bodies that are not, by chance, as plain as a placeholder. */
const body = (length: number, alphabet = ALPHANUMERIC) =>
  random(alphabet, length).filter((text) => new Set(text).size >= Math.min(9, length / 2));
const hex = (length: number) => body(length, '0123456789abcdef');
const joined = (...parts: readonly (string | fc.Arbitrary<string>)[]) =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((all) => all.join(''));

function block(label: string): fc.Arbitrary<string> {
  const lines = fc.array(body(64), { minLength: 2, maxLength: 6 }).map((all) => all.join('\n'));
  return joined(
    '-----BEGIN ',
    `${label}-----\n`,
    lines,
    '\n',
    body(20),
    `==\n-----END ${label}-----`,
  );
}

/** The twenty documented types: what to write before a sample, and the sample. */
export const documentedSamples: Readonly<
  Partial<Record<SecretType, readonly [string, fc.Arbitrary<string>]>>
> = {
  bearer_token: ['Authorization: Bearer ', joined('a1', body(38))],
  aws_access_key: ['', joined('AK', 'IA', body(16, `${LOWER.toUpperCase()}234567`))],
  gcp_service_account: ['{', fc.constant('"type": "service_account"')],
  pem_private_key: ['', block('RSA PRIVATE KEY')],
  ssh_private_key: ['', block('OPENSSH PRIVATE KEY')],
  database_connection_string: [
    '',
    joined('postgresql:', '//app:', body(20), '@db.internal:5432/app'),
  ],
  halluccheck_key: ['', joined('hc_', 'live_', body(32))],
  spanforge_key: ['', joined('sf_', 'live_', body(32))],
  github_token: ['', joined('gh', 'p_', body(36))],
  npm_token: ['', joined('np', 'm_', body(36))],
  slack_token: ['', joined('xo', 'xb-', body(12, DIGITS), '-', body(24))],
  stripe_live_key: ['', joined('sk_', 'live_', body(24))],
  stripe_test_key: ['', joined('sk_', 'test_', body(24))],
  twilio_key: ['', joined('S', 'K', hex(32))],
  sendgrid_key: ['', joined('S', 'G.', body(22), '.', body(43))],
  azure_connection_string: [
    '',
    joined('DefaultEndpointsProtocol=https;AccountName=store;', 'Account', 'Key=', body(86), '=='),
  ],
  google_api_key: ['', joined('AI', 'za', body(35))],
  terraform_cloud_token: ['', joined(body(14), '.atlas', 'v1.', body(67))],
  vault_token: ['', joined('hv', 's.', body(90))],
  jwt: ['', joined('ey', 'J', body(33), '.', 'ey', 'J', body(60), '.', body(43))],
};

/** Further families. */
export const furtherSamples: typeof documentedSamples = {
  openai_key: ['', joined('sk-', 'proj-', body(74), 'T3Blbk', 'FJ', body(74))],
  anthropic_key: ['', joined('sk-', 'ant-api03-', body(95))],
  ai_provider_key: ['', joined('gs', 'k_1', body(51))],
  gitlab_token: ['', joined('gl', 'pat-', body(20))],
  huggingface_token: ['', joined('h', 'f_', body(34))],
  aws_session_token: ['', joined('IQoJb3', 'JpZ2lu', body(300))],
  google_oauth_token: ['', joined('GOC', 'SPX-', body(28))],
  vendor_token: ['', joined('shp', 'at_', hex(32))],
};
