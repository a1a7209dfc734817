import type { Disclosure, PastCall, PolicyRequest } from '@spanforge/core-events';
import { canonicalize, isPlainObject } from '@spanforge/core-signing';
import { openDisclosed } from './open-disclosed.js';

/** A request as it was at the call: what decides is what is recorded, whatever happens to it later. */
export interface RequestSnapshot {
  readonly service: string;
  readonly control: string;
  /** Absent for a request that is not plain data, or does not say what is asked, where and when. */
  readonly copy?: PolicyRequest & { readonly env: string };
  /** Canonical JSON of the copy, without what `committed` holds. */
  readonly text?: string;
  /** Arguments and result as they were disclosed: a record names them by digest. */
  readonly committed?: readonly Disclosure[];
  /** What facts are taken from, beside the copy; it is not recorded. */
  readonly calls?: readonly PastCall[];
  readonly callId?: string;
}

/** Every part of a request, in the order of canonical JSON. */
const PARTS = [
  'action',
  'actor',
  'agent',
  'args',
  'context',
  'control',
  'env',
  'facts',
  'labels',
  'observed',
  'resource',
  'service',
  'time',
  'tool',
] as const satisfies readonly (keyof PolicyRequest)[];

type Parts = { -readonly [Part in keyof PolicyRequest]?: unknown };

function partsOf(request: Partial<PolicyRequest>, defaults: Parts): Parts {
  const parts: Parts = {};
  for (const part of PARTS) {
    const given = request[part];
    const value = given === undefined ? defaults[part] : given;
    if (value !== undefined) parts[part] = value;
  }
  return parts;
}

/** Copies a request over the defaults; a part given as `undefined` is a part left out. */
export function takeSnapshot(
  request: Partial<PolicyRequest>,
  defaults: { readonly env: string; readonly time: number },
): RequestSnapshot {
  try {
    const committed = takeCommitted(request);
    const text = canonicalize(withoutCommitted(partsOf(request, defaults), committed));
    const copy = putBack(JSON.parse(text) as Copy, committed);
    const beside = takeBeside(request);
    if (isRequest(copy)) {
      const { service, control } = copy;
      return { service, control, copy, text, committed: committed.map(disclosureOf), ...beside };
    }
  } catch {
    // Not plain data: only names can be told.
  }
  return { service: textAt(request, 'service'), control: textAt(request, 'control') };
}

type Copy = PolicyRequest & { readonly env: string };

interface Committed {
  readonly name: 'args' | 'result';
  readonly disclosure: Disclosure;
  readonly value: unknown;
}

const disclosureOf = ({ disclosure }: Committed): Disclosure => disclosure;

/**
 * What is decided is what the digest stands for, not what was given beside it.
 *
 * @throws when a disclosure is not of what it is given as.
 */
function takeCommitted({ disclosed }: Partial<PolicyRequest>): readonly Committed[] {
  return (['args', 'result'] as const).flatMap((name) => {
    const given = disclosed?.[name];
    if (given === undefined) return [];
    const disclosure = { name: given.name, encoded: given.encoded, digest: given.digest };
    const opened = openDisclosed(disclosure, disclosure.digest);
    if (opened === undefined || disclosure.name !== name) {
      throw new TypeError(`what is disclosed is not the ${name}`);
    }
    return [{ name, disclosure, value: opened.value }];
  });
}

function putBack(copy: Copy, committed: readonly Committed[]): Copy {
  const whole: { -readonly [Part in keyof Copy]: Copy[Part] } = { ...copy };
  for (const { name, value } of committed) {
    if (name === 'args') whole.args = value as NonNullable<PolicyRequest['args']>;
    else whole.facts = { ...copy.facts, result: value };
  }
  return whole;
}

/** A request without its arguments and its result, where they are committed to beside it. */
function withoutCommitted(
  parts: Parts,
  committed: readonly { readonly name: string }[],
): Readonly<Parts> {
  const names = new Set(committed.map(({ name }) => name));
  const left = { ...parts };
  if (names.has('args')) delete left.args;
  if (names.has('result') && isPlainObject(left.facts)) {
    const { result: _, ...facts } = left.facts;
    left.facts = facts;
  }
  return left;
}

/**
 * Canonical JSON of a request as it was decided, without what is committed to beside it. A result
 * that was read as something else than it came as stays: it is not what the digest stands for.
 */
export function textOfDecided(
  decided: PolicyRequest,
  { copy, committed = [] }: RequestSnapshot,
): string {
  const isAsItCame = decided.facts?.result === copy?.facts?.result;
  const beside = committed.filter(({ name }) => name !== 'result' || isAsItCame);
  return canonicalize(withoutCommitted({ ...decided }, beside));
}

/** @throws when it is not plain data. */
function takeBeside({
  calls,
  callId,
}: Partial<PolicyRequest>): Pick<RequestSnapshot, 'calls' | 'callId'> {
  if (callId !== undefined && !isText(callId)) throw new TypeError('a call is named by text');
  if (calls !== undefined && !Array.isArray(calls)) throw new TypeError('calls are a list');
  return {
    ...(callId === undefined ? {} : { callId }),
    ...(calls === undefined ? {} : { calls: calls.map(takeCall) }),
  };
}

function takeCall({ tool, args, result, labels }: PastCall): PastCall {
  if (!isText(tool)) throw new TypeError('a call names its tool');
  const given = Object.entries({ tool, args, result, labels });
  const parts = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  return JSON.parse(canonicalize(parts)) as PastCall;
}

/** Without these no rule could be found or timed, which must not read as "nothing forbids it". */
function isRequest({ service, control, env, time }: PolicyRequest): boolean {
  return isText(service) && isText(control) && isText(env) && typeof time === 'number';
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** What a record can still say of a request that cannot be copied. */
function textAt(request: unknown, key: 'service' | 'control'): string {
  try {
    const value = (request as Partial<PolicyRequest> | undefined)?.[key];
    return typeof value === 'string' && value !== '' ? value : 'unreadable';
  } catch {
    return 'unreadable';
  }
}
