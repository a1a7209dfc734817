import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createOperator,
  type EvidencePackage,
  type Operator,
  type TraceReport,
  verifyPackage,
  visible,
} from '@spanforge/operator';
import { writePackage } from '@spanforge/operator/node';
import { anchorPaths, type Workspace } from 'spanforge';

/** Shows what an operator and an auditor see of a finished run. */
export interface Finale {
  readonly summarise: (traceId: string) => Promise<readonly string[]>;
  /** Exports the package of a trace, and gives where it is and what it holds. */
  readonly exportTrace: (
    traceId: string,
  ) => Promise<{ readonly path: string; readonly pkg: EvidencePackage }>;
  /** Verifies with the public keys of the workspace, which an auditor has got another way. */
  readonly verify: (pkg: EvidencePackage) => Promise<string>;
}

function sentences({ traceId, outcome, summary }: TraceReport): readonly string[] {
  return [
    `trace ${traceId}: ${outcome}`,
    `  why allowed?     ${summary.allowed}`,
    `  why blocked?     ${summary.blocked}`,
    `  which controls?  ${summary.controls}`,
    `  evidence valid?  ${summary.chain}`,
  ].map(visible);
}

/** A copy of a package in which one bit of one byte of a record is another. */
export function flipOneByte(pkg: EvidencePackage): EvidencePackage {
  const records = Uint8Array.from(pkg.get('records.jsonl') ?? []);
  const at = Math.floor(records.length / 2);
  records[at] = (records[at] ?? 0) ^ 1;
  return new Map(pkg).set('records.jsonl', records);
}

/** @param workspace An open workspace whose log holds the run. */
export async function createFinale(workspace: Workspace): Promise<Finale> {
  const { log, checkpointer, keys, paths } = workspace;
  const anchors = anchorPaths(paths);
  const trusted = await Promise.all(
    [anchors.vkey, anchors.jwks].map((file) => readFile(file, 'utf8')),
  );
  const operator: Operator = createOperator({
    reader: log,
    checkpointer,
    packageKeys: keys.packages,
    logKey: trusted[0] ?? '',
  });
  return {
    summarise: async (traceId) => sentences(await operator.inspectTrace(traceId)),
    async exportTrace(traceId) {
      const folder = join(paths.root, 'packages');
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `${traceId}.zip`);
      const pkg = await operator.exportPackage({ traceId });
      await writePackage(path, pkg);
      return { path, pkg };
    },
    async verify(pkg) {
      const { verdict, level, firstBad, counts, exitCode } = await verifyPackage(pkg, {
        keys: trusted,
      });
      const fault = firstBad
        ? `; first fault: ${[firstBad.index === undefined ? firstBad.file : `record ${firstBad.index}`, firstBad.reason].join(': ')}`
        : '';
      return `${verdict.toUpperCase()}${level ? ` (${level})` : ''}, ${counts.records} records, exit code ${exitCode}${fault}`;
    },
  };
}
