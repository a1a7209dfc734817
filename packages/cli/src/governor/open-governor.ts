import { createIds, type EvidenceContext } from '@spanforge/core-events';
import {
  type CallContext,
  createGovernor,
  createReviews,
  type Governor,
  type GovernorParts,
  parseRuleAdvice,
  type Reviews,
  type RuleAdviceFor,
  type UnfinishedCall,
} from '@spanforge/govern';
import { checkCaller } from '@spanforge/govern/adapters';
import { createLabelTracker } from '@spanforge/lineage/labels';
import { createPolicy, type Policy, type PolicyBundle, parseBundle } from '@spanforge/policy';
import { createRbac, type Rbac } from '@spanforge/rbac';
import type { Scope } from '@spanforge/scope';
import { exists } from '../files/read.js';
import { readBundle } from '../files/read-bundle.js';
import { SOURCE } from '../version.js';
import { WORKSPACE_FOLDER, workspacePaths } from '../workspace/config.js';
import { initWorkspace, openWorkspace, type Workspace } from '../workspace/workspace.js';
import { checkOpenOptions, type OpenGovernorOptions } from './options.js';
import { detectorFor, grantedNames, openObserver, openRbac, openScope } from './parts.js';
import { policyOfServices } from './service-policy.js';

const CLOSE_TIMEOUT_MS = 10_000;

/** The part of a call's context that the workspace determines. */
export type Tenancy = Pick<CallContext, 'tenant' | 'project' | 'env'>;

/** The caller; tenant, project and environment come from the workspace. */
export type GovernedCaller = Pick<CallContext, 'agent' | 'actor'> & Partial<CallContext>;

/** A governor with everything it needs, over one workspace. */
export interface OpenedGovernor extends Governor {
  /**
   * The context of a call. The default run and trace are those of this process: pass them if one
   * process serves several.
   *
   * @throws {GovernError} `GOVERN_CONTEXT_INVALID` with the path of what is missing.
   */
  context(caller: GovernedCaller): CallContext;
  /** The part of the context that all calls share, for `callerContext` of an adapter. */
  readonly tenancy: Tenancy;
  /**
   * The parts of the governor, for code that creates governors of its own, such as an MCP proxy.
   */
  readonly parts: GovernorParts;
  readonly reviews: Reviews;
  readonly policy: Policy;
  /** Absent if no manifests were given. */
  readonly scope: Scope | undefined;
  /** Absent if no roles were given. */
  readonly rbac: Rbac | undefined;
  readonly workspace: Workspace;
  /**
   * Waits for calls in progress, signs what is new, and closes the log. Later calls are blocked as
   * `log_closed`.
   *
   * @param timeoutMs How long to wait for calls; default 10000.
   * @returns The calls that were still in progress: their tools continue, and their endings are not
   * recorded.
   * @throws {GovernError} `GOVERN_OPTIONS_INVALID` for an invalid time limit; then nothing is
   * closed, and the governor can still be used.
   */
  close(timeoutMs?: number): Promise<readonly UnfinishedCall[]>;
}

async function openOrCreate(options: OpenGovernorOptions): Promise<Workspace> {
  const { workspace: root = WORKSPACE_FOLDER, create, writer = 'governor', clock } = options;
  const missing = create !== undefined && !(await exists(workspacePaths(root).config));
  if (missing) await initWorkspace(root, create);
  return openWorkspace(root, writer, clock);
}

function administration({ config }: Workspace, writer: string, run: string): EvidenceContext {
  const { tenant, project, environment: env } = config;
  return Object.freeze({
    ...{ tenant, project, env, run, traceId: run },
    ...{ agent: writer, actor: writer, source: SOURCE },
  });
}

async function bundleOf(given: OpenGovernorOptions['policy']): Promise<PolicyBundle | undefined> {
  if (typeof given === 'string') return await readBundle(given);
  return given === undefined || 'canonical' in given ? given : parseBundle(given);
}

async function openPolicy(
  options: OpenGovernorOptions,
  { log, store: { counters } }: Workspace,
  context: EvidenceContext,
  granted: readonly string[],
): Promise<Policy> {
  const { policy: given, replacePolicy = false, unbundled = 'block' } = options;
  const { application, auditSample, clock } = options;
  const parts = { recorder: log, reader: log, context, unbundled };
  const policy = createPolicy({
    ...parts,
    counters: log.counters(counters),
    ...(application === undefined ? {} : { application }),
    ...(auditSample === undefined ? {} : { auditSample }),
    ...(clock === undefined ? {} : { clock }),
  });
  const bundle = await bundleOf(given);
  if (bundle !== undefined) {
    // Manifests and roles also name other resources, so alone they do not tell which tools exist.
    const tools = Object.keys(bundle.tools).length === 0 ? [] : granted;
    await policy.lifecycle.activate(bundle, { replace: replacePolicy, tools });
  }
  return policy;
}

