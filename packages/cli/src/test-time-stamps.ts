import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether `openssl ts` can play a time-stamping authority here. */
export function opensslCanStamp(): boolean {
  try {
    return execFileSync('openssl', ['version'], { stdio: 'pipe' })
      .toString()
      .startsWith('OpenSSL 3');
  } catch {
    return false;
  }
}

const CONFIG = `[tsa]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
`;

/** Makes an authority in a folder; its own certificate, `tsa.pem`, is the one to trust. */
export function makeAuthority(folder: string, name: string): (query: Uint8Array) => Uint8Array {
  const openssl = (line: string, ...more: readonly string[]): void => {
    execFileSync('openssl', [...line.split(' '), ...more], { cwd: folder, stdio: 'pipe' });
  };
  writeFileSync(join(folder, 'tsa.cnf'), CONFIG);
  writeFileSync(join(folder, 'serial'), '01\n');
  openssl(
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tsa.key -out tsa.pem -days 30',
    ...['-subj', `/CN=${name}`, '-addext', 'extendedKeyUsage=critical,timeStamping'],
  );
  return (query) => {
    writeFileSync(join(folder, 'query.tsq'), query);
    openssl(
      'ts -reply -config tsa.cnf -section tsa -queryfile query.tsq -signer tsa.pem -inkey tsa.key -out reply.tsr',
    );
    return new Uint8Array(readFileSync(join(folder, 'reply.tsr')));
  };
}
