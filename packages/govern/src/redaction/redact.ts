import type { Obligation } from '@spanforge/core-events';
import type { Detect } from '../model/detect.js';
import { isContainer, isPlainObject, setMember } from '../model/snapshot.js';
import { maskTypes } from './mask-types.js';

type Redaction = Extract<Obligation, { readonly kind: 'redact' }>;

/** What replaces the value at a path, and the mask for anything the path cannot be followed into. */
interface Masking {
  readonly mask: string;
  readonly replace: (value: unknown) => unknown;
}

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
  masking: Masking,
): unknown {
  const step = path[at] ?? '';
  if (step === '*') return items.map((item) => redactAt(item, path, at + 1, masking));
  const index = INDEX.test(step) ? Number(step) : items.length;
  if (index >= items.length) return items;
  return items.with(index, redactAt(items[index], path, at + 1, masking));
}

function redactObject(
  members: Readonly<Record<string, unknown>>,
  path: readonly string[],
  at: number,
  masking: Masking,
): unknown {
  const step = path[at] ?? '';
  const copied = { ...members };
  const keys = step === '*' ? Object.keys(members) : Object.hasOwn(members, step) ? [step] : [];
  for (const key of keys) setMember(copied, key, redactAt(members[key], path, at + 1, masking));
  return copied;
}

function redactAt(value: unknown, path: readonly string[], at: number, masking: Masking): unknown {
  if (at === path.length) return masking.replace(value);
  if (typeof value === 'function') return masking.mask;
  if (typeof value !== 'object' || value === null) return value;
  if (!isContainer(value)) return masking.mask;
  if (Array.isArray(value)) return redactArray(value, path, at, masking);
  return isPlainObject(value) ? redactObject(value, path, at, masking) : masking.mask;
}

/** With types only what is found is masked; the whole value when that cannot be told. */
function maskingOf({ mask = DEFAULT_MASK, types }: Redaction, detect: Detect | undefined): Masking {
  if (types === undefined || detect === undefined) return { mask, replace: () => mask };
  const replace = (value: unknown): unknown => {
    try {
      return maskTypes(value, { types, mask, detect });
    } catch {
      return mask;
    }
  };
  return { mask, replace };
}

/**
 * Masks every value the redactions name, in a copy. A path that does not exist masks nothing; a path
 * that leads into something other than plain data masks that as a whole.
 *
 * A redaction with `types` masks only what `detect` finds at or under its path. Without a detector,
 * or when it fails, the whole value is masked.
 */
export function redact(value: unknown, redactions: readonly Redaction[], detect?: Detect): unknown {
  let redacted = value;
  for (const redaction of redactions) {
    const { path } = redaction;
    const steps = path === '' ? [] : path.split('.');
    redacted = redactAt(redacted, steps, 0, maskingOf(redaction, detect));
  }
  return redacted;
}
