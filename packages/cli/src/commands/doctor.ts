import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatVkey } from '@spanforge/core-signing';
import type { StateOption } from '../command.js';
import { describeError } from '../describe-error.js';
import { exists, readText } from '../files/read.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { readConfig, type WorkspacePaths, workspacePaths } from '../workspace/config.js';
import { anchorPaths, PRIVATE_KEY_FILES, readKeys } from '../workspace/keys.js';
import { KEY_CHECKS } from './doctor-keys.js';
import { LOG_CHECKS, type Warned } from './doctor-log.js';
import { stateFolder, withEvidence } from './with-workspace.js';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Nothing is wrong with it, but it may not be as it was meant. */
  readonly warning?: true;
  readonly detail: string;
}

type Look<From = WorkspacePaths> = (from: From) => Promise<string | Warned>;

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

/** Only the owner may access the folder of keys and the private keys. */
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
  if ((await readText(vkey)).split('\n')[0]?.trim() !== formatVkey(origin, log)) {
    throw new Error(`${vkey}: not the public half of the log key`);
  }
  await readText(jwks);
  return 'the public keys are there';
};

const CHECKS: readonly (readonly [string, Look])[] = [
  ['node', node],
  ['configuration', configuration],
  ['keys', keys],
  ['key modes', keyModes],
  ['public keys', anchors],
];

/** A finding of a check is a sentence; only errors from elsewhere have a code to look up. */
async function describeFinding(error: unknown): Promise<string> {
  const isFinding = error instanceof Error && error.constructor === Error && !('code' in error);
  return isFinding ? error.message : (await describeError(error)).text;
}

async function check<From>(name: string, look: Look<From>, from: From): Promise<Check> {
  try {
    const seen = await look(from);
    if (typeof seen === 'string') return { name, ok: true, detail: seen };
    return { name, ok: true, warning: true, detail: seen.warning };
  } catch (error) {
    return { name, ok: false, detail: await describeFinding(error) };
  }
}

const stateOf = ({ ok, warning }: Check): string => (!ok ? 'FAIL' : warning ? 'warn' : 'ok  ');

/** The checks of the log, which is opened once for all of them. */
async function checkLog(
  io: CommandIo,
  state: string | undefined,
  paths: WorkspacePaths,
): Promise<readonly Check[]> {
  const [first] = LOG_CHECKS[0] ?? ['evidence log'];
  if (!(await exists(paths.store))) {
    const begun = await exists(paths.mark);
    const gone = `${paths.store}: missing, and records were signed: put it back`;
    return [{ name: first, ok: !begun, detail: begun ? gone : 'not begun' }];
  }
  try {
    return await withEvidence(io, state, async (workspace) => {
      const checks: Check[] = [];
      for (const [name, look] of [...LOG_CHECKS, ...KEY_CHECKS])
        checks.push(await check(name, look, workspace));
      return checks;
    });
  } catch (error) {
    return [{ name: first, ok: false, detail: (await describeError(error)).text }];
  }
}

/**
 * `spanforge doctor`: checks each part of a workspace, changes nothing, and reports what is wrong.
 */
export async function doctor(io: CommandIo, { state }: StateOption): Promise<CommandResult> {
  const paths = workspacePaths(stateFolder(io, state));
  const checks: Check[] = [];
  for (const [name, look] of CHECKS) checks.push(await check(name, look, paths));
  checks.push(...(await checkLog(io, state, paths)));
  return {
    exitCode: checks.every(({ ok }) => ok) ? EXIT.ok : EXIT.usage,
    text: checks.map((one) => `${stateOf(one)}  ${one.name.padEnd(14)}  ${one.detail}`).join('\n'),
    json: { checks },
  };
}
