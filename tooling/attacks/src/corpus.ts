import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One call of a sequence, as it happened. */
export interface CorpusCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly result: unknown;
  readonly effect: 'read' | 'write';
  readonly by: 'user_goal' | 'attacker';
  readonly output?: 'untrusted';
  readonly confidentiality?: 'confidential' | 'secret';
}

/** An attack, or what a user wanted. */
export interface Sequence {
  readonly id: string;
  readonly domain: string;
  readonly kind: 'attack' | 'benign';
  readonly title: string;
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

/** Labels that a call's output has of its own. */
export function labelsOf({ output, confidentiality }: CorpusCall): readonly string[] {
  return [output, confidentiality].filter((label) => label !== undefined);
}
