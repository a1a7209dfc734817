import type { Disclosure } from '@spanforge/core-events';

/** A governed value as records commit to it: made canonical and disclosed once per call. */
export type GovernedValue =
  | { readonly kind: 'disclosed'; readonly disclosure: Disclosure }
  | { readonly kind: 'undisclosable'; readonly cause: unknown };

/** Discloses a value, or keeps the reason why it could not be disclosed. */
export function governValue(disclose: () => Disclosure): GovernedValue {
  try {
    return { kind: 'disclosed', disclosure: disclose() };
  } catch (cause) {
    return { kind: 'undisclosable', cause };
  }
}

/** The disclosure of a value. @throws why it could not be disclosed. */
export function requireDisclosure(value: GovernedValue): Disclosure {
  if (value.kind === 'undisclosable') throw value.cause;
  return value.disclosure;
}

/** The disclosure of a value, where there is one. */
export function disclosureOf(value: GovernedValue): Disclosure | undefined {
  return value.kind === 'disclosed' ? value.disclosure : undefined;
}
