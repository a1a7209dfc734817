import { type Clock, formatTime } from '@spanforge/core-events';
import {
  canonicalize,
  createStatement,
  encodeStatement,
  formatEnvelope,
  fromUtf8,
  type JsonValue,
  parseCheckpoint,
  parseJson,
  type SigningKey,
  STATEMENT_PAYLOAD_TYPE,
  sha256,
  signEnvelope,
  toHex,
  utf8,
} from '@spanforge/core-signing';
import { ENTERPRISE_GUIDE } from './guide.js';

/** The predicate type of enterprise packages. */
export const ENTERPRISE_PACKAGE = 'https://spanforge.dev/enterprise-package/v1';

/** Members of a package by name, with their exact bytes. */
export type PackageMembers = ReadonlyMap<string, Uint8Array>;

/** The parts around an operator's package. */
export interface EnterpriseParts {
  /** The deployment profile. */
  readonly profile: object;
  /** Retention and export controls. */
  readonly controls: object;
  readonly status: object;
  /** Reference architectures, and whether the profile fits them. */
  readonly architectures: object;
}

/** The folder of the operator's package. */
const OPERATOR = 'operator/';
const STATEMENT = 'package.dsse.json';
const CHECKSUMS = 'SHA256SUMS';

const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Converts field names to snake_case. Names of files are data and stay. */
function toWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, content]) =>
      content === undefined
        ? []
        : [[snakeCase(name), name === 'files' ? content : toWire(content)]],
    ),
  );
}

const hexOf = (bytes: Uint8Array | undefined): string => toHex(sha256(bytes ?? new Uint8Array()));

const partBytes = (part: object): Uint8Array => utf8(`${canonicalize(toWire(part))}\n`);

/** The lines that `sha256sum --check` reads. */
function checksumsOf(members: PackageMembers): Uint8Array {
  const names = [...members.keys()].sort();
  return utf8(names.map((name) => `${hexOf(members.get(name))}  ${name}\n`).join(''));
}

/** The payload of a signed statement that the exporter has just made. */
function outcomeIn(operator: PackageMembers): string {
  const envelope = parseJson(operator.get(STATEMENT) ?? new Uint8Array()) as { payload: string };
  const statement = parseJson(Buffer.from(envelope.payload, 'base64')) as {
    predicate: { outcome: string };
  };
  return statement.predicate.outcome;
}

/**
 * Puts an operator's package into an enterprise package: its members under `operator/`, unchanged, so
 * that every verifier of operator packages reads that folder; the parts as canonical JSON; checksums;
 * and a signed in-toto statement of a predicate type of its own over all of it.
 */
export async function wrapPackage(
  operator: PackageMembers,
  { profile, controls, status, architectures }: EnterpriseParts,
  tenant: string,
  keys: readonly SigningKey[],
  clock: Clock,
): Promise<PackageMembers> {
  const members = new Map<string, Uint8Array>([
    ['profile.json', partBytes(profile)],
    ['controls.json', partBytes(controls)],
    ['status.json', partBytes(status)],
    ['architectures.json', partBytes(architectures)],
    ['VERIFY.md', utf8(ENTERPRISE_GUIDE)],
    ...[...operator].map(([name, bytes]) => [`${OPERATOR}${name}`, bytes] as const),
  ]);
  members.set(CHECKSUMS, checksumsOf(members));
  const note = fromUtf8(operator.get('checkpoint') ?? new Uint8Array());
  const { origin, size, root } = parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1));
  const predicate = {
    tenant,
    log_origin: origin,
    log_size: size,
    root: toHex(root),
    outcome: outcomeIn(operator),
    operator_statement: hexOf(operator.get(STATEMENT)),
    checksums: hexOf(members.get(CHECKSUMS)),
    generated_at: formatTime(clock()),
  };
  const subjects = [...members.keys()]
    .sort()
    .map((name) => ({ name, sha256: hexOf(members.get(name)) }));
  const statement = createStatement({
    subjects,
    predicateType: ENTERPRISE_PACKAGE,
    predicate: predicate as JsonValue,
  });
  const envelope = await signEnvelope({
    payloadType: STATEMENT_PAYLOAD_TYPE,
    payload: encodeStatement(statement),
    keys,
  });
  members.set(STATEMENT, utf8(formatEnvelope(envelope)));
  return members;
}
