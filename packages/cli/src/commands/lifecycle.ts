import { resolve } from 'node:path';
import { visible } from '@spanforge/operator';
import type { ActivationReport, PolicyBundle } from '@spanforge/policy';
import { closestName } from '@spanforge/policy/internal';
import { readBundle } from '../files/read-bundle.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toolsOnRecord } from './known-tools.js';
import { type OpenPolicy, type PolicyArguments, withPolicy } from './with-policy.js';

function answer(what: string, bundle: PolicyBundle, environment: string): CommandResult {
  const { policyId, version, digest, effectiveAt } = bundle;
  return {
    exitCode: EXIT.ok,
    text: `${what} in ${environment}: ${policyId} ${version}\ndigest  ${digest}`,
    json: { policy_id: policyId, version, digest, environment, effective_at: effectiveAt },
  };
}

/** Options of a check of tool names. */
interface ToolArguments extends PolicyArguments {
  readonly tools?: string;
  readonly allowUnknownTools?: boolean;
}

/** The tools that are named, and those that the log knows. */
async function toolsFor(
  { tools = '', application }: ToolArguments,
  bundle: PolicyBundle,
  { workspace: { log, config } }: OpenPolicy,
): Promise<readonly string[]> {
  const named = tools.split(',').map((name) => name.trim());
  const known = await toolsOnRecord(log, bundle, { tenant: config.tenant, application });
  return [...named.filter((name) => name !== ''), ...known];
}

/** `spanforge policy activate`: activates a bundle in its environment, and records it. */
export async function policyActivate(
  io: CommandIo,
  options: ToolArguments & {
    readonly shadow?: boolean;
    readonly rollback?: boolean;
    readonly replace?: boolean;
  },
  file: string,
): Promise<CommandResult> {
  const bundle = await readBundle(resolve(io.cwd, file));
  const { shadow = false, rollback = false, replace = false, allowUnknownTools = false } = options;
  const { environment } = bundle;
  const [report, spelt] = await withPolicy(io, { ...options, environment }, async (open) => {
    const activated = await open.policy.lifecycle.activate(bundle, {
      stage: shadow ? 'shadow' : 'enforce',
      rollback,
      replace,
      tools: await toolsFor(options, bundle, open),
      allowUnknownTools,
    });
    return [activated, speltOtherwise(environment, open.workspace.config.environment)];
  });
  const { exitCode, text, json } = answer(shadow ? 'in shadow' : 'active', bundle, environment);
  const told = [text, ...noticesOf(report), ...spelt].join('\n');
  const { governsFrom, inForce, detectors } = report;
  const more = { governs_from: governsFrom, in_force: inForce, detectors };
  return { exitCode, text: told, json: { ...(json as object), ...more } };
}

/** What is said of an environment whose name is nearly that of the workspace. */
function speltOtherwise(environment: string, own: string): readonly string[] {
  if (closestName(environment, [own]) === undefined) return [];
  return [`this workspace is for ${visible(own)}; did you mean "${visible(own)}"?`];
}

/** Consequences of an activation that may be unexpected. */
function noticesOf({ stage, inForce, governsFrom, detectors }: ActivationReport): string[] {
  const later = stage === 'enforce' && !inForce ? [`will govern from ${governsFrom}`] : [];
  const needs = detectors.length > 0 ? [`redacts by detectors: ${detectors.join(', ')}`] : [];
  return [...later, ...needs];
}

/** `spanforge policy deactivate`: deactivates the bundle of an environment, and records it. */
export function policyDeactivate(
  io: CommandIo,
  options: PolicyArguments & { readonly shadow?: boolean },
): Promise<CommandResult> {
  return withPolicy(io, options, async ({ policy, environment }) => {
    const stage = options.shadow === true ? 'shadow' : 'enforce';
    await policy.lifecycle.deactivate(environment, { stage });
    const what = stage === 'shadow' ? 'no bundle in shadow' : 'no policy in force';
    return { exitCode: EXIT.ok, text: `${what} in ${environment}`, json: { environment, stage } };
  });
}

/**
 * `spanforge policy promote`: activates the bundle of one environment in another, and records it.
 */
export function policyPromote(
  io: CommandIo,
  options: ToolArguments & {
    readonly from: string;
    readonly to: string;
    readonly replace?: boolean;
  },
): Promise<CommandResult> {
  return withPolicy(io, options, async (open) => {
    const { from, to, replace = false, allowUnknownTools = false } = options;
    const { lifecycle } = open.policy;
    const source = await lifecycle.active(from);
    const tools = source === undefined ? [] : await toolsFor(options, source, open);
    const promoted = await lifecycle.promote({ from, to, replace, tools, allowUnknownTools });
    return answer('active', promoted, to);
  });
}

/** `spanforge policy rollback`: activates an earlier bundle again, and records it. */
export function policyRollback(
  io: CommandIo,
  options: PolicyArguments & { readonly to?: string },
): Promise<CommandResult> {
  return withPolicy(io, options, async ({ policy, environment }) => {
    const given = options.to === undefined ? {} : { version: options.to };
    return answer('active again', await policy.lifecycle.rollback(environment, given), environment);
  });
}
