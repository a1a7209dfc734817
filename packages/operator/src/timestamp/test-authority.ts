import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A time-stamping authority made with `openssl ts`, in a folder of its own. */

export function opensslCanStamp(): boolean {
  try {
    return execFileSync('openssl', ['version'], { stdio: 'pipe' })
      .toString()
      .startsWith('OpenSSL 3');
  } catch {
    return false;
  }
}

const STAMPING = 'extendedKeyUsage=critical,timeStamping\n';
const CONFIG = `[tsa]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`;

/** How the certificate of an authority differs from a good one. */
export interface TestCertificate {
  readonly extensions?: string;
  readonly days?: number;
}

export function openTestAuthority(name = 'Test TSA') {
  const folder = mkdtempSync(join(tmpdir(), 'spanforge-tsa-'));
  const openssl = (...argv: readonly string[]): void => {
    execFileSync('openssl', argv, { cwd: folder, stdio: 'pipe' });
  };
  const key = (file: string): readonly string[] => [
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    ...['-nodes', '-keyout', file],
  ];
  writeFileSync(join(folder, 'tsa.cnf'), CONFIG);
  writeFileSync(join(folder, 'serial'), '01\n');
  openssl('req', '-x509', ...key('ca.key'), '-subj', '/CN=Test Root', '-out', 'ca.pem');
  openssl('req', '-new', ...key('tsa.key'), '-subj', `/CN=${name}`, '-out', 'tsa.csr');

  /** A certificate of the one key, with one serial number whatever else it says. */
  function issue({ extensions = STAMPING, days = 30 }: TestCertificate = {}): string {
    writeFileSync(join(folder, 'tsa.ext'), extensions);
    openssl(
      ...['x509', '-req', '-in', 'tsa.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key'],
      ...['-set_serial', '7', '-days', String(days), '-extfile', 'tsa.ext', '-out', 'tsa.pem'],
    );
    return readFileSync(join(folder, 'tsa.pem'), 'utf8');
  }
  // Before any stamp, for it must be in force when it is shown.
  const twin = issue({ days: 31 });
  const certificate = issue();
  return {
    certificate,
    /** Another certificate of the same key, as good. */
    twin,
    root: readFileSync(join(folder, 'ca.pem'), 'utf8'),
    rootFile: join(folder, 'ca.pem'),
    issue,
    async stamp(request: Uint8Array): Promise<Uint8Array> {
      writeFileSync(join(folder, 'tsa.pem'), certificate);
      writeFileSync(join(folder, 'request.tsq'), request);
      openssl(
        ...['ts', '-reply', '-config', 'tsa.cnf', '-section', 'tsa', '-queryfile', 'request.tsq'],
        ...['-signer', 'tsa.pem', '-inkey', 'tsa.key', '-out', 'reply.tsr'],
      );
      return new Uint8Array(readFileSync(join(folder, 'reply.tsr')));
    },
    close: (): void => rmSync(folder, { recursive: true, force: true }),
  };
}
