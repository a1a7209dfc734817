import {
  type Disclosure,
  keepWith,
  type PastCall,
  type PolicyRequest,
} from '@spanforge/core-events';
import { canonicalize, deepFreeze, isPlainObject, textOfDisclosure } from '@spanforge/core-signing';
import { type CopiedParts, copyParts, type RequestPart } from './copy-parts.js';
import { openDisclosed } from './open-disclosed.js';

/** A copy of a request as it was at the call: the same copy is decided and recorded. */
export interface RequestSnapshot {
  readonly service: string;
  readonly control: string;
  /** Absent for a request that is not plain data, or lacks service, control, environment or time. */
  readonly copy?: PolicyRequest & { readonly env: string };
  /** Canonical JSON of the copy, without what `committed` holds. */
  readonly text?: string;
  /** Arguments and result as they were disclosed: a record names them by digest. */
  readonly committed?: readonly Disclosure[];
  /** Earlier calls that facts are taken from; not recorded. */
  readonly calls?: readonly PastCall[] | undefined;
  readonly callId?: string | undefined;
}

type GivenParts = Readonly<{ [Part in RequestPart]?: unknown }>;

/** Copies the parts of a request over the defaults, without those that the record commits to separately. */
function copyGiven(
  request: GivenParts,
  defaults: GivenParts,
  committed: readonly Named[],
): CopiedParts {
  const isBeside = isCommitted(committed, 'args');
  return copyParts((part) => {
    if (part === 'args' && isBeside) return undefined;
    const given = request[part];
    const value = given === undefined ? defaults[part] : given;
    const besides = part === 'facts' && isCommitted(committed, 'result') && isPlainObject(value);
    return besides ? withoutResult(value) : value;
  });
}

/** Copies a request over the defaults; a part given as `undefined` is a part left out. */
export function takeSnapshot(
  request: Partial<PolicyRequest>,
  defaults: { readonly env: string; readonly time: number },
): RequestSnapshot {
  try {
    const committed = takeCommitted(request);
    const { text, copy: parts } = copyGiven(request, defaults, committed);
    const copy = putBack(parts as Copy, committed);
    const { calls, callId } = takeBeside(request);
    if (isRequest(copy)) {
      const { service, control } = copy;
      const disclosures = committed.map(disclosureOf);
      return { service, control, copy, text, calls, callId, committed: disclosures };
    }
  } catch {
    // Not plain data: only names can be recorded.
  }
  return { service: textAt(request, 'service'), control: textAt(request, 'control') };
}

type Copy = PolicyRequest & { readonly env: string };

interface Named {
  readonly name: string;
}

const isCommitted = (committed: readonly Named[], name: 'args' | 'result'): boolean =>
  committed.some((one) => one.name === name);

function withoutResult({ result: _, ...facts }: Readonly<Record<string, unknown>>) {
  return facts;
}

interface Committed {
  readonly name: 'args' | 'result';
  readonly disclosure: Disclosure;
  readonly value: unknown;
}

const disclosureOf = ({ disclosure }: Committed): Disclosure => disclosure;

/**
 * Takes disclosed values from their disclosures, so that the value decided about matches its digest.
 *
 * @throws when a disclosure has another name than it is given under.
 */
function takeCommitted({ disclosed }: Partial<PolicyRequest>): readonly Committed[] {
  const committed: Committed[] = [];
  for (const name of ['args', 'result'] as const) {
    const given = disclosed?.[name];
    if (given === undefined) continue;
    const known = openOwn(given) ?? openOther(given);
    if (known === undefined || known.disclosure.name !== name) {
      throw new TypeError(`what is disclosed is not the ${name}`);
    }
    committed.push({ name, ...known });
  }
  return committed;
}

type Opened = Pick<Committed, 'disclosure' | 'value'>;

/** Opens a disclosure that this process made: it cannot have changed, so its value is known. */
function openOwn(disclosure: Disclosure): Opened | undefined {
  const text = textOfDisclosure(disclosure);
  return text === undefined ? undefined : { disclosure, value: JSON.parse(text) };
}

function openOther({ name, encoded, digest }: Disclosure): Opened | undefined {
  const disclosure = { name, encoded, digest };
  const opened = openDisclosed(disclosure, digest);
  return opened && { disclosure, value: opened.value };
}

/** Writes committed values into the copy, which nobody else has yet. */
function putBack(
  copy: { -readonly [Part in keyof Copy]: Copy[Part] },
  committed: readonly Committed[],
): Copy {
  for (const { name, value } of committed) {
    if (name === 'args') copy.args = value;
    else copy.facts = { ...copy.facts, result: value };
  }
  return copy;
}

/**
 * Canonical JSON of a request as it was decided, without values the record commits to separately. A
 * result that was parsed from text stays in: the digest is over the text, not the parsed value.
 */
export function textOfDecided(
  decided: PolicyRequest,
  { copy, committed = [] }: RequestSnapshot,
): string {
  const isAsItCame = decided.facts?.result === copy?.facts?.result;
  const beside = committed.filter(({ name }) => name !== 'result' || isAsItCame);
  return copyGiven(decided, {}, beside).text;
}

/** @throws when it is not plain data. */
function takeBeside({ calls, callId }: Partial<PolicyRequest>): {
  readonly calls: readonly PastCall[] | undefined;
  readonly callId: string | undefined;
} {
  if (callId !== undefined && !isText(callId)) throw new TypeError('a call is named by text');
  if (calls !== undefined && !Array.isArray(calls)) throw new TypeError('calls are a list');
  return { callId, calls: calls?.map(takeCall) };
}

function copyCall({ tool, args, result, labels }: PastCall): PastCall {
  if (!isText(tool)) throw new TypeError('a call names its tool');
  const given = Object.entries({ tool, args, result, labels });
  const parts = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  return JSON.parse(canonicalize(parts)) as PastCall;
}

/** The copy of a call that cannot change: a run passes the same calls with each of its calls. */
const copyKept = keepWith((call: PastCall) =>
  isDeepFrozen(call) ? deepFreeze(copyCall(call)) : undefined,
);

const takeCall = (call: PastCall): PastCall => copyKept(call) ?? copyCall(call);

/** True for plain data that is deeply frozen. */
function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (!Object.isFrozen(value)) return false;
  const members = Object.values(Object.getOwnPropertyDescriptors(value));
  return members.every((member) => Object.hasOwn(member, 'value') && isDeepFrozen(member.value));
}

/** Without these no rule would be found, and the request would look as if no rule forbids it. */
function isRequest({ service, control, env, time }: PolicyRequest): boolean {
  return isText(service) && isText(control) && isText(env) && typeof time === 'number';
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** A name that can still be recorded when the request cannot be copied. */
function textAt(request: unknown, key: 'service' | 'control'): string {
  try {
    const value = (request as Partial<PolicyRequest> | undefined)?.[key];
    return typeof value === 'string' && value !== '' ? value : 'unreadable';
  } catch {
    return 'unreadable';
  }
}
