import type { PastCall, PolicyRequest } from '@spanforge/core-events';
import { canonicalize } from '@spanforge/core-signing';

/** A request as it was at the call: what decides is what is recorded, whatever happens to it later. */
export interface RequestSnapshot {
  readonly service: string;
  readonly control: string;
  /** Absent for a request that is not plain data, or does not say what is asked, where and when. */
  readonly copy?: PolicyRequest & { readonly env: string };
  /** Canonical JSON of the copy. */
  readonly text?: string;
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
    const text = canonicalize(partsOf(request, defaults));
    const copy = JSON.parse(text) as PolicyRequest & { readonly env: string };
    const beside = takeBeside(request);
    if (isRequest(copy)) {
      return { service: copy.service, control: copy.control, copy, text, ...beside };
    }
  } catch {
    // Not plain data: only names can be told.
  }
  return { service: textAt(request, 'service'), control: textAt(request, 'control') };
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
