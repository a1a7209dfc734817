import { resolve } from 'node:path';
import type { ActivationReport, PolicyBundle } from '@spanforge/policy';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { readBundle } from './read-bundle.js';
import { type PolicyArguments, withPolicy } from './with-policy.js';

function answer(what: string, bundle: PolicyBundle, environment: string): CommandResult {
  const { policyId, version, digest, effectiveAt } = bundle;
  return {
    exitCode: EXIT.ok,
    text: `${what} in ${environment}: ${policyId} ${version}\ndigest  ${digest}`,
    json: { policy_id: policyId, version, digest, environment, effective_at: effectiveAt },
  };
}

/** `spanforge policy activate`: puts a bundle in force in its environment, on record. */
export async function policyActivate(
  io: CommandIo,
  options: PolicyArguments & {
    readonly shadow?: boolean;
    readonly rollback?: boolean;
    readonly replace?: boolean;
    readonly tools?: string;
    readonly allowUnknownTools?: boolean;
  },
  file: string,
): Promise<CommandResult> {
  const bundle = await readBundle(resolve(io.cwd, file));
  const { shadow = false, rollback = false, replace = false, allowUnknownTools = false } = options;
  const tools = options.tools?.split(',').map((name) => name.trim()) ?? [];
  const { environment } = bundle;
  const report = await withPolicy(io, { ...options, environment }, ({ policy }) =>
    policy.lifecycle.activate(bundle, {
      stage: shadow ? 'shadow' : 'enforce',
      rollback,
      replace,
      tools,
      allowUnknownTools,
    }),
  );
  const { exitCode, text, json } = answer(shadow ? 'in shadow' : 'active', bundle, environment);
  const told = [text, ...noticesOf(report)].join('\n');
  const { governsFrom, inForce, detectors } = report;
  const more = { governs_from: governsFrom, in_force: inForce, detectors };
  return { exitCode, text: told, json: { ...(json as object), ...more } };
}

/** What somebody who activates a bundle might not expect. */
function noticesOf({ stage, inForce, governsFrom, detectors }: ActivationReport): string[] {
  const later = stage === 'enforce' && !inForce ? [`will govern from ${governsFrom}`] : [];
  const needs = detectors.length > 0 ? [`redacts by detectors: ${detectors.join(', ')}`] : [];
  return [...later, ...needs];
}

/** `spanforge policy deactivate`: takes the bundle of an environment out of force, on record. */
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

/** `spanforge policy promote`: takes the bundle of one environment into another, on record. */
export function policyPromote(
  io: CommandIo,
  options: PolicyArguments & {
    readonly from: string;
    readonly to: string;
    readonly replace?: boolean;
  },
): Promise<CommandResult> {
  return withPolicy(io, options, async ({ policy }) => {
    const { from, to, replace = false } = options;
    return answer('active', await policy.lifecycle.promote({ from, to, replace }), to);
  });
}

/** `spanforge policy rollback`: goes back to an earlier bundle, on record. */
export function policyRollback(
  io: CommandIo,
  options: PolicyArguments & { readonly to?: string },
): Promise<CommandResult> {
  return withPolicy(io, options, async ({ policy, environment }) => {
    const given = options.to === undefined ? {} : { version: options.to };
    return answer('active again', await policy.lifecycle.rollback(environment, given), environment);
  });
}
