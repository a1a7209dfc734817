import type { Disclosure } from '@spanforge/core-events';
import { isPlainObject } from '@spanforge/core-signing';
import { openDisclosed } from './open-disclosed.js';

/** Which part of a recorded request is not available, and why. */
export interface LostRequest {
  readonly reason: 'not_recorded' | 'withheld' | 'altered';
  readonly missing: 'request' | 'args' | 'result';
}

/** Names of values that a decision's record may commit to beside its request. */
const BESIDE = ['args', 'result'] as const;

/**
 * The request that a decision's record commits to, with arguments and result restored from their
 * disclosures. Older records have them in the request itself. Each digest is checked before its
 * text is parsed.
 *
 * @param find Finds the disclosure of a value.
 * @param open Opens one and checks its digest: for callers that remember what they opened.
 */
export function openRecordedRequest(
  values: Readonly<Record<string, string>> | undefined,
  find: (name: string, digest: string) => Disclosure | undefined,
  open: typeof openDisclosed = openDisclosed,
): { readonly request: unknown } | LostRequest {
  const opened: Record<string, unknown> = {};
  for (const name of ['request', ...BESIDE] as const) {
    const digest = values?.[name];
    if (digest === undefined) {
      if (name === 'request') return { reason: 'not_recorded', missing: name };
      continue;
    }
    const disclosure = find(name, digest);
    if (disclosure === undefined) return { reason: 'withheld', missing: name };
    const value = open(disclosure, digest);
    if (value === undefined) return { reason: 'altered', missing: name };
    opened[name] = value.value;
  }
  const { request, ...beside } = opened;
  return { request: isPlainObject(request) ? together(request, beside) : request };
}

/** Puts values back into a request. A result that is already there was parsed from text, and stays. */
function together(
  asked: Readonly<Record<string, unknown>>,
  beside: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const named = Object.hasOwn(beside, 'args') ? withMember('args', beside.args, asked) : asked;
  if (!Object.hasOwn(beside, 'result')) return named;
  const facts = isPlainObject(asked.facts) ? asked.facts : {};
  return withMember('facts', { result: beside.result, ...facts }, named);
}

/** A copy with one member more, which goes first: a new member behind a spread costs many times as much. */
function withMember(
  name: 'args' | 'facts',
  value: unknown,
  asked: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (Object.hasOwn(asked, name)) return { ...asked, [name]: value };
  return name === 'args' ? { args: value, ...asked } : { facts: value, ...asked };
}

/** Whether a record names values that are not among the disclosures stored with it. */
export function namesMore(
  values: Readonly<Record<string, string>> | undefined,
  disclosed: readonly Disclosure[],
): boolean {
  return BESIDE.some((name) => {
    const digest = values?.[name];
    return digest !== undefined && !disclosed.some((one) => one.digest === digest);
  });
}
