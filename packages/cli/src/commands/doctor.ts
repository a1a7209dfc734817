import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatVkey } from '@spanforge/core-signing';
import type { StateOption } from '../command.js';
import { describeError } from '../describe-error.js';
import { exists, readText } from '../files/read.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { readConfig, type WorkspacePaths, workspacePaths } from '../workspace/config.js';
import { anchorPaths, PRIVATE_KEY_FILES, readKeys } from '../workspace/keys.js';
import { openWorkspace, type Workspace } from '../workspace/workspace.js';
import { stateFolder } from './with-workspace.js';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

type Look = (paths: WorkspacePaths) => Promise<string>;

async function node(): Promise<string> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return process.versions.node;
  throw new Error('Node.js 20.19 or later is needed');
}

const configuration: Look = async (paths) => (await readConfig(paths)).origin;

const keys: Look = async (paths) => {
  const { packages, record } = await readKeys(paths);
  return `${1 + packages.length} signing keys, record key ${record.kid}`;
};

/** Nobody but the owner may look into the folder of the keys, or read a private key. */
const keyModes: Look = async (paths) => {
  for (const path of [paths.keys, ...PRIVATE_KEY_FILES.map((file) => join(paths.keys, file))]) {
    const { mode } = await lstat(path);
    if ((mode & 0o077) !== 0) throw new Error(`${path}: others than its owner have access`);
  }
  return paths.keys;
};

const anchors: Look = async (paths) => {
  const [{ origin }, { log }] = [await readConfig(paths), await readKeys(paths)];
  const { vkey, jwks } = anchorPaths(paths);
  if ((await readText(vkey)).trim() !== formatVkey(origin, log)) {
    throw new Error(`${vkey}: not the public half of the log key`);
  }
  await readText(jwks);
  return 'the public keys are there';
};

/** Records that no checkpoint covers could be taken away unnoticed: how many, and since when. */
async function unpublished({ log }: Workspace, published: number, size: number): Promise<string> {
  if (size <= published) return '';
  const [oldest] = await log.store.read(published, 1);
  const decoded = oldest && log.decode(oldest);
  const since = decoded?.ok ? `, the oldest of ${decoded.record.time}` : '';
  return `, ${size - published} not covered by a checkpoint${since}`;
}

const evidenceLog: Look = async (paths) => {
  if (!(await exists(paths.store))) return 'not begun';
  const workspace = await openWorkspace(paths.root, 'doctor');
  try {
    const refusal = workspace.log.guard.refusal();
    if (refusal) throw new Error(`governs nothing: ${String(refusal.details.reason)}`);
    const [size, mark] = [await workspace.log.size(), await workspace.mark.load()];
    const published = mark?.size ?? 0;
    return `${size} records, ${published} published${await unpublished(workspace, published, size)}`;
  } finally {
    await workspace.close();
  }
};

const CHECKS: readonly (readonly [string, Look])[] = [
  ['node', node],
  ['configuration', configuration],
  ['keys', keys],
  ['key modes', keyModes],
  ['public keys', anchors],
  ['evidence log', evidenceLog],
];

async function check(name: string, look: Look, paths: WorkspacePaths): Promise<Check> {
  try {
    return { name, ok: true, detail: await look(paths) };
  } catch (error) {
    return { name, ok: false, detail: (await describeError(error)).text };
  }
}

/** `spanforge doctor`: looks at each part of a workspace, makes nothing, and says what is wrong. */
export async function doctor(io: CommandIo, { state }: StateOption): Promise<CommandResult> {
  const paths = workspacePaths(stateFolder(io, state));
  const checks: Check[] = [];
  for (const [name, look] of CHECKS) checks.push(await check(name, look, paths));
  return {
    exitCode: checks.every(({ ok }) => ok) ? EXIT.ok : EXIT.usage,
    text: checks
      .map(({ name, ok, detail }) => `${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(14)}  ${detail}`)
      .join('\n'),
    json: { checks },
  };
}
