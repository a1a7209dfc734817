import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOperator, type Operator } from '@spanforge/operator';
import {
  anchorPaths,
  type InitOptions,
  initWorkspace,
  openWorkspace,
  type Workspace,
} from 'spanforge';

/** A new workspace of a demo, its operator, and the public keys an auditor gets another way. */
export interface DemoSite {
  readonly folder: string;
  readonly workspace: Workspace;
  readonly operator: Operator;
  readonly keys: readonly string[];
}

/** Makes a workspace in a new folder, below the one given on the command line or the temporary one. */
export async function openSite(
  options: Omit<InitOptions, 'origin'> = {},
  below: string = process.argv[2] ?? tmpdir(),
): Promise<DemoSite> {
  const folder = await mkdtemp(join(below, 'spanforge-demo-'));
  const root = join(folder, '.spanforge');
  await initWorkspace(root, { origin: 'demo.example/evidence', ...options });
  const workspace = await openWorkspace(root, 'demo');
  const { vkey, jwks } = anchorPaths(workspace.paths);
  const [logKey, packageKeys] = [await readFile(vkey, 'utf8'), await readFile(jwks, 'utf8')];
  const { log, checkpointer, keys } = workspace;
  const operator = createOperator({
    ...{ reader: log, checkpointer, packageKeys: keys.packages, logKey },
  });
  return { folder, workspace, operator, keys: [logKey, packageKeys] };
}
