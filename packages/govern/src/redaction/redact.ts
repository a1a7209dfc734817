import type { Obligation } from '@spanforge/core-events';
import { isPlainObject } from '@spanforge/core-signing';
import type { Detect } from '../model/detect.js';
import { isContainer, setMember } from '../model/snapshot.js';
import { maskTypes } from './mask-types.js';

type Redaction = Extract<Obligation, { readonly kind: 'redact' }>;

/** What replaces the value at a path, and the mask for anything the path cannot be followed into. */
interface Masking {
  readonly mask: string;
  /** The masks of all redactions: what one has masked stays as it is. */
  readonly masks: ReadonlySet<unknown>;
  readonly replace: (value: unknown) => unknown;
}

const DEFAULT_MASK = '[redacted]';
const LIKE_JSON = /^\s*[[{]/;
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

/** The object or list a text holds as JSON, as tools often answer; undefined for other text. */
function parseText(text: string): object | undefined {
  if (!LIKE_JSON.test(text)) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

/** The members a step of a path leads to. */
function keysAt(value: object, step: string): readonly (string | number)[] {
  if (Array.isArray(value)) {
    if (step === '*') return [...value.keys()];
    return INDEX.test(step) && Number(step) < value.length ? [Number(step)] : [];
  }
  if (step === '*') return Object.keys(value);
  return Object.hasOwn(value, step) ? [step] : [];
}

/**
 * True when a path leads to something. A `*` over an empty list or object counts: it has nothing to
 * mask. A value that is not plain data counts too, because it is masked as a whole.
 */
function leadsSomewhere(value: unknown, path: readonly string[], at: number): boolean {
  if (at === path.length || typeof value === 'function') return true;
  if (typeof value === 'string') return leadsSomewhere(parseText(value), path, at);
  if (typeof value !== 'object' || value === null) return false;
  if (!isContainer(value)) return true;
  const step = path[at] ?? '';
  const members = value as Readonly<Record<string | number, unknown>>;
  const keys = keysAt(value, step);
  if (keys.length === 0) return step === '*';
  return keys.some((key) => leadsSomewhere(members[key], path, at + 1));
}

function redactArray(
  items: readonly unknown[],
  path: readonly string[],
  at: number,
  masking: Masking,
): unknown {
  const redacted = [...items];
  for (const key of keysAt(items, path[at] ?? '')) {
    redacted[Number(key)] = redactAt(items[Number(key)], path, at + 1, masking);
  }
  return redacted;
}

function redactObject(
  members: Readonly<Record<string, unknown>>,
  path: readonly string[],
  at: number,
  masking: Masking,
): unknown {
  const copied = { ...members };
  for (const key of keysAt(members, path[at] ?? '') as readonly string[]) {
    setMember(copied, key, redactAt(members[key], path, at + 1, masking));
  }
  return copied;
}

/**
 * What becomes of a value that a path cannot be followed into. Reached by its name, it has another
 * form than the path expects, so what the path means may be anywhere in it. Beside others under a
 * `*` it is just not meant, unless it is the beginning of a JSON text.
 */
function notEntered(
  value: unknown,
  path: readonly string[],
  at: number,
  masking: Masking,
): unknown {
  const { mask, masks } = masking;
  if (masks.has(value)) return value;
  const isCutJson = typeof value === 'string' && LIKE_JSON.test(value);
  const isNamed = path[at - 1] !== '*';
  return isCutJson || isNamed ? mask : value;
}

function redactText(text: string, path: readonly string[], at: number, masking: Masking): unknown {
  const parsed = parseText(text);
  if (parsed === undefined) return notEntered(text, path, at, masking);
  return JSON.stringify(redactAt(parsed, path, at, masking));
}

function redactAt(value: unknown, path: readonly string[], at: number, masking: Masking): unknown {
  if (at === path.length) return masking.replace(value);
  if (typeof value === 'function') return masking.mask;
  if (typeof value === 'string') return redactText(value, path, at, masking);
  if (value === undefined || value === null) return value;
  if (typeof value !== 'object') return notEntered(value, path, at, masking);
  if (Array.isArray(value)) return redactArray(value, path, at, masking);
  return isPlainObject(value) ? redactObject(value, path, at, masking) : masking.mask;
}

/** With types only what is found is masked; the whole value when that cannot be told. */
function maskingOf(
  { mask = DEFAULT_MASK, types }: Redaction,
  masks: ReadonlySet<unknown>,
  detect: Detect | undefined,
): Masking {
  if (types === undefined || detect === undefined) return { mask, masks, replace: () => mask };
  const replace = (value: unknown): unknown => {
    try {
      return maskTypes(value, { types, mask, detect });
    } catch {
      return mask;
    }
  };
  return { mask, masks, replace };
}

/**
 * Masks every value the redactions name, in a copy. Text that is JSON is redacted in its parsed
 * form, and stays text. A path that leads to nothing in the value masks all of it: a redaction that
 * matches nothing releases nothing. A path that leads into something other than plain data, or by a
 * name to a text or number it cannot be followed into, masks that as a whole. A value that is absent
 * (`undefined` or `null`) has nothing to mask.
 *
 * A redaction with `types` masks only what `detect` finds at or under its path. Without a detector,
 * or when it fails, the whole value is masked.
 */
export function redact(value: unknown, redactions: readonly Redaction[], detect?: Detect): unknown {
  if (value === undefined || value === null) return value;
  const masks = new Set(redactions.map(({ mask = DEFAULT_MASK }) => mask));
  let redacted: unknown = value;
  for (const redaction of redactions) {
    const { path, mask = DEFAULT_MASK } = redaction;
    const steps = path === '' ? [] : path.split('.');
    if (!leadsSomewhere(value, steps, 0)) return mask;
    redacted = redactAt(redacted, steps, 0, maskingOf(redaction, masks, detect));
  }
  return redacted;
}

/** Says so where values are redacted by type and nothing can find the types. */
export function withDetectorNotice(
  obligations: readonly Obligation[],
  detect: Detect | undefined,
): readonly Obligation[] {
  const byType = obligations.some((one) => one.kind === 'redact' && one.types !== undefined);
  if (!byType || detect !== undefined || obligations.some(isNotice)) return obligations;
  return [...obligations, { kind: 'notice', text: NO_DETECTOR }];
}

const NO_DETECTOR = 'No detector is installed; values to be redacted by type were masked whole.';

const isNotice = (one: Obligation): boolean => one.kind === 'notice' && one.text === NO_DETECTOR;
