import { createRequire, syncBuiltinESMExports } from 'node:module';

/** What was hashed on this thread since the counting began. */
export interface HashCount {
  calls: number;
  bytes: number;
}

type Hash = (algorithm: string, data: string | Uint8Array, encoding?: string) => unknown;

/** Counts what is hashed with `crypto.hash`, which the library uses; must run before the work. */
export function countHashing(): HashCount {
  const crypto = createRequire(import.meta.url)('node:crypto') as { hash: Hash };
  const { hash } = crypto;
  const count = { calls: 0, bytes: 0 };
  crypto.hash = (algorithm, data, encoding) => {
    count.calls += 1;
    count.bytes += data.length;
    return hash(algorithm, data, encoding);
  };
  syncBuiltinESMExports();
  return count;
}
