import { Given } from '../given.js';
import { canonicalize } from './canonicalize.js';
import { deepFreeze } from './freeze.js';

/** A copy may be part of something that is nested itself, up to the 64 levels of canonical JSON. */
const LIMITS = Object.freeze({ maxDepth: 32 });

/** Attaches its canonical text to a copy that was made here, where no other code can write it. */
class CopyText extends Given {
  readonly #text: string;

  /** Must run before the copy is frozen. */
  constructor(copy: object, text: string) {
    super(copy);
    this.#text = text;
  }

  static of(value: object): string | undefined {
    return #text in value ? value.#text : undefined;
  }
}

/**
 * Copies plain data and freezes the copy, so that it is what its canonical text says for as long as it lives:
 * {@link textOfFrozenCopy}. It is for values that are part of many records, of at most 32 levels.
 *
 * @throws {SigningError} the `SIGNING_JSON_` codes of `canonicalize`.
 */
export function frozenCopy<Value extends object>(value: Value): Value {
  const text = canonicalize(value, LIMITS);
  const copy = JSON.parse(text) as Value;
  new CopyText(copy, text);
  return deepFreeze(copy);
}

/** The canonical JSON text of a {@link frozenCopy}; undefined for any other value, however it looks. */
export function textOfFrozenCopy(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? CopyText.of(value) : undefined;
}
