import type { Obligation } from '@spanforge/core-events';
import { isContainer, isPlainObject, setMember } from './snapshot.js';

type Redaction = Extract<Obligation, { readonly kind: 'redact' }>;

const DEFAULT_MASK = '[redacted]';
const INDEX = /^(0|[1-9][0-9]*)$/;

/** The redactions among obligations that concern one side of a call. */
export function redactionsFor(
  obligations: readonly Obligation[],
  target: Redaction['target'],
): readonly Redaction[] {
  return obligations.filter(
    (one): one is Redaction => one.kind === 'redact' && one.target === target,
  );
}

function redactArray(
  items: readonly unknown[],
  path: readonly string[],
  at: number,
  mask: string,
): unknown {
  const step = path[at] ?? '';
  if (step === '*') return items.map((item) => redactAt(item, path, at + 1, mask));
  const index = INDEX.test(step) ? Number(step) : items.length;
  if (index >= items.length) return items;
  return items.with(index, redactAt(items[index], path, at + 1, mask));
}

function redactObject(
  members: Readonly<Record<string, unknown>>,
  path: readonly string[],
  at: number,
  mask: string,
): unknown {
  const step = path[at] ?? '';
  const copied = { ...members };
  const keys = step === '*' ? Object.keys(members) : Object.hasOwn(members, step) ? [step] : [];
  for (const key of keys) setMember(copied, key, redactAt(members[key], path, at + 1, mask));
  return copied;
}

function redactAt(value: unknown, path: readonly string[], at: number, mask: string): unknown {
  if (at === path.length) return mask;
  if (typeof value === 'function') return mask;
  if (typeof value !== 'object' || value === null) return value;
  if (!isContainer(value)) return mask;
  if (Array.isArray(value)) return redactArray(value, path, at, mask);
  return isPlainObject(value) ? redactObject(value, path, at, mask) : mask;
}

/**
 * Masks every value the redactions name, in a copy. A path that is not there names nothing; a path
 * that leads into something other than plain data masks the whole of that.
 */
export function redact(value: unknown, redactions: readonly Redaction[]): unknown {
  let redacted = value;
  for (const { path, mask } of redactions) {
    const steps = path === '' ? [] : path.split('.');
    redacted = redactAt(redacted, steps, 0, mask ?? DEFAULT_MASK);
  }
  return redacted;
}
