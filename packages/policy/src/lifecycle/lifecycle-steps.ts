import type { EvidenceContext, EvidenceReader } from '@spanforge/core-events';
import type { Projection } from '@spanforge/core-events/log';
import type { PolicyBundle } from '../bundle/bundle.js';
import type { BundleReader } from '../bundle/bundle-reader.js';
import type { ControlName } from '../bundle/controls.js';
import { parseBundle } from '../bundle/parse.js';
import { PolicyError } from '../error.js';
import {
  type ActivateOptions,
  type ActivationReport,
  activationReport,
  type PromoteOptions,
} from './activation.js';
import type { LifecycleState } from './lifecycle-projection.js';
import { bundleInForce, enter, goBack, leave } from './lifecycle-rules.js';
import type { AttemptedChange, LifecycleWriter, StepOptions } from './lifecycle-writer.js';
import { promotedBundle } from './promoted-bundle.js';
import { lifecycleDrafts } from './records.js';
import type { TrustedSigners } from './signatures.js';
import { throwIfUnknownName } from './unknown-names.js';

/** What the steps of a lifecycle need. */
export interface LifecycleParts {
  readonly context: EvidenceContext;
  /** Whose bundles these are, where it is one application's. */
  readonly application?: string | undefined;
  readonly clock: () => number;
  readonly parseOptions: { readonly controls: readonly ControlName[] };
  /** Shared with the projection. */
  readonly readBundle: BundleReader;
  readonly signers?: TrustedSigners | undefined;
  readonly reader: EvidenceReader;
  readonly writer: LifecycleWriter;
  readonly state: Projection<LifecycleState>;
}

/** Names of a bundle before it is known. */
const UNKNOWN = { policyId: 'unknown', version: 'unknown' };

/** The record of a step stands in the environment it is about. */
function contextIn(parts: LifecycleParts, env: string, by: StepOptions): EvidenceContext {
  return { ...(by.context ?? parts.context), env };
}

function namesOf({ policyId, version, environment, digest }: PolicyBundle) {
  return { policyId, version, environment, digest };
}

/** Where a bundle enters, and whose signatures it needs there. */
function entrance({ signers }: LifecycleParts, context: EvidenceContext) {
  return { context, ...(signers === undefined ? {} : { signers }) };
}

/** The bytes the digest is over; anything else a caller hands in is not looked at. */
function isText(bundle: PolicyBundle | undefined): bundle is PolicyBundle {
  try {
    JSON.parse(bundle?.canonical ?? '');
    return true;
  } catch {
    return false;
  }
}

/** Reads a bundle, and requires this digest if there is one; a refusal is recorded. */
async function readOrRefuse(
  { context: own, application, writer }: LifecycleParts,
  read: () => PolicyBundle,
  digest: string | undefined,
  attempt: string,
  by: StepOptions,
): Promise<PolicyBundle> {
  try {
    const bundle = read();
    if (digest === undefined || bundle.digest === digest) return bundle;
    const message = 'the bundle is not the one that was digested';
    throw new PolicyError('POLICY_BUNDLE_INVALID', message);
  } catch (error) {
    if (!PolicyError.is(error)) throw error;
    const context = by.context ?? own;
    const refused = { ...UNKNOWN, environment: context.env, application, attempt };
    return writer.recordAndThrow(context, refused, error);
  }
}

/** See `PolicyLifecycle.loadBundle`. */
export async function loadBundle(
  parts: LifecycleParts,
  value: unknown,
  by: StepOptions = {},
): Promise<PolicyBundle> {
  const { application, parseOptions, writer } = parts;
  const read = () => parseBundle(value, parseOptions);
  const bundle = await readOrRefuse(parts, read, undefined, 'load', by);
  const context = contextIn(parts, bundle.environment, by);
  await writer.append(lifecycleDrafts('loaded', bundle, context, { application }));
  return bundle;
}

/** See `PolicyLifecycle.activate`. */
export async function activateBundle(
  parts: LifecycleParts,
  given: PolicyBundle,
  options: ActivateOptions = {},
): Promise<ActivationReport> {
  const { stage = 'enforce', rollback = false, replace = false, envelope, ...more } = options;
  const { tools = [], allowUnknownTools = false, ...by } = more;
  const { readBundle, application, writer, clock } = parts;
  // From its text: what is handed in may be any object that looks like a bundle.
  const read = () => (isText(given) ? readBundle(given.canonical) : parseBundle(undefined));
  const bundle = await readOrRefuse(parts, read, given?.digest ?? '', 'activate', by);
  const context = contextIn(parts, bundle.environment, by);
  const step = rollback ? 'rolled_back' : 'activated';
  const entry = { step, stage, rollback, replace, envelope } as const;
  const asked = { ...namesOf(bundle), application, stage, attempt: 'activate' };
  return writer.change(context, asked, async (standing) => {
    const drafts = await enter(bundle, entry, standing, entrance(parts, context));
    if (drafts.length > 0) throwIfUnknownName(bundle, { tools, allowUnknownTools });
    return { drafts, result: activationReport(bundle, stage, clock()) };
  });
}

/** See `PolicyLifecycle.deactivate`. */
export async function deactivateBundle(
  parts: LifecycleParts,
  environment: string,
  options: StepOptions & { readonly stage?: 'shadow' | 'enforce' } = {},
): Promise<void> {
  const { stage = 'enforce', ...by } = options;
  const { application, writer } = parts;
  const context = contextIn(parts, environment, by);
  const asked: AttemptedChange = {
    ...UNKNOWN,
    ...{ environment, application, stage, attempt: 'deactivate' },
  };
  await writer.change(context, asked, async (standing) => ({
    drafts: leave(standing, stage, context),
    result: undefined,
  }));
}

/** See `PolicyLifecycle.promote`. */
export async function promoteBundle(
  parts: LifecycleParts,
  { from, to, ...options }: PromoteOptions,
): Promise<PolicyBundle> {
  const { rollback = false, replace = false, envelope, ...more } = options;
  const { tools = [], allowUnknownTools = false, ...by } = more;
  const { application, writer, clock, parseOptions } = parts;
  const context = contextIn(parts, to, by);
  const asked: AttemptedChange = {
    ...UNKNOWN,
    ...{ environment: to, application, attempt: 'promote' },
  };
  return writer.change(context, asked, async (standing) => {
    const current = bundleInForce(standing.historyIn(from), from, clock());
    const result = promotedBundle(current, to, parseOptions);
    const source = { sourceEnvironment: from, sourceDigest: current.digest };
    const step = { step: 'promoted', stage: 'enforce', source } as const;
    const entry = { ...step, rollback, replace, envelope };
    const drafts = await enter(result, entry, standing, entrance(parts, context));
    if (drafts.length > 0) throwIfUnknownName(result, { tools, allowUnknownTools });
    return { drafts, result };
  });
}

/** See `PolicyLifecycle.rollback`. */
export async function rollBack(
  parts: LifecycleParts,
  environment: string,
  options: StepOptions & { readonly version?: string } = {},
): Promise<PolicyBundle> {
  const { version, ...by } = options;
  const { application, writer, clock } = parts;
  const context = contextIn(parts, environment, by);
  const asked: AttemptedChange = { ...UNKNOWN, environment, application, attempt: 'rollback' };
  return writer.change(context, asked, async (standing) => {
    const { bundle, drafts } = goBack(standing, version, clock(), context);
    return { drafts, result: bundle };
  });
}
