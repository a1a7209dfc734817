import { makeBases } from './bases.js';
import { addCheckpointVectors } from './checkpoint.js';
import { addFileVectors } from './files.js';
import { addLineVectors } from './lines.js';
import { addProofVectors } from './proofs.js';
import { createSheet } from './sheet.js';
import { addStatementVectors } from './statement.js';
import { addTrustVectors } from './trust.js';
import { addValueVectors } from './values.js';
import { filesOf, type VectorFile } from './vector.js';

const SUBJECTS = [
  addTrustVectors,
  addFileVectors,
  addStatementVectors,
  addLineVectors,
  addProofVectors,
  addCheckpointVectors,
  addValueVectors,
];

/** Makes the vectors anew, with new keys: run by hand, and kept as they are from then on. */
export async function makeVectors(): Promise<VectorFile> {
  const made = await makeBases();
  const sheet = createSheet(made);
  for (const addVectors of SUBJECTS) await addVectors(sheet, made);
  const bases = Object.fromEntries(
    Object.entries(made.packages).map(([name, pkg]) => [name, filesOf(pkg)]),
  );
  return { v: 'spanforge.package-vectors.v1', keys: made.keys, bases, vectors: sheet.vectors };
}
