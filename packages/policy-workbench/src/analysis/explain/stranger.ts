import type { PolicyRequest } from '@spanforge/core-events';
import { CONTROLS, type PolicyBundle } from '@spanforge/policy';
import { closestName } from '@spanforge/policy/internal';

/** A name in a request that the bundle, or every service, does not know. */
export interface StrangerName {
  readonly what: 'control' | 'environment' | 'tool';
  /** As the request has it; a control with its service. */
  readonly name: string;
  /** What a governor's answer to such a call has as its reason code. */
  readonly reasonCode: 'no_active_bundle' | 'unknown_control' | 'unknown_tool';
  /** The one that was probably meant. */
  readonly meant?: string;
  /** A sentence. */
  readonly text: string;
}

const hint = (meant: string | undefined): string =>
  meant === undefined ? '' : ` Did you mean "${meant}"?`;

function strangeControl({ service, control }: PolicyRequest): StrangerName | undefined {
  if (CONTROLS.some((one) => one.service === service && one.control === control)) return undefined;
  const name = `${service}/${control}`;
  const meant = closestName(
    name,
    CONTROLS.map((one) => `${one.service}/${one.control}`),
  );
  const text = `No service asks about "${name}".${hint(meant)}`;
  const reasonCode = 'unknown_control';
  return { what: 'control', name, reasonCode, text, ...(meant === undefined ? {} : { meant }) };
}

function strangeEnvironment(
  { environment }: PolicyBundle,
  { env }: PolicyRequest,
): StrangerName | undefined {
  if (env === undefined || env === environment) return undefined;
  const meant = closestName(env, [environment]);
  const text = `The bundle governs "${environment}", not "${env}": with it alone no policy is in force there, and nothing may run unless the host says unbundled: 'allow'.${hint(meant)}`;
  const reasonCode = 'no_active_bundle';
  return {
    ...{ what: 'environment', name: env, reasonCode, text },
    ...(meant === undefined ? {} : { meant }),
  };
}

function strangeTool(
  { tools }: PolicyBundle,
  { service, tool }: PolicyRequest,
): StrangerName | undefined {
  const known = Object.keys(tools);
  if (service !== 'sf_govern' || tool === undefined || known.length === 0) return undefined;
  if (Object.hasOwn(tools, tool)) return undefined;
  const meant = closestName(tool, known);
  const text = `The bundle does not know the tool "${tool}", and a governor denies a tool that nobody declared.${hint(meant)}`;
  const reasonCode = 'unknown_tool';
  return {
    ...{ what: 'tool', name: tool, reasonCode, text },
    ...(meant === undefined ? {} : { meant }),
  };
}

/**
 * The names in a request for which a governor would not ask the bundle at all: it would block. A
 * decider alone answers them like any other request, with its default or with "no rule applies".
 */
export function strangersIn(bundle: PolicyBundle, request: PolicyRequest): readonly StrangerName[] {
  return [
    strangeControl(request),
    strangeEnvironment(bundle, request),
    strangeTool(bundle, request),
  ].filter((one) => one !== undefined);
}
