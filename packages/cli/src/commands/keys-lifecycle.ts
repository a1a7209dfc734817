import { type KeyHistory, readKeyHistory } from '@spanforge/core-events/log';
import { keyRetiredV1, keyRevokedV1 } from '@spanforge/core-events/records';
import { formatJwks, parseJson } from '@spanforge/core-signing';
import { visible } from '@spanforge/operator';
import { type Command, InvalidArgumentError } from 'commander';
import { type Act, addStateCommand, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
import { workspacePaths } from '../workspace/config.js';
import {
  additions,
  keyContext,
  keysInUse,
  publishedKeys,
  writePublicFiles,
} from '../workspace/key-records.js';
import { keepSecret, replaceKeys, type WorkspaceKeyRole } from '../workspace/replace-keys.js';
import type { Workspace } from '../workspace/workspace.js';
import { stateFolder, withEvidence, withWorkspace } from './with-workspace.js';

interface ByArguments extends StateOption {
  readonly by: string;
}

interface RotateArguments extends ByArguments {
  readonly keep?: boolean;
}

interface RevokeArguments extends ByArguments {
  readonly lastGoodSize: number | 'now';
  readonly reason: string;
}

const ROLES: Readonly<Record<string, readonly WorkspaceKeyRole[]>> = {
  log: ['log'],
  package: ['package'],
  record: ['record'],
  all: ['log', 'package', 'record'],
};

const usageError = (message: string): CliError => new CliError('CLI_USAGE', message);

/**
 * Writes the public files, and then signs the checkpoint and the index again with the new key. Whoever signs at this
 * moment can make the second fail; what the new key signs later is still found under a published key.
 */
async function publish(workspace: Workspace, roles: readonly WorkspaceKeyRole[]): Promise<void> {
  await writePublicFiles(workspace);
  if (roles.includes('log')) await workspace.checkpointer.provable();
}

/** Records a change of keys, after additions that are missing. */
async function recordChange(
  workspace: Workspace,
  by: string,
  drafts: readonly ReturnType<typeof retirement>[],
): Promise<void> {
  const { log, keys, config } = workspace;
  const context = keyContext(workspace, by);
  const missing = additions(keysInUse(keys, config.hmac), await readKeyHistory(log), context);
  const all = [...missing, ...drafts.map((draft) => ({ ...draft, context }))];
  if (all.length > 0) await log.append(all);
}

const retirement = ({ kid, role }: Pick<KeyHistory, 'kid' | 'role'>) => ({
  type: keyRetiredV1.key,
  body: keyRetiredV1.toWire({ kid, role }) as object,
});

const serves = ({ retiredSize, lastGoodSize }: KeyHistory): boolean =>
  retiredSize === undefined && lastGoodSize === undefined;

function changed(workspace: Workspace, text: string, more: object): CommandResult {
  const keys = keysInUse(workspace.keys, workspace.config.hmac);
  const shown = keys.map(({ kid, role }) => ({ kid, role }));
  const lines = shown.map(({ role, kid }) => `  ${role.padEnd(8)} ${kid}`);
  return {
    exitCode: EXIT.ok,
    text: [
      text,
      'in use now:',
      ...lines,
      'restart services, and give auditors the public keys again: keys/package.jwks.json and keys/log.vkey',
    ].join('\n'),
    json: toWire({ ...more, keys: shown }),
  };
}

/** `spanforge keys rotate ROLE`: puts new keys into use; the old ones are retired, unless kept. */
async function keysRotate(
  io: CommandIo,
  { state, by, keep = false }: RotateArguments,
  role: string,
): Promise<CommandResult> {
  const roles = Object.hasOwn(ROLES, role) ? ROLES[role] : undefined;
  if (!roles) throw usageError('expected a role: log, package, record or all');
  // The old keys are put on record first, since only keys on record can be retired.
  const old = await withWorkspace(io, state, async (workspace) => {
    await recordChange(workspace, by, []);
    const { keys, config } = workspace;
    return keysInUse(keys, config.hmac).filter((key) => roles.includes(key.role));
  });
  await replaceKeys(workspacePaths(stateFolder(io, state)), roles);
  const putOnRecord = async (workspace: Workspace): Promise<CommandResult> => {
    await recordChange(workspace, by, keep ? [] : old.map(retirement));
    await publish(workspace, roles);
    const kids = old.map(({ kid }) => kid);
    return changed(workspace, `${keep ? 'kept' : 'retired'}: ${kids.join(', ')}`, {
      ...(keep ? { kept: kids } : { retired: kids }),
    });
  };
  return withWorkspace(io, state, putOnRecord, { newKeys: true });
}

async function findKey({ log }: Workspace, kid: string): Promise<KeyHistory> {
  const found = (await readKeyHistory(log)).find((key) => key.kid === kid);
  if (found) return found;
  throw usageError(`no record names a key ${JSON.stringify(kid)}: see "keys list"`);
}

const isInUse = ({ keys, config }: Workspace, kid: string): boolean =>
  keysInUse(keys, config.hmac).some((key) => key.kid === kid);

/** `spanforge keys retire KID`: retires a key that was kept at its rotation. */
async function keysRetire(
  io: CommandIo,
  { state, by }: ByArguments,
  kid: string,
): Promise<CommandResult> {
  return withWorkspace(io, state, async (workspace) => {
    const key = await findKey(workspace, kid);
    if (isInUse(workspace, kid)) {
      throw usageError(`this key is in use: "keys rotate ${key.role}" replaces and retires it`);
    }
    if (!serves(key)) throw usageError('this key has left service already');
    await recordChange(workspace, by, [retirement(key)]);
    await publish(workspace, ['log']);
    return changed(workspace, `retired: ${kid}`, { retired: [kid] });
  });
}

function limitOf(given: number | 'now', size: number): number {
  if (given === 'now') return size;
  if (given <= size) return given;
  throw usageError(`--last-good-size: the log has ${size} records`);
}

/**
 * `spanforge keys revoke KID --last-good-size N`: signatures of a key over more than N records are
 * no longer trusted. A key in use is replaced first, so that it does not sign its own revocation.
 */
async function keysRevoke(
  io: CommandIo,
  { state, by, lastGoodSize: given, reason }: RevokeArguments,
  kid: string,
): Promise<CommandResult> {
  const paths = workspacePaths(stateFolder(io, state));
  const before = await withWorkspace(io, state, async (workspace) => {
    await recordChange(workspace, by, []);
    const key = await findKey(workspace, kid);
    const limit = limitOf(given, await workspace.log.size());
    const inUse = isInUse(workspace, kid);
    const old = keysInUse(workspace.keys, workspace.config.hmac);
    return {
      key,
      limit,
      inUse,
      old,
      secrets: [...workspace.keys.earlierRecords, workspace.keys.record],
    };
  });
  const { key, limit, inUse } = before;
  const role = key.role as WorkspaceKeyRole;
  if (inUse) await replaceKeys(paths, [role]);
  // The key of the other algorithm was replaced with it, and is retired in good standing.
  const siblings = inUse ? before.old.filter((one) => one.role === role && one.kid !== kid) : [];
  const body = keyRevokedV1.toWire({ kid, role, lastGoodSize: limit, reason }) as object;
  const putOnRecord = async (workspace: Workspace): Promise<CommandResult> => {
    const revocation = { type: keyRevokedV1.key, body };
    await recordChange(workspace, by, [revocation, ...siblings.map(retirement)]);
    await publish(workspace, ['log']);
    return changed(workspace, `revoked: ${visible(kid)}, good up to size ${limit}`, {
      revoked: kid,
      lastGoodSize: limit,
    });
  };
  const result = await withWorkspace(io, state, putOnRecord, { newKeys: true });
  const secret = before.secrets.find((one) => one.kid === kid);
  if (secret) await keepSecret(paths, { ...secret, lastGoodSize: limit });
  return result;
}

function standing({ retiredSize, lastGoodSize }: KeyHistory, inUse: boolean): string {
  if (lastGoodSize !== undefined) return `revoked, good up to size ${lastGoodSize}`;
  if (retiredSize !== undefined) return `retired at size ${retiredSize}`;
  return inUse ? 'in use' : 'kept';
}

/** `spanforge keys list`: every key on record, and its state. */
async function keysList(io: CommandIo, { state }: StateOption): Promise<CommandResult> {
  return withEvidence(io, state, async (workspace) => {
    const keys = (await readKeyHistory(workspace.log)).map((key) => {
      const { kid, role, addedAt, retiredSize, lastGoodSize, reason } = key;
      const shown = standing(key, isInUse(workspace, kid));
      return { kid, role, standing: shown, addedAt, retiredSize, lastGoodSize, reason };
    });
    return {
      exitCode: EXIT.ok,
      text: keys
        .map((key) => `${key.role.padEnd(8)} ${visible(key.kid)}  ${key.standing}`)
        .join('\n'),
      json: toWire({ keys }),
    };
  });
}

interface JwksArguments extends StateOption {
  readonly write?: boolean;
}

/** `spanforge keys jwks`: every public key, with the limits of its signatures. */
async function keysJwks(io: CommandIo, { state, write }: JwksArguments): Promise<CommandResult> {
  const open = write ? withWorkspace : withEvidence;
  return open(io, state, async (workspace) => {
    const { keys, log, config } = workspace;
    if (write) await writePublicFiles(workspace);
    const history = await readKeyHistory(log);
    const jwks = formatJwks(publishedKeys(keys, history, config.origin));
    return { exitCode: EXIT.ok, text: jwks, json: parseJson(jwks) };
  });
}

function readLimit(text: string): number | 'now' {
  if (text === 'now') return text;
  if (/^(0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a number of records, or now.');
}

const withBy = (command: Command): Command =>
  command.requiredOption('--by <name>', 'the person who decides this; recorded');

/**
 * Adds the rotation of keys under two names: `keys rotate` and `audit rotate-key` are one command.
 */
export function addRotateCommand(parent: Command, name: string, act: Act): void {
  withBy(
    addStateCommand(
      parent,
      `${name} <role>`,
      'replace the keys of a role: log, package, record or all',
    ),
  )
    .option('--keep', 'keep the old keys valid until "keys retire" retires them')
    .action(act(keysRotate));
}

/** `keys rotate`, `retire`, `revoke`, `list` and `jwks`. */
export function addKeyLifecycleCommands(keys: Command, act: Act): void {
  addRotateCommand(keys, 'rotate', act);
  withBy(
    addStateCommand(keys, 'retire <kid>', 'retire a key that "keys rotate --keep" kept'),
  ).action(act(keysRetire));
  withBy(
    addStateCommand(
      keys,
      'revoke <kid>',
      'revoke a key: what it signed after a given log size is not trusted',
    ),
  )
    .requiredOption(
      '--last-good-size <records>',
      'the log size up to which its signatures stay trusted, or now',
      readLimit,
    )
    .requiredOption('--reason <text>', 'the reason; recorded')
    .action(act(keysRevoke));
  addStateCommand(keys, 'list', 'list every key on record and its state').action(act(keysList));
  addStateCommand(
    keys,
    'jwks',
    'print the public keys as a JWK Set, with the log sizes for which they count',
  )
    .option('--write', 'also write the public key files of the workspace again')
    .action(act(keysJwks));
}
