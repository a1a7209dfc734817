import {
  encodeStatement,
  formatEnvelope,
  fromBase64,
  fromUtf8,
  parseEnvelope,
  parseStatement,
  type SigningKey,
  type Statement,
  sha256,
  signEnvelope,
  toHex,
  utf8,
} from '@spanforge/core-signing';
import type { EvidencePackage } from '../package/members.js';

/** Forgeries for tests: packages changed by somebody with more or less power. */

export const text = (pkg: EvidencePackage, name: string): string =>
  fromUtf8(pkg.get(name) ?? new Uint8Array());

export function withFiles(
  pkg: EvidencePackage,
  files: Readonly<Record<string, string | Uint8Array | undefined>>,
): EvidencePackage {
  const changed = new Map(pkg);
  for (const [name, content] of Object.entries(files)) {
    if (content === undefined) changed.delete(name);
    else changed.set(name, typeof content === 'string' ? utf8(content) : content);
  }
  return changed;
}

/** Lines of a file, without their newlines. */
export const lines = (pkg: EvidencePackage, name: string): string[] =>
  text(pkg, name).split('\n').slice(0, -1);

export const unlines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join('');

export function statementOf(pkg: EvidencePackage): Statement {
  const envelope = parseEnvelope(text(pkg, 'package.dsse.json'));
  return parseStatement(fromBase64(envelope.payload));
}

/** Signs a package again, over the files as they are now: what a holder of these keys can do. */
export async function resign(
  pkg: EvidencePackage,
  keys: readonly SigningKey[],
  change: (statement: Statement) => object = (statement) => statement,
): Promise<EvidencePackage> {
  const statement = statementOf(pkg);
  const subject = [...pkg]
    .filter(([name]) => name !== 'package.dsse.json')
    .map(([name, bytes]) => ({ name, digest: { sha256: toHex(sha256(bytes)) } }));
  const envelope = await signEnvelope({
    payloadType: 'application/vnd.in-toto+json',
    payload: encodeStatement(change({ ...statement, subject }) as Statement),
    keys,
  });
  return withFiles(pkg, { 'package.dsse.json': formatEnvelope(envelope) });
}

/** Changes the predicate of a statement. */
export const predicate =
  (change: Readonly<Record<string, unknown>>) =>
  (statement: Statement): object => ({
    ...statement,
    predicate: { ...(statement.predicate as object), ...change },
  });
