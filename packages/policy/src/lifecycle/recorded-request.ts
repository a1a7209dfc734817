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
  open: (disclosure: Disclosure, committed: string) => Opened | undefined = openDisclosed,
): { readonly request: unknown } | LostRequest {
  const request = openValue('request', values, find, open);
  if (request === undefined) return { reason: 'not_recorded', missing: 'request' };
  if ('reason' in request) return request;
  const args = openValue('args', values, find, open);
  if (args && 'reason' in args) return args;
  const result = openValue('result', values, find, open);
  if (result && 'reason' in result) return result;
  return {
    request: isPlainObject(request.value) ? together(request.value, args, result) : request.value,
  };
}

interface Opened {
  readonly value: unknown;
}

/** Opens what a record commits to under a name; undefined if it commits to nothing. */
function openValue(
  name: LostRequest['missing'],
  values: Readonly<Record<string, string>> | undefined,
  find: (name: string, digest: string) => Disclosure | undefined,
  open: (disclosure: Disclosure, committed: string) => Opened | undefined,
): Opened | LostRequest | undefined {
  const digest = values?.[name];
  if (digest === undefined) return undefined;
  const disclosure = find(name, digest);
  if (disclosure === undefined) return { reason: 'withheld', missing: name };
  return open(disclosure, digest) ?? { reason: 'altered', missing: name };
}

/** Puts values back into a request. A result that is already there was parsed from text, and stays. */
function together(
  asked: Readonly<Record<string, unknown>>,
  args: Opened | undefined,
  result: Opened | undefined,
): Readonly<Record<string, unknown>> {
  const named = args ? withMember('args', args.value, asked) : asked;
  if (!result) return named;
  const facts = isPlainObject(asked.facts) ? asked.facts : {};
  return withMember('facts', { result: result.value, ...facts }, named);
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
