import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { IndexRefusal } from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { refuseIndexProof } from '../../verifier/verify.mjs';
import { type IndexVectorFile, judgeIndexVector, makeIndexVectors } from './index-proofs.js';

const FILE = new URL('../../vectors/index-proofs.json', import.meta.url);
// With SPANFORGE_WRITE_VECTORS set they are made anew; else they stay what they are.
if (process.env.SPANFORGE_WRITE_VECTORS !== undefined || !existsSync(FILE)) {
  writeFileSync(FILE, `${JSON.stringify(await makeIndexVectors())}\n`);
}
const file = JSON.parse(readFileSync(FILE, 'utf8')) as IndexVectorFile;

/** Every reason, so that a new one is missed here until it is named. */
const REASONS: Readonly<Record<IndexRefusal, true>> = {
  malformed: true,
  other_term: true,
  head_signature: true,
  head_mismatch: true,
  records_order: true,
  records_differ: true,
  records_unknown: true,
  tree_mismatch: true,
};

const FORMS = ['present', 'absent between', 'absent before', 'absent behind', 'absent empty'];

describe('published index proofs', () => {
  it.each(file.vectors)('$name: $reason', async (vector) => {
    expect(await judgeIndexVector(file, vector)).toBe(vector.reason);
    const { proof, term, checkpoint, records } = vector;
    const second = await refuseIndexProof({
      ...{ proof, term, keys: [file.key] },
      checkpoint: { ...checkpoint, root: Uint8Array.from(Buffer.from(checkpoint.root, 'base64')) },
      records: records.map((index) => ({ index, bytes: Buffer.from(`record ${index}`) })),
    });
    expect(second).toBe(vector.reason);
  });

  it('show each reason a verifier can give', () => {
    const shown = new Set(file.vectors.flatMap(({ reason }) => reason ?? []));
    expect([...shown].sort()).toEqual(Object.keys(REASONS).sort());
  });

  it('show each form of a proof that holds', () => {
    const shown = new Set(file.vectors.flatMap(({ form, reason }) => (reason ? [] : form)));
    expect([...shown].sort()).toEqual([...FORMS, 'no trees'].sort());
  });
});

const hasPython =
  spawnSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 9)']).status === 0;

it.skipIf(!hasPython)('a verifier in Python, written from the specification, agrees', () => {
  const script = fileURLToPath(new URL('../../../../tooling/verifiers/verify.py', import.meta.url));
  const output = execFileSync('python3', [script, 'index-vectors', fileURLToPath(FILE)]).toString();
  expect(output.trim()).toBe(`${file.vectors.length} of ${file.vectors.length} vectors`);
});
