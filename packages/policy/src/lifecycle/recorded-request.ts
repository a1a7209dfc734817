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
 * @param open Opens one and checks its digest: for callers that remember what they opened. What is opened
 *   as `request` must be of this call alone, or frozen.
 */
export function openRecordedRequest(
  values: Readonly<Record<string, string>> | undefined,
  find: (name: string, digest: string) => Disclosure | undefined,
  open: OpenValue = (disclosure, committed) => openDisclosed(disclosure, committed),
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

/** Opens a disclosure whose digest a record commits to under a name. */
type OpenValue = (
  disclosure: Disclosure,
  committed: string,
  name: LostRequest['missing'],
) => Opened | undefined;

/** Opens what a record commits to under a name; undefined if it commits to nothing. */
function openValue(
  name: LostRequest['missing'],
  values: Readonly<Record<string, string>> | undefined,
  find: (name: string, digest: string) => Disclosure | undefined,
  open: OpenValue,
): Opened | LostRequest | undefined {
  const digest = values?.[name];
  if (digest === undefined) return undefined;
  const disclosure = find(name, digest);
  if (disclosure === undefined) return { reason: 'withheld', missing: name };
  return open(disclosure, digest, name) ?? { reason: 'altered', missing: name };
}

/** Puts values back into a request. A result that is already there was parsed from text, and stays. */
function together(
  asked: Readonly<Record<string, unknown>>,
  args: Opened | undefined,
  result: Opened | undefined,
): Readonly<Record<string, unknown>> {
  if (!args && !result) return asked;
  // What was opened for this alone is filled in where it stands: a copy with one member more is slow.
  const request = Object.isFrozen(asked) ? { ...asked } : (asked as Record<string, unknown>);
  if (args) request.args = args.value;
  if (result) {
    const facts = isPlainObject(asked.facts) ? asked.facts : {};
    request.facts = { result: result.value, ...facts };
  }
  return request;
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
