import { utf8 } from '@spanforge/core-signing';
import {
  readContainer,
  type VerifierReport,
  verify,
  writeJson as writeJsonContainer,
  writeZip,
} from '../../verifier/verify.mjs';
import { OperatorError } from '../error.js';
import { packageFromJson } from '../package/json-container.js';
import { packageFromZip } from '../package/zip-container.js';
import { contextOf, openTestLog, record, recordCall, scopeDraft } from '../test-log.js';
import type { VerificationReport } from '../verify/report.js';
import { text } from '../verify/test-forge.js';
import { verifyPackage } from '../verify/verify-package.js';
import { createNumbers, type Next, pick } from './numbers.js';
import { type Loot, mutateMembers, stealAllKeys, stealPackageKeys } from './thieves.js';
import { changesOf, filesOf, filesOfVector, type Vector, type VectorFile } from './vector.js';

type Files = Map<string, Uint8Array>;

const BYTES: readonly ((bytes: Uint8Array, next: Next) => Uint8Array)[] = [
  (bytes, next) => {
    const changed = bytes.slice();
    const at = next(changed.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << next(8));
    return changed;
  },
  (bytes, next) => bytes.slice(0, next(bytes.length)),
  (bytes, next) => {
    const [from, to] = [next(bytes.length), next(bytes.length)].sort((a, b) => a - b) as [
      number,
      number,
    ];
    return Uint8Array.from([...bytes.slice(0, from), ...bytes.slice(to)]);
  },
  (bytes, next) => {
    const [at, size] = [next(bytes.length), 1 + next(40)];
    const piece = bytes.slice(at, at + size);
    return Uint8Array.from([...bytes.slice(0, at), ...piece, ...bytes.slice(at)]);
  },
  (bytes, next) => {
    const lines = new TextDecoder('latin1').decode(bytes).split('\n');
    const [a, b] = [next(lines.length), next(lines.length)];
    [lines[a], lines[b]] = [lines[b] ?? '', lines[a] ?? ''];
    return Uint8Array.from(lines.join('\n'), (letter) => letter.charCodeAt(0));
  },
  (bytes, next) => {
    const text = new TextDecoder('latin1').decode(bytes);
    const digit =
      pick(
        [...text.matchAll(/[0-9]/g)].map(({ index }) => index),
        next,
      ) ?? 0;
    const changed = bytes.slice();
    changed[digit] = 48 + next(10);
    return changed;
  },
];

/** Changes a few things about a package: bytes of files, whole files, names. */
function mutate(files: Files, others: Files, next: Next): Files {
  const changed = new Map(files);
  for (let count = 1 + next(3); count > 0; count -= 1) {
    const name = pick([...changed.keys()], next);
    const bytes = changed.get(name);
    const kind = next(14);
    if (kind > 10) mutateMembers(changed, next);
    else if (kind === 0) changed.delete(name);
    else if (kind === 1) changed.set(name, pick([...others.values()], next));
    else if (kind === 2 && bytes)
      changed.set(pick(['proofs/3.tlog-proof', 'x', 'keys/a.vkey'], next), bytes);
    else if (bytes && bytes.length > 0) changed.set(name, pick(BYTES, next)(bytes, next));
  }
  return changed;
}

const isSame = (a: Files, b: Files): boolean =>
  a.size === b.size &&
  [...a].every(([name, bytes]) => {
    const other = b.get(name);
    return other !== undefined && Buffer.compare(bytes, other) === 0;
  });

/** Where the two verifiers do not agree, or one accepts what was changed. */
export interface Disagreement {
  readonly seed: number;
  readonly kind: string;
  readonly what: string;
  readonly ours: string;
  readonly second: string;
  readonly faults: VerifierReport['faults'];
}

/** What came of mutated packages. */
export interface Comparison {
  /** How many, by who changed them and what the verdict was. */
  readonly verdicts: Readonly<Record<string, number>>;
  readonly wrong: readonly Disagreement[];
  /** Milliseconds of the slowest verification by both. */
  readonly slowestMs: number;
}

const TRUST = [['package', 'log'], ['package', 'log'], ['package'], ['log'], []] as const;
const BASES = ['call', 'shared', 'blocked', 'parts', 'empty'];

