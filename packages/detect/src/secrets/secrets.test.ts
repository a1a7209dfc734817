import { describe, expect, it } from 'vitest';
import { detect } from '../detect.js';
import { redact } from '../finding.js';

const BODY = '9aB3xK7mQ2wE8rT5yU1iZ4cV6nL0pHd2';
const types = (text: string, threshold = 0.75) =>
  detect(text, { threshold }).map(({ type }) => type);

describe('private keys', () => {
  const line = `${BODY}${BODY}`;
  const label = 'EC PRIVATE KEY';

  it.each([
    [
      'with headers',
      `-----BEGIN ${label}-----\nProc-Type: 4,ENCRYPTED\n\n${line}\n${BODY}=\n-----END ${label}-----`,
    ],
    ['in JSON', `-----BEGIN ${label}-----\\n${line}\\n${BODY}=\\n-----END ${label}-----\\n`],
    [
      'as joined literals',
      `-----BEGIN ${label}-----\\n" +\n  "${line}\\n" +\n  "-----END ${label}-----`,
    ],
    ['shortened', `-----BEGIN ${label}-----\nMIIE...\n-----END ${label}-----`],
    ['cut off', `-----BEGIN ${label}-----\n${line}\n${line}`],
    [
      'of PGP',
      `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${line}\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----`,
    ],
  ])('%s are masked whole', (_, key) => {
    const text = `before ${key} `;
    const masked = redact(text, detect(text));
    expect(masked).toMatch(/^before \[redacted:pem_private_key\](?:\\n)? $/);
    expect(masked).not.toContain(BODY);
  });

  it('are not their header alone, nor a public key', () => {
    expect(types(`It goes from -----BEGIN ${label}----- to its -----END ${label}-----.`)).toEqual(
      [],
    );
    expect(types(`A file that begins with -----BEGIN ${label}----- is a key.`)).toEqual([]);
    expect(types(`-----BEGIN PUBLIC KEY-----\n${line}\n-----END PUBLIC KEY-----`)).toEqual([]);
  });
});

describe('connections', () => {
  it.each([
    [`mongodb+srv:${'//'}app:p%40ss@cluster.example.net/db?w=1`, 'database_connection_string'],
    [`redis:${'//'}:${BODY}@cache:6379`, 'database_connection_string'],
    [`Server=db;Database=app;User Id=sa;Password=${BODY};`, 'database_connection_string'],
    [`jdbc:postgresql:${'//'}db/app?user=sa&password=${BODY}`, 'database_connection_string'],
    [`https:${'//'}user:${BODY}@host.example/path`, 'url_credentials'],
    [
      `https:${'//'}a.blob.core.windows.net/c?sv=2022-11-02&sig=${BODY}${BODY}%3D`,
      'azure_connection_string',
    ],
    [
      `Endpoint=sb:${'//'}a.net/;SharedAccessKeyName=n;SharedAccessKey=${BODY}${BODY}=`,
      'azure_connection_string',
    ],
  ])('%s', (text, type) => {
    expect(types(text)).toEqual([type]);
    expect(redact(text, detect(text, { threshold: 0.75 }))).not.toContain(BODY);
  });

  it('are nothing without a password, or with a variable for one', () => {
    const urls = [
      'db/app',
      'app@db/app',
      'app:$' + '{PASSWORD}@db/app',
      'app:@db',
      'app:{{pw}}@db',
    ];
    for (const rest of urls) expect(types(`postgres:${'//'}${rest}`)).toEqual([]);
  });
});

describe('generic keys', () => {
  it.each([
    `API_KEY=${BODY}`,
    `"clientSecret": "${BODY}"`,
    `'auth-token' => '${BODY}'`,
    `var accessToken string = "${BODY}"`,
    `$signingKey .= "${BODY}";`,
    `<apiToken>\n  ${BODY}\n</apiToken>`,
    `setProperty("DB_PASSWORD", "${BODY}")`,
  ])('%s', (text) => {
    const [finding] = detect(text);
    expect(finding).toMatchObject({ type: 'generic_key', confidence: 0.97 });
    expect(text.slice(finding?.start, finding?.end)).toBe(BODY);
  });

  it('are told from those of AWS', () => {
    expect(types(`aws_secret_access_key = ${BODY}Ab3/Cd5+`)).toEqual(['aws_secret_key']);
  });
});

it('sees a token behind a line end or a percent sign that are written out', () => {
  expect(types(`{"log":"a\\ngh${'p_'}${BODY}aB3x"}`)).toEqual(['github_token']);
  expect(types(`?next=%3Fkey%3Dgh${'p_'}${BODY}aB3x`)).toEqual(['github_token']);
});

it('reports the bearer of a JWT as one always-blocking finding', () => {
  const jwt = `ey${'J'}${BODY}.ey${'J'}${BODY}.${BODY}`;
  expect(types(`Authorization: Bearer ${jwt}`)).toEqual(['bearer_token']);
});
