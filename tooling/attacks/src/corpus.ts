import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One call of a sequence, as it happened. */
export interface CorpusCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly result: unknown;
  readonly effect: 'read' | 'write';
  readonly output_trust: 'trusted' | 'untrusted';
  readonly confidentiality?: 'public' | 'internal' | 'confidential' | 'secret';
  readonly by: 'user_goal' | 'attacker';
  /** A read whose arguments carry data out. */
  readonly leaks?: true;
}

/** An attack, or what a user wanted. */
export interface Sequence {
  readonly id: string;
  readonly domain: string;
  readonly kind: 'attack' | 'benign';
  readonly title: string;
  /** What the user asked for, in the user's words. */
  readonly goal: string;
  readonly note?: string;
  readonly calls: readonly CorpusCall[];
}

const folder = fileURLToPath(new URL('../corpus/', import.meta.url));

export function readCorpus(): readonly Sequence[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(`${folder}${name}`, 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as Sequence);
}

/** Held out from whoever writes rules: the first byte of the SHA-256 of the id is odd. */
export function isHeldOut({ id }: Sequence): boolean {
  return (createHash('sha256').update(id).digest()[0] ?? 0) % 2 === 1;
}

/** Numbers from 21 on: the longer sequences, which no rule had met when they were written. */
export function isOfSecondSet({ id }: Sequence): boolean {
  return Number(id.split('-')[1]) > 20;
}

/** Labels that a call's output has of its own. */
export function labelsOf({ output_trust, confidentiality }: CorpusCall): readonly string[] {
  return confidentiality === undefined ? [output_trust] : [output_trust, confidentiality];
}
