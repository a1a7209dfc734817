import { createHash } from 'node:crypto';

/** Texts of one kind in which there is no secret. */
export interface Negatives {
  readonly kind: string;
  readonly texts: readonly string[];
}

const COUNT = 200;

/** Digests of numbers: they look as random as keys do, and are the same in every run. */
const digest = (algorithm: string, at: number, encoding: 'hex' | 'base64'): string =>
  createHash(algorithm).update(`negative ${at}`).digest(encoding);

function uuid(at: number): string {
  const hex = digest('sha256', at, 'hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

const generated: readonly (readonly [string, (at: number) => string])[] = [
  ['commit hashes', (at) => `commit ${digest('sha1', at, 'hex')}\nMerge: fix token refresh`],
  ['checksums', (at) => `${digest('sha256', at, 'hex')}  dist/auth-${at}.tar.gz`],
  ['integrity', (at) => `"integrity": "sha512-${digest('sha512', at, 'base64')}"`],
  ['pip hashes', (at) => `cryptography==4${at}.0 --hash=sha256:${digest('sha256', at, 'hex')}`],
  ['go.sum', (at) => `golang.org/x/oauth2 v0.${at}.0 h1:${digest('sha256', at, 'base64')}`],
  [
    'image digests',
    (at) => `FROM registry.example/token-service@sha256:${digest('sha256', at, 'hex')}`,
  ],
  ['UUIDs', (at) => `{"request_id": "${uuid(at)}", "session": "${uuid(at + 1)}"}`],
  [
    'trace ids',
    (at) => `traceparent: 00-${digest('md5', at, 'hex')}-${digest('md5', at, 'hex').slice(16)}-01`,
  ],
  ['etags', (at) => `ETag: "${digest('md5', at, 'hex')}"\nCache-Control: private`],
  [
    'fingerprints',
    (at) => `SHA256:${digest('sha256', at, 'base64').slice(0, 43)} deploy@example (ED25519)`,
  ],
  ['page cursors', (at) => `"next_page_token": "${digest('sha256', at, 'base64')}"`],
  [
    'CSS and assets',
    (at) => `<script src="/assets/key-${digest('md5', at, 'hex').slice(0, 20)}.js"></script>`,
  ],
];

const prose: readonly string[] = [
  'Rotate every API key after ninety days, and never put a password into a repository.',
  'The Authorization header carries a bearer token; without it the server answers 401 Unauthorized.',
  'Stripe secret keys begin with sk_live_ in production and sk_test_ in test mode.',
  'Set GITHUB_TOKEN=<your token> and AWS_SECRET_ACCESS_KEY=<your key> before the first run.',
  'const apiKey = process.env.PAYMENTS_API_KEY_FOR_PRODUCTION;',
  `password: $${'{{ secrets.DATABASE_PASSWORD }}'}`,
  'postgres://user:password@localhost:5432/app is only an example; use $DATABASE_URL.',
  'If the private key begins with -----BEGIN PRIVATE KEY----- it is PKCS#8.',
  'createAccessTokenFactory(tokenOptions, refreshTokenRepository, accessTokenLifetime)',
  'token_endpoint_auth_method: client_secret_basic, id_token_signed_response_alg: RS256',
  'A GitHub token looks like ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, as the manual shows.',
  'kubernetes.io/service-account-token secretName: my-application-database-credentials-v2',
];

/** Hard negatives of our own making, and the lock files that are there. */
export function hardNegatives(lockFiles: readonly string[]): readonly Negatives[] {
  const made = generated.map(([kind, write]) => ({
    kind,
    texts: Array.from({ length: COUNT }, (_, at) => write(at)),
  }));
  return [
    ...(lockFiles.length === 0 ? [] : [{ kind: 'lock files', texts: lockFiles }]),
    ...made,
    { kind: 'prose and code about secrets', texts: prose },
  ];
}
