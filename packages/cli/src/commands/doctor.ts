import { stat } from 'node:fs/promises';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { readConfig, workspacePaths } from '../workspace/config.js';
import { readKeys } from '../workspace/keys.js';
import { openWorkspace } from '../workspace/workspace.js';
import { stateFolder } from './init.js';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

async function check(name: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, detail: await look() };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : 'failed' };
  }
}

async function privateFolder(path: string): Promise<string> {
  const mode = (await stat(path)).mode & 0o077;
  if (mode !== 0) throw new Error(`${path}: others than its owner may enter`);
  return path;
}

/** `spanforge doctor`: looks at each part of a workspace and says what is wrong with it. */
export async function doctor(
  io: CommandIo,
  options: { readonly state?: string },
): Promise<CommandResult> {
  const paths = workspacePaths(stateFolder(io, options.state));
  const checks = [
    await check('node', async () => {
      const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
      if (major < 20 || (major === 20 && minor < 19))
        throw new Error('Node.js 20.19 or later is needed');
      return process.versions.node;
    }),
    await check('configuration', async () => (await readConfig(paths)).origin),
    await check(
      'keys',
      async () => `${1 + (await readKeys(paths)).packages.length} signing keys and a record key`,
    ),
    await check('key folder', () => privateFolder(paths.keys)),
    await check('evidence log', async () => {
      const workspace = await openWorkspace(paths.root, 'doctor');
      try {
        return `${await workspace.log.size()} records`;
      } finally {
        await workspace.close();
      }
    }),
    await check('signer', async () => {
      const workspace = await openWorkspace(paths.root, 'doctor');
      try {
        const mark = await workspace.mark.load();
        if (mark?.frozen) throw new Error(`frozen: ${mark.frozen.reason}`);
        return mark ? `signed up to ${mark.size}` : 'nothing signed yet';
      } finally {
        await workspace.close();
      }
    }),
  ];
  return {
    exitCode: checks.every(({ ok }) => ok) ? EXIT.ok : EXIT.usage,
    text: checks
      .map(({ name, ok, detail }) => `${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(14)}  ${detail}`)
      .join('\n'),
    json: { checks },
  };
}
