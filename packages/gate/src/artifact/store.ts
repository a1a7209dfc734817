import type { Dirent } from 'node:fs';
import { access, constants, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  formatEnvelope,
  fromBase64,
  fromUtf8,
  parseEnvelope,
  parseJson,
  type SigningKey,
  sha256,
  signEnvelope,
  toHex,
  utf8,
  type VerificationKey,
} from '@spanforge/core-signing';
import { GateError } from '../error.js';
import type { Attachment } from '../executor.js';
import { readRegularFile } from '../files/open-regular.js';
import type { GateArtifact } from '../model/artifact.js';
import { checkSignatures } from '../signatures/check-signatures.js';
import { artifactFromWire, artifactSchema, artifactToWire } from './wire.js';
import { writeWhole } from './write-new.js';

/** The DSSE payload type of an artifact's signature. */
export const ARTIFACT_PAYLOAD_TYPE = 'application/vnd.spanforge.gate-artifact+json';

/** `<gate_id>-<ulid>.json`: the names of files that this store wrote. */
const NAME = /^([a-z0-9][a-z0-9._-]{0,63})-([0-7][0-9A-HJKMNP-TV-Z]{25})\.json$/;
const MAX_BYTES = 8 * 1024 * 1024;

/** The files that were written for an artifact. */
export interface WrittenArtifact {
  readonly artifact: GateArtifact;
  readonly sha256: string;
}

/** The artifacts of one folder. */
export interface ArtifactStore {
  write(
    artifact: GateArtifact,
    ulid: string,
    attachments: readonly Attachment[],
  ): Promise<WrittenArtifact>;
  latest(gateId: string): Promise<GateArtifact | undefined>;
  list(projectId?: string): Promise<readonly GateArtifact[]>;
  /** Removes older artifacts and returns their names. */
  purge(beforeMs: number): Promise<readonly string[]>;
  count(): Promise<number>;
  writable(): Promise<boolean>;
}

interface Named {
  readonly file: string;
  readonly gateId: string;
  readonly ulid: string;
}

const invalidError = (file: string, reason: string, cause?: unknown): GateError =>
  new GateError('GATE_ARTIFACT_INVALID', `${file}: ${reason}`, {
    details: { file, reason },
    cause,
  });

/** The artifacts of a folder, oldest first; none where there is no folder. */
async function listNames(folder: string): Promise<readonly Named[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isFile())
    .flatMap(({ name }) => {
      const [, gateId, ulid] = NAME.exec(name) ?? [];
      return gateId === undefined || ulid === undefined ? [] : [{ file: name, gateId, ulid }];
    })
    .sort((left, right) => (left.ulid < right.ulid ? -1 : 1));
}

/** @throws {GateError} `GATE_ARTIFACT_INVALID` without the signatures that the keys expect. */
async function checkSignature(
  folder: string,
  file: string,
  bytes: Uint8Array,
  trusted: readonly VerificationKey[],
): Promise<void> {
  if (trusted.length === 0) return;
  try {
    const text = await readRegularFile(join(folder, signatureOf(file)), MAX_BYTES * 2);
    const envelope = parseEnvelope(text, { maxBytes: MAX_BYTES * 2 });
    const { signers, problem } = await checkSignatures(envelope, trusted);
    if (problem !== undefined || signers.length === 0) throw new Error(problem ?? 'untrusted');
    const same = toHex(sha256(fromBase64(envelope.payload))) === toHex(sha256(bytes));
    if (!same || envelope.payloadType !== ARTIFACT_PAYLOAD_TYPE) throw new Error('another file');
  } catch (cause) {
    throw invalidError(file, 'its signature does not verify', cause);
  }
}

/** @throws {GateError} `GATE_ARTIFACT_INVALID`. */
async function readArtifact(
  folder: string,
  { file, gateId }: Named,
  trusted: readonly VerificationKey[],
): Promise<GateArtifact> {
  const bytes = await readRegularFile(join(folder, file), MAX_BYTES);
  await checkSignature(folder, file, bytes, trusted);
  let value: unknown;
  try {
    value = parseJson(fromUtf8(bytes), { maxBytes: MAX_BYTES });
  } catch (cause) {
    throw invalidError(file, 'not JSON', cause);
  }
  const parsed = artifactSchema.safeParse(value);
  if (!parsed.success) throw invalidError(file, 'not a gate artifact', parsed.error);
  if (parsed.data.gate_id !== gateId)
    throw invalidError(file, 'its file name has the id of another gate');
  return artifactFromWire(parsed.data);
}

/** True if the folder can be written, or made in the nearest folder above it that exists. */
async function isWritable(folder: string): Promise<boolean> {
  for (let path = folder; ; path = join(path, '..')) {
    try {
      await access(path, constants.W_OK);
      return true;
    } catch (error) {
      const missing = (error as { readonly code?: unknown }).code === 'ENOENT';
      if (!missing || join(path, '..') === path) return false;
    }
  }
}

/**
 * The store of one folder. If there are keys, every artifact is signed in a file beside it. When it
 * is read, each algorithm of the trusted keys must have signed it.
 */
export function createArtifactStore(options: {
  /** The path of the folder. */
  readonly folder: string;
  /** The folder as artifacts name it: as it was configured. */
  readonly shownAs: string;
  readonly keys: readonly SigningKey[];
  readonly verificationKeys: readonly VerificationKey[];
}): ArtifactStore {
  const { folder, shownAs, keys, verificationKeys } = options;
  const names = () => listNames(folder);
  const read = (named: Named) => readArtifact(folder, named, verificationKeys);

  return {
    async write(artifact, ulid, attachments) {
      const stem = `${artifact.gateId}-${ulid}`;
      const named = { ...artifact, artifactPath: `${shownAs}/${stem}.json` };
      const bytes = utf8(`${JSON.stringify(artifactToWire(named), null, 2)}\n`);
      await writeWhole(join(folder, `${stem}.json`), bytes);
      if (keys.length > 0) {
        const envelope = await signEnvelope({
          payloadType: ARTIFACT_PAYLOAD_TYPE,
          payload: bytes,
          keys,
        });
        await writeWhole(join(folder, `${stem}.dsse`), utf8(`${formatEnvelope(envelope)}\n`));
      }
      for (const { suffix, text } of attachments) {
        await writeWhole(join(folder, `${stem}.${suffix}`), utf8(text));
      }
      return { artifact: named, sha256: toHex(sha256(bytes)) };
    },
    async latest(gateId) {
      const found = (await names()).filter((one) => one.gateId === gateId).at(-1);
      return found === undefined ? undefined : read(found);
    },
    async list(projectId) {
      const artifacts: GateArtifact[] = [];
      for (const named of await names()) {
        const artifact = await read(named);
        if (projectId === undefined || artifact.projectId === projectId) artifacts.push(artifact);
      }
      return artifacts;
    },
    async purge(beforeMs) {
      const removed: string[] = [];
      for (const named of await names()) {
        const artifact = await read(named).catch(() => undefined);
        if (artifact === undefined || Date.parse(artifact.timestamp) >= beforeMs) continue;
        const stem = named.file.slice(0, -'.json'.length);
        await unlink(join(folder, named.file));
        for (const suffix of ['dsse', 'cdx.json']) {
          await unlink(join(folder, `${stem}.${suffix}`)).catch(() => {});
        }
        removed.push(named.file);
      }
      return removed;
    },
    count: async () => (await names()).length,
    writable: () => isWritable(folder),
  };
}

const signatureOf = (file: string): string => file.replace(/json$/, 'dsse');