const listed = (files: string | readonly string[]): readonly string[] =>
  typeof files === 'string' ? [files] : files;

/** The advice to agents from the rules of the bundle in force. */
function adviceOf({ lifecycle }: Policy): RuleAdviceFor {
  return async ({ ruleId, call }) => {
    const bundle = await lifecycle.active(call.context.env);
    const rule = bundle?.rules.find((one) => one.ruleId === ruleId);
    return rule?.tellAgent && parseRuleAdvice(rule.tellAgent);
  };
}

/**
 * Opens a workspace and puts a safe deployment's parts in front of the tools: the evidence log with
 * its signer, the policy, roles and manifests from their files, detectors for redaction by type,
 * labels, and OpenTelemetry if the application has it.
 *
 * For fewer parts, compose the packages; this function adds no behaviour of its own.
 *
 * @throws {CliError} `CLI_USAGE` for an option that it does not have, `CLI_WORKSPACE_MISSING`, `CLI_WORKSPACE_INVALID`, `CLI_KEYS_MISSING`,
 *   `CLI_KEY_INVALID`, `CLI_FILE_UNREADABLE`, `CLI_INPUT_INVALID`.
 * @throws {PolicyError}, {ScopeError}, {RbacError} for files that are not what they should be, and
 *   for a policy that must not replace the one in force.
 */
export async function openGovernor(options: OpenGovernorOptions = {}): Promise<OpenedGovernor> {
  checkOpenOptions(options);
  const workspace = await openOrCreate(options);
  try {
    return await compose(options, workspace);
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

async function compose(
  options: OpenGovernorOptions,
  workspace: Workspace,
): Promise<OpenedGovernor> {
  const { writer = 'governor', clock, mode, preflight, postflight, onHeld, spans } = options;
  const { log, config } = workspace;
  const run = createIds(clock)();
  const setup = administration(workspace, writer, run);
  const granted = await grantedNames(listed(options.scope ?? []), options.rbac);
  const policy = await openPolicy(options, workspace, setup, granted);
  const registration = { log, context: setup, policy: policyOfServices(policy) };
  const scope = options.scope && (await openScope(listed(options.scope), registration));
  const rbac = options.rbac && (await openRbac(options.rbac, registration));
  const observe = await openObserver(options.observe);
  const reviewers = (rbac || createRbac({ recorder: log, reader: log })).reviewers();
  const parts: GovernorParts = {
    log,
    policy,
    labels: createLabelTracker(),
    detect: detectorFor(options.region),
    reviewers,
    refusals: options.refusals ?? { limit: 10 },
    adviceFor: options.adviceFor ?? adviceOf(policy),
    ...(options.reviewDemand ? { reviewDemand: options.reviewDemand } : {}),
    ...(options.reviewTtlMs === undefined ? {} : { reviewTtlMs: options.reviewTtlMs }),
    ...(rbac ? { authorize: rbac.control() } : {}),
    ...(scope ? { scope: scope.control() } : {}),
    ...(preflight ? { preflight } : {}),
    ...(postflight ? { postflight } : {}),
    ...(observe ? { observe } : {}),
    ...(onHeld ? { onHeld } : {}),
    ...(spans ? { spans } : {}),
    ...(mode ? { mode } : {}),
    ...(clock ? { clock } : {}),
  };
  const governor = createGovernor(parts);
  const { tenant, project, environment: env } = config;
  const tenancy: Tenancy = Object.freeze({ tenant, project, env });
  return Object.freeze({
    ...governor,
    context(caller) {
      if (typeof caller !== 'object' || caller === null) return checkCaller<CallContext>(caller);
      return checkCaller({ ...tenancy, run, traceId: caller.run ?? run, ...caller });
    },
    tenancy,
    parts: Object.freeze(parts),
    reviews: createReviews({ log, reviewers, ...(clock ? { clock } : {}) }),
    policy,
    scope: scope || undefined,
    rbac: rbac || undefined,
    workspace,
    async close(timeoutMs = CLOSE_TIMEOUT_MS) {
      const left = await governor.drain({ timeoutMs });
      await workspace.close();
      return left;
    },
  } satisfies OpenedGovernor);
}
