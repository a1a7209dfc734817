import { type VerifierReport, verify } from '../../verifier/verify.mjs';
import { verifyPackage } from '../verify/verify-package.js';
import { filesOfVector, type VectorFile } from './vector.js';

/** A stream of numbers that depends on its seed alone (xorshift32). */
export function createNumbers(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

type Files = Map<string, Uint8Array>;
type Next = (below: number) => number;

const pick = <Item>(items: readonly Item[], next: Next): Item => items[next(items.length)] as Item;

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
    const kind = next(10);
    if (kind === 0) changed.delete(name);
    else if (kind === 1) changed.set(name, pick([...others.values()], next));
    else if (kind === 2 && bytes)
      changed.set(pick(['proofs/3.tlog-proof', 'x', 'keys/a.vkey'], next), bytes);
    else if (bytes && bytes.length > 0) changed.set(name, pick(BYTES, next)(bytes, next));
  }
  return changed;
}

const isSame = (a: Files, b: Files): boolean =>
  a.size === b.size &&
  [...a].every(([name, bytes]) => Buffer.compare(bytes, b.get(name) ?? new Uint8Array()) === 0);

/** Where the two verifiers do not agree, or one accepts what was changed. */
export interface Disagreement {
  readonly seed: number;
  readonly base: string;
  readonly ours: string;
  readonly second: string;
  readonly faults: VerifierReport['faults'];
}

const TRUST = [['package', 'log'], ['package'], ['log'], []] as const;

/** Mutates published packages at random and asks both verifiers: any number of cases, each by its seed. */
export async function compareVerifiers(
  file: VectorFile,
  seeds: { readonly from: number; readonly count: number },
): Promise<{
  readonly verdicts: Readonly<Record<string, number>>;
  readonly wrong: readonly Disagreement[];
}> {
  const bases = ['call', 'shared', 'blocked', 'parts', 'empty'];
  const whole = new Map(
    bases.map((base) => [
      base,
      filesOfVector(file, { name: base, base, set: {}, verdict: 'valid', exit_code: 0 }),
    ]),
  );
  const verdicts: Record<string, number> = {};
  const wrong: Disagreement[] = [];
  for (let seed = seeds.from; seed < seeds.from + seeds.count; seed += 1) {
    const next = createNumbers(Math.imul(seed + 1, 2_654_435_761));
    for (let warm = 0; warm < 4; warm += 1) next(2);
    const base = pick(bases, next);
    const files = whole.get(base) ?? new Map();
    const changed = mutate(files, whole.get(pick(bases, next)) ?? files, next);
    const trusted = pick(TRUST, next);
    const keys = trusted.map((name) => file.keys[name] ?? '');
    const ours = await verifyPackage(changed, { keys });
    const second = await verify(changed, { keys, rederive: false });
    verdicts[ours.verdict] = (verdicts[ours.verdict] ?? 0) + 1;
    const accepted = ours.verdict === 'valid' && !isSame(changed, files);
    if (ours.verdict === second.verdict && !accepted) continue;
    wrong.push({ seed, base, ours: ours.verdict, second: second.verdict, faults: second.faults });
  }
  return { verdicts, wrong };
}
