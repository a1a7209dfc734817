import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createOperator,
  type EvidencePackage,
  type VerificationReport,
  verifyPackage,
} from '@spanforge/operator';
import { writePackage } from '@spanforge/operator/node';
import { anchorPaths, type Workspace } from 'spanforge';
import { formatSummary } from './summary.js';

/** Shows what an operator and an auditor see of a finished run. */
export interface Finale {
  /** @param why The explanation of the trace, in sentences. */
  summarise(traceId: string, why: string): Promise<readonly string[]>;
  /** Exports the package of a trace, and gives where it is and what it holds. */
  exportTrace(
    traceId: string,
  ): Promise<{ readonly path: string; readonly evidence: EvidencePackage }>;
  /** Verifies with the public keys of the workspace, which an auditor has got another way. */
  verify(evidence: EvidencePackage): Promise<string>;
}

/** A copy of a package in which one bit of one byte of a record is another. */
export function flipOneBit(evidence: EvidencePackage): EvidencePackage {
  const records = Uint8Array.from(evidence.get('records.jsonl') ?? []);
  const at = Math.floor(records.length / 2);
  records[at] = (records[at] ?? 0) ^ 1;
  return new Map(evidence).set('records.jsonl', records);
}

function formatVerdict({ verdict, level, firstBad, counts, exitCode }: VerificationReport): string {
  const place = firstBad?.index === undefined ? firstBad?.file : `record ${firstBad.index}`;
  const fault = firstBad ? `; first fault: ${[place, firstBad.reason].join(': ')}` : '';
  const assurance = level ? ` (${level})` : '';
  return `${verdict.toUpperCase()}${assurance}, ${counts.records} records, exit code ${exitCode}${fault}`;
}

/** @param workspace An open workspace whose log holds the run; all of it is published first. */
export async function openFinale({ log, checkpointer, keys, paths }: Workspace): Promise<Finale> {
  const { vkey, jwks } = anchorPaths(paths);
  const [logKey, packageKeys] = [await readFile(vkey, 'utf8'), await readFile(jwks, 'utf8')];
  const operator = createOperator({
    reader: log,
    checkpointer,
    packageKeys: keys.packages,
    logKey,
  });
  await checkpointer.checkpoint();
  return {
    summarise: async (traceId, why) => formatSummary(await operator.inspectTrace(traceId), why),
    async exportTrace(traceId) {
      const folder = join(paths.root, 'packages');
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `${traceId}.zip`);
      const evidence = await operator.exportPackage({ traceId });
      await writePackage(path, evidence);
      return { path, evidence };
    },
    verify: async (evidence) =>
      formatVerdict(await verifyPackage(evidence, { keys: [logKey, packageKeys] })),
  };
}