/** A changed package, and by what keys it is judged. */
interface Mutant {
  readonly kind: 'bytes' | 'container' | 'package_keys' | 'all_keys';
  readonly files: Files;
  readonly original: Files;
  readonly keys: readonly string[];
}

/** What is mutated: published packages, and one whose keys are at hand. */
export interface MutationSite {
  readonly file: VectorFile;
  readonly whole: ReadonlyMap<string, Files>;
  readonly loot: Loot;
  readonly trusted: readonly string[];
}

/** Makes what is mutated; the keys are new each time. */
export async function createMutationSite(file: VectorFile): Promise<MutationSite> {
  const test = await openTestLog({ hmac: false });
  await recordCall(test.log, 'trace-1');
  await record(test.log, scopeDraft(contextOf('trace-1'), 'escalate'));
  const selection = { query: { tenant: 'acme' } };
  const pkg = await test.operator.exportPackage(selection, { disclose: () => true });
  const { keys, origin } = test;
  const packageKeys = [keys.ed25519, keys.es256];
  const vector = (base: string) => ({ name: base, base, set: {}, verdict: 'valid', exit_code: 0 });
  return {
    file,
    whole: new Map(BASES.map((base) => [base, filesOfVector(file, vector(base))])),
    loot: { pkg, origin, logKey: keys.log, packageKeys },
    trusted: test.trusted,
  };
}

async function makeMutant(site: MutationSite, next: Next): Promise<Mutant> {
  const { file, whole, loot, trusted } = site;
  const kind = next(8);
  const original = new Map(loot.pkg);
  if (kind === 0) {
    const files = await stealPackageKeys(loot, next);
    return { kind: 'package_keys', files, original, keys: trusted };
  }
  if (kind === 1) {
    const files = await stealAllKeys(loot, next);
    return { kind: 'all_keys', files, original, keys: trusted };
  }
  const base = pick(BASES, next);
  const files = whole.get(base) ?? new Map();
  const keys = pick(TRUST, next).map((name) => file.keys[name] ?? '');
  if (kind === 2) return { kind: 'container', files, original: files, keys };
  const changed = mutate(files, whole.get(pick(BASES, next)) ?? files, next);
  return { kind: 'bytes', files: changed, original: files, keys };
}

/** The files of a container for one of its readers, or that it is refused. */
function openBy(read: (bytes: Uint8Array) => ReadonlyMap<string, Uint8Array>, bytes: Uint8Array) {
  try {
    return new Map(read(bytes));
  } catch (error) {
    if (OperatorError.is(error) || (error as Error).constructor.name === 'Refused')
      return undefined;
    throw error;
  }
}

/** Changes the bytes of a container: both readers refuse it, or read the same files. */
function compareContainers({ files }: Mutant, next: Next): string | undefined {
  const zip = next(2) === 0;
  const written = zip ? writeZip(files) : new TextEncoder().encode(writeJsonContainer(files));
  let bytes = written;
  for (let count = 1 + next(2); count > 0 && bytes.length > 0; count -= 1) {
    // Half of the changes are where names, sizes and offsets are.
    const from = zip && next(2) === 0 ? Math.max(0, bytes.length - 600) : 0;
    const tail = pick(BYTES, next)(bytes.slice(from), next);
    bytes = Uint8Array.from([...bytes.slice(0, from), ...tail]);
  }
  const ours = openBy(bytes[0] === 0x7b ? packageFromJson : packageFromZip, bytes);
  const second = openBy(readContainer, bytes);
  if ((ours === undefined) !== (second === undefined)) return 'one reader refuses the container';
  if (!ours || !second) return undefined;
  if (!isSame(ours, second)) return 'the readers read different files';
  return Buffer.compare(bytes, written) !== 0 && isSame(ours, files)
    ? 'two containers of the same files'
    : undefined;
}

/** What signatures cover: a signature more, by anybody, or the same twice changes nothing. */
function signedOf(files: Files): Files {
  const { payload, payloadType } = JSON.parse(text(files, 'package.dsse.json'));
  return new Map(files).set('package.dsse.json', utf8(`${payloadType} ${payload}`));
}

