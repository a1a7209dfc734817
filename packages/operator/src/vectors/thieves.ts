import {
  createTree,
  formatCheckpoint,
  formatEnvelope,
  formatTlogProof,
  fromBase64,
  leafHash,
  parseEnvelope,
  SigningError,
  type SigningKey,
  STATEMENT_PAYLOAD_TYPE,
  sha256,
  signEnvelope,
  signNote,
  toHex,
  utf8,
} from '@spanforge/core-signing';
import type { EvidencePackage } from '../package/members.js';
import { lines, text, unlines } from '../verify/test-forge.js';
import { mutateJson, mutateJsonText, writeJson } from './json-mutations.js';
import { type Next, pick } from './numbers.js';

/** A package that holds its whole log, and what its thieves have. */
export interface Loot {
  readonly pkg: EvidencePackage;
  readonly origin: string;
  readonly logKey: SigningKey;
  readonly packageKeys: readonly SigningKey[];
}

type Files = Map<string, Uint8Array>;

const LINED = ['records.jsonl', 'records.index', 'disclosures.jsonl'];

/** Changes one place of one line of a file of lines, or the lines themselves. */
function mutateLines(files: Files, name: string, next: Next): void {
  const all = lines(files, name);
  if (all.length === 0) return;
  const at = next(all.length);
  const kind = next(10);
  if (kind === 0) all.splice(at, 1);
  else if (kind === 1) all.splice(next(all.length), 0, all[at] ?? '');
  else if (kind === 2) {
    const other = next(all.length);
    [all[at], all[other]] = [all[other] ?? '', all[at] ?? ''];
  } else all[at] = mutateJsonText(all[at] ?? '', next);
  files.set(name, utf8(unlines(all)));
}

/** Changes what a disclosure says, its digest made to fit or not. */
function mutateDisclosure(files: Files, next: Next): void {
  const all = lines(files, 'disclosures.jsonl');
  if (all.length === 0) return;
  const at = next(all.length);
  const line = JSON.parse(all[at] ?? '{}') as Record<string, unknown>;
  if (typeof line.disclosure !== 'string') return;
  const inside = Buffer.from(line.disclosure, 'base64url').toString();
  const disclosure = Buffer.from(mutateJsonText(inside, next)).toString('base64url');
  const digest = Buffer.from(sha256(utf8(disclosure))).toString('base64url');
  all[at] = writeJson({ ...line, disclosure, ...(next(2) === 0 ? { digest } : {}) });
  files.set('disclosures.jsonl', utf8(unlines(all)));
}

function mutateOne(files: Files, next: Next): void {
  const kind = next(10);
  if (kind < 4) mutateLines(files, pick(LINED, next), next);
  else if (kind === 4) mutateDisclosure(files, next);
  else {
    const json = [...files.keys()].filter((name) => name.endsWith('.json'));
    if (json.length === 0) return;
    const name = pick(json, next);
    files.set(name, utf8(mutateJsonText(text(files, name), next)));
  }
}

/** Changes JSON somewhere in a package, whatever follows from it; what an earlier change broke stays as it is. */
export function mutateMembers(files: Files, next: Next): void {
  try {
    mutateOne(files, next);
  } catch (error) {
    if (!(error instanceof SyntaxError) && !SigningError.is(error)) throw error;
  }
}

/** Signs over the files as they are, with the statement changed too, or not. */
async function signAgain(
  files: Files,
  keys: readonly SigningKey[],
  next: Next,
  statementOf: EvidencePackage,
): Promise<void> {
  const envelope = parseEnvelope(text(statementOf, 'package.dsse.json'));
  const old = JSON.parse(new TextDecoder().decode(fromBase64(envelope.payload))) as object;
  const subject = [...files]
    .filter(([name]) => name !== 'package.dsse.json')
    .map(([name, bytes]) => ({ name, digest: { sha256: toHex(sha256(bytes)) } }));
  const said = { ...old, subject } as Parameters<typeof mutateJson>[0];
  const statement = next(3) === 0 ? mutateJson(said, next) : said;
  const signed = await signEnvelope({
    payloadType: STATEMENT_PAYLOAD_TYPE,
    payload: utf8(writeJson(statement)),
    keys,
  });
  files.set('package.dsse.json', utf8(formatEnvelope(signed)));
}

/** A thief of the package keys: changes anything, and signs over it. */
export async function stealPackageKeys(loot: Loot, next: Next): Promise<Files> {
  const files = new Map(loot.pkg);
  const kind = next(4);
  if (kind > 0) mutateMembers(files, next);
  await signAgain(files, loot.packageKeys, next, loot.pkg);
  return files;
}

/** A thief of all keys: other records, in a tree of their own, with proofs and signatures that fit. */
export async function stealAllKeys(loot: Loot, next: Next): Promise<Files> {
  const files = new Map(loot.pkg);
  for (let count = 1 + next(2); count > 0; count -= 1) mutateLines(files, 'records.jsonl', next);
  if (next(4) === 0) mutateMembers(files, next);
  const records = lines(files, 'records.jsonl');
  const tree = createTree(records.map((record) => leafHash(utf8(record))));
  const body = formatCheckpoint({ origin: loot.origin, size: tree.size, root: tree.root() });
  const note = await signNote(body, [{ name: loot.origin, key: loot.logKey }]);
  for (const name of [...files.keys()]) if (name.startsWith('proofs/')) files.delete(name);
  files.delete('index-proof.txt');
  for (const index of records.keys()) {
    const proof = formatTlogProof({ index, proof: tree.inclusionProof(index), checkpoint: note });
    files.set(`proofs/${index}.tlog-proof`, utf8(proof));
  }
  files.set('checkpoint', utf8(note));
  const index = records.map((_, at) => writeJson({ index: at }));
  files.set('records.index', utf8(unlines(index)));
  await signAgain(files, loot.packageKeys, next, loot.pkg);
  return files;
}
