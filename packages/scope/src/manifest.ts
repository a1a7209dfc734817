import {
  ACTION_CATEGORIES,
  CATEGORY_PREFIX,
  dottedPath,
  firstFault,
  type InputFault,
  isName,
  plainCopy,
} from '@spanforge/core-events';
import type { ManifestAgentBody } from '@spanforge/core-events/records';
import { deepFreeze, isPlainObject } from '@spanforge/core-signing';
import { z } from 'zod';
import { ScopeError } from './error.js';

/** What an agent may do, as registered. Frozen. */
export interface ScopeManifest {
  readonly agentId: string;
  readonly capabilities: readonly string[];
  /** Actions by resource; `"*"` stands for every resource not named. */
  readonly resourceActions: Readonly<Record<string, readonly string[]>>;
  /** What a denied request becomes when no policy says otherwise. */
  readonly onDenied: 'block' | 'escalate';
  readonly metadata: Readonly<Record<string, unknown>>;
  /** RFC 3339, UTC. From then on the manifest grants nothing. */
  readonly expiresAt?: string;
  /** When given, the tenant of the context it is registered in. */
  readonly tenant?: string;
  /** The agent whose manifest this one narrows. */
  readonly delegatedFrom?: string;
}

/** A manifest as a host writes it: what is left out grants nothing, and `onDenied` is `block`. */
export type ScopeManifestInput = Pick<ScopeManifest, 'agentId'> & Partial<ScopeManifest>;

/** The largest manifest: bytes of its canonical JSON. */
export const MAX_MANIFEST_BYTES = 32_768;

const name = z.custom<string>(isName, 'expected 1 to 512 visible characters');

const action = name.refine(
  (text) =>
    !text.startsWith(CATEGORY_PREFIX) ||
    Object.hasOwn(ACTION_CATEGORIES, text.slice(CATEGORY_PREFIX.length)),
  'expected an action, "*" or "category:" and one of the five categories',
);

function distinct(items: readonly string[]): boolean {
  return new Set(items).size === items.length;
}

function isUtcTime(text: string): boolean {
  const epochMs = Date.parse(text);
  return (
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(text) &&
    Number.isFinite(epochMs) &&
    new Date(epochMs).toISOString().slice(0, 19) === text.slice(0, 19)
  );
}

const capabilities = z.array(name).max(1024).refine(distinct, 'expected no duplicates');
const resourceActions = z
  .record(name, z.array(action).max(256).refine(distinct, 'expected no duplicates'))
  .refine((map) => Object.keys(map).length <= 1024, 'expected at most 1024 resources');
const metadata = z.custom<Record<string, unknown>>(isPlainObject, 'expected an object');
const onDenied = z.enum(['block', 'escalate'], 'expected "block" or "escalate"');
const expiresAt = z.string().refine(isUtcTime, 'expected an RFC 3339 time in UTC, ending in Z');

/** The manifest in code. */
const codeSchema = z.strictObject({
  agentId: name,
  capabilities: capabilities.default([]),
  resourceActions: resourceActions.default({}),
  onDenied: onDenied.default('block'),
  metadata: metadata.default({}),
  expiresAt: expiresAt.optional(),
  tenant: name.optional(),
  delegatedFrom: name.optional(),
});

/** The manifest on the wire and in files: the same, in snake_case. */
const wireSchema = z.strictObject({
  agent_id: name,
  capabilities: capabilities.default([]),
  resource_actions: resourceActions.default({}),
  on_denied: onDenied.default('block'),
  metadata: metadata.default({}),
  expires_at: expiresAt.optional(),
  tenant: name.optional(),
  delegated_from: name.optional(),
});

function invalidError({ path, expectation }: InputFault, cause?: unknown): ScopeError {
  const where = dottedPath(path);
  return new ScopeError('SCOPE_MANIFEST_INVALID', `manifest: ${where}: ${expectation}`, {
    details: { path: where, expectation },
    cause,
  });
}

const COPY = { maxBytes: MAX_MANIFEST_BYTES, onFault: invalidError };

function freeze(manifest: z.infer<typeof codeSchema>): ScopeManifest {
  const { expiresAt, tenant, delegatedFrom, ...rest } = manifest;
  return deepFreeze({
    ...rest,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(delegatedFrom === undefined ? {} : { delegatedFrom }),
  });
}

/**
 * Parses a manifest written in code (camelCase) into a frozen copy.
 *
 * Strict: unknown keys, duplicates, `__proto__`, empty or invisible names, unknown categories and
 * anything over 32 KiB are refused.
 *
 * @throws {ScopeError} `SCOPE_MANIFEST_INVALID` with the path of the first fault.
 */
export function parseManifest(value: unknown): ScopeManifest {
  const parsed = codeSchema.safeParse(plainCopy(value, COPY));
  if (parsed.success) return freeze(parsed.data);
  throw invalidError(firstFault(parsed.error));
}

/**
 * Parses a manifest in wire form (snake_case), such as one read from a JSON file.
 *
 * @param onFault Makes the error, for callers that know more about where the value came from.
 * @throws {ScopeError} `SCOPE_MANIFEST_INVALID` with the path of the first fault.
 */
export function parseManifestWire(
  value: unknown,
  onFault: (fault: InputFault) => ScopeError = invalidError,
): ScopeManifest {
  const parsed = wireSchema.safeParse(plainCopy(value, COPY));
  if (!parsed.success) throw onFault(firstFault(parsed.error));
  const { agent_id, resource_actions, on_denied, expires_at, delegated_from, ...rest } =
    parsed.data;
  return freeze({
    ...rest,
    agentId: agent_id,
    resourceActions: resource_actions,
    onDenied: on_denied,
    expiresAt: expires_at,
    delegatedFrom: delegated_from,
  });
}

/** A manifest as the body of its record. */
export function toRecordBody(manifest: ScopeManifest): ManifestAgentBody {
  return manifest as unknown as ManifestAgentBody;
}