/** A record that was never in the log, or nothing that was changed, and yet the verdict is valid. */
function isFalseAccept({ kind, files, original }: Mutant): boolean {
  if (kind === 'bytes') return !isSame(signedOf(files), signedOf(original));
  if (kind === 'all_keys') return false;
  const known = new Set(text(original, 'records.jsonl').split('\n'));
  const values = new Set(text(original, 'disclosures.jsonl').split('\n'));
  return (
    text(files, 'records.jsonl')
      .split('\n')
      .some((line) => !known.has(line)) ||
    text(files, 'disclosures.jsonl')
      .split('\n')
      .some((line) => !values.has(line))
  );
}

/** What both say beside the verdict. */
function differenceOf(ours: VerificationReport, second: VerifierReport): string | undefined {
  if (ours.verdict !== second.verdict) return 'verdict';
  if (ours.exitCode !== second.exit_code) return 'exit code';
  if (ours.verdict === 'failed') return undefined;
  for (const name of ['outcome', 'strictest', 'tail', 'complete', 'level'] as const) {
    if (ours[name] !== second[name]) return name;
  }
  // What a log shows in which one record is there twice is not said anywhere.
  if (second.faults.some(({ reason }) => reason === 'duplicate_record')) return undefined;
  return JSON.stringify(ours.findings) === JSON.stringify(second.findings) ? undefined : 'findings';
}

async function judge(mutant: Mutant, next: Next) {
  const { kind, files, keys } = mutant;
  const container = kind === 'container' ? compareContainers(mutant, next) : undefined;
  if (kind === 'container') {
    const verdict = container ?? 'agreed';
    return { verdict, what: container, ours: verdict, second: verdict, faults: [] };
  }
  const ours = await verifyPackage(files, { keys });
  const second = await verify(files, { keys, rederive: false });
  const accepted = ours.verdict === 'valid' && isFalseAccept(mutant);
  const what = accepted ? 'accepted' : differenceOf(ours, second);
  const { verdict } = ours;
  return { verdict, what, ours: verdict, second: second.verdict, faults: second.faults };
}

/** The numbers of a case. */
function numbersOf(seed: number): Next {
  const next = createNumbers(Math.imul(seed + 1, 2_654_435_761));
  for (let warm = 0; warm < 4; warm += 1) next(2);
  return next;
}

/** Mutates packages at random and asks both verifiers: any number of cases, each by its seed. */
export async function compareVerifiers(
  site: MutationSite,
  seeds: { readonly from: number; readonly count: number },
  onCase: (done: number) => void = () => undefined,
): Promise<Comparison> {
  const verdicts: Record<string, number> = {};
  const wrong: Disagreement[] = [];
  let slowestMs = 0;
  for (let seed = seeds.from; seed < seeds.from + seeds.count; seed += 1) {
    const next = numbersOf(seed);
    const mutant = await makeMutant(site, next);
    const started = performance.now();
    const { what, verdict, ...said } = await judge(mutant, next);
    slowestMs = Math.max(slowestMs, performance.now() - started);
    const { kind } = mutant;
    verdicts[`${kind} ${verdict}`] = (verdicts[`${kind} ${verdict}`] ?? 0) + 1;
    if (what !== undefined && wrong.length < 100) wrong.push({ seed, kind, what, ...said });
    onCase(seed - seeds.from + 1);
  }
  return { verdicts, wrong, slowestMs };
}

/** Mutants as a file of vectors, with the verdicts of the first verifier: for verifiers in other languages. */
export async function mutantVectors(
  site: MutationSite,
  seeds: { readonly from: number; readonly count: number },
): Promise<VectorFile> {
  const vectors: Vector[] = [];
  for (let seed = seeds.from; vectors.length < seeds.count; seed += 1) {
    const { kind, files, keys } = await makeMutant(site, numbersOf(seed));
    if (kind === 'container') continue;
    const { verdict, exitCode } = await verifyPackage(files, { keys });
    const set = changesOf(site.loot.pkg, files);
    const common = { name: `${kind} ${seed}`, base: 'loot', set, verdict, exit_code: exitCode };
    vectors.push({ ...common, keys });
  }
  const keys = Object.fromEntries(
    vectors.flatMap((one) => (one.keys ?? []).map((key) => [key, key])),
  );
  return {
    v: 'spanforge.package-vectors.v1',
    keys,
    bases: { loot: filesOf(site.loot.pkg) },
    vectors,
  };
}
