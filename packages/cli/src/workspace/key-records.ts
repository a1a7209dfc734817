import { join } from 'node:path';
import { EventsError, type EvidenceContext, type RecordDraft } from '@spanforge/core-events';
import { type KeyHistory, readKeyHistory, type SignedLog } from '@spanforge/core-events/log';
import { keyAddedV1 } from '@spanforge/core-events/records';
import {
  createNoteVerifier,
  formatJwks,
  formatVkey,
  importVerificationKey,
  limitKey,
  type NoteVerifier,
  parseJwks,
  parseVkey,
  toVerificationKey,
  type VerificationKey,
} from '@spanforge/core-signing';
import { exists, readText } from '../files/read.js';
import { writeWhole } from '../files/write.js';
import { SOURCE } from '../version.js';
import type { WorkspaceConfig, WorkspacePaths } from './config.js';
import { anchorPaths, KEY_FILES, type WorkspaceKeys } from './keys.js';

const PUBLIC_FILE = 0o644;

/** The parts of an open workspace that records about its keys need. */
interface KeyedWorkspace {
  readonly config: WorkspaceConfig;
  readonly paths: WorkspacePaths;
  readonly keys: WorkspaceKeys;
  readonly log: SignedLog;
  readonly readOnly: boolean;
}

/** A key in use, as its record names it. */
export interface KeyInUse {
  readonly kid: string;
  readonly role: 'log' | 'package' | 'record';
  readonly algorithm: string;
  readonly publicJwk?: Readonly<Record<string, string>>;
}

/** The keys that a workspace signs with now; also its record key, if records are signed. */
export function keysInUse(
  { log, packages, record }: WorkspaceKeys,
  hmac: boolean,
): readonly KeyInUse[] {
  const signing = [log, ...packages].map(({ kid, role, alg, publicJwk }) => ({
    kid,
    role: role === 'log' ? ('log' as const) : ('package' as const),
    algorithm: alg,
    publicJwk: { ...publicJwk },
  }));
  return hmac
    ? [...signing, { kid: record.kid, role: 'record' as const, algorithm: 'HS256' }]
    : signing;
}

/** The context of records about keys. */
export function keyContext(
  { config }: Pick<KeyedWorkspace, 'config'>,
  by: string,
): EvidenceContext {
  const { tenant, project, environment: env } = config;
  const place = { tenant, project, env, run: 'operator', traceId: 'keys', agent: 'spanforge' };
  return { ...place, actor: by, source: SOURCE };
}

/** Records that keys have come into use, for keys that the log does not name yet. */
export function additions(
  keys: readonly KeyInUse[],
  history: readonly KeyHistory[],
  context: EvidenceContext,
): readonly RecordDraft[] {
  const known = new Set(
    history.filter(({ addedAt }) => addedAt !== undefined).map(({ kid }) => kid),
  );
  return keys
    .filter(({ kid }) => !known.has(kid))
    .map((key) => ({ type: keyAddedV1.key, context, body: keyAddedV1.toWire(key) }));
}

/** Records, once per log, the keys with which it begins. */
export async function recordFirstKeys(workspace: KeyedWorkspace): Promise<void> {
  const { log, keys, config, readOnly } = workspace;
  if (readOnly || (await log.size()) !== 1 || log.guard.refusal()) return;
  const drafts = additions(
    keysInUse(keys, config.hmac),
    [],
    keyContext(workspace, 'spanforge-cli'),
  );
  try {
    await log.append(drafts, { claim: 'keys.first' });
  } catch (error) {
    // Another process opened the log at the same moment.
    if (!EventsError.is(error) || error.code !== 'EVENTS_CLAIM_TAKEN') throw error;
  }
}

/** Every public key of a workspace with its state on record: those in use, retired and revoked. */
export function publishedKeys(
  { log, packages }: WorkspaceKeys,
  history: readonly KeyHistory[],
  origin: string,
): readonly VerificationKey[] {
  const keys = new Map<string, VerificationKey>();
  for (const key of [log, ...packages]) keys.set(key.kid, toVerificationKey(key));
  for (const { kid, role, publicJwk, ...limits } of history) {
    const known = keys.get(kid) ?? (publicJwk && importVerificationKey({ ...publicJwk }, role));
    if (known) keys.set(kid, limitKey(known, limits));
  }
  // A log key that no vkey names any more would else be taken for a key of every log.
  return [...keys.values()].map((key) => (key.role === 'log' ? { ...key, origin } : key));
}

/** The two public files that auditors are given. */
interface PublicFiles {
  /** Keys of packages, and log keys that are no longer in use, with their limits. */
  readonly jwks: string;
  /** The log's keys in service, one a line; the one in use comes first. */
  readonly vkey: string;
}

/** The contents of the public files of a workspace. */
export function publicFiles(
  keys: WorkspaceKeys,
  history: readonly KeyHistory[],
  origin: string,
): PublicFiles {
  const all = publishedKeys(keys, history, origin);
  const serves = ({ retiredSize, lastGoodSize }: VerificationKey): boolean =>
    retiredSize === undefined && lastGoodSize === undefined;
  const logKeys = all.filter(({ role, kid }) => role === 'log' && kid !== keys.log.kid);
  const listed = all.filter(
    (key) => key.role === 'package' || (key.role === 'log' && !serves(key)),
  );
  const vkeys = [toVerificationKey(keys.log), ...logKeys.filter(serves)];
  return {
    jwks: formatJwks(listed),
    vkey: vkeys.map((key) => `${formatVkey(origin, key)}\n`).join(''),
  };
}

/** Writes the public files according to the log. @throws {CliError} `CLI_FILE_UNWRITABLE`. */
export async function writePublicFiles({
  log,
  keys,
  config,
  paths,
}: KeyedWorkspace): Promise<void> {
  const { jwks, vkey } = publicFiles(keys, await readKeyHistory(log), config.origin);
  await writeWhole(join(paths.keys, KEY_FILES.jwks), jwks, PUBLIC_FILE);
  await writeWhole(join(paths.keys, KEY_FILES.vkey), vkey, PUBLIC_FILE);
}

/**
 * The keys that signed this log before, according to the public files, which do not depend on the
 * log. Files that cannot be read give none; `doctor` reports what is wrong with them.
 */
export async function readEarlierLogKeys(
  paths: WorkspacePaths,
  origin: string,
  current: string,
): Promise<readonly NoteVerifier[]> {
  const { jwks, vkey } = anchorPaths(paths);
  const text = async (file: string): Promise<string> =>
    (await exists(file)) ? readText(file) : '';
  try {
    const lines = (await text(vkey)).split('\n').filter((line) => line.trim() !== '');
    const listed = parseJwks((await text(jwks)) || '{"keys":[]}');
    const keys = [
      ...lines.map((line) => parseVkey(line.trim())),
      ...listed.filter(({ role }) => role === 'log').map((key) => createNoteVerifier(origin, key)),
    ];
    const byId = new Map(keys.map((key) => [`${key.name}+${key.keyId}`, key]));
    return [...byId.values()].filter(({ key, name }) => name === origin && key.kid !== current);
  } catch {
    return [];
  }
}
