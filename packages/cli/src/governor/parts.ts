import type { EvidenceContext, PolicyDecider } from '@spanforge/core-events';
import type { EvidenceLog } from '@spanforge/core-events/log';
import { canonicalize } from '@spanforge/core-signing';
import { detect, type FindingType } from '@spanforge/detect';
import { type DetectedSpan, type GovernObserver, observeWith } from '@spanforge/govern';
import { createRbac, type Rbac } from '@spanforge/rbac';
import { createScope, type Scope } from '@spanforge/scope';
import { loadManifestFromYaml } from '@spanforge/scope/yaml';
import { readText } from '../files/read.js';
import { readRoles } from '../files/read-roles.js';

/** The evidence log, and the context of the records about registrations. */
export interface Registration {
  readonly log: EvidenceLog;
  readonly context: EvidenceContext;
  /** Asked about roles and manifests as well. */
  readonly policy: PolicyDecider;
}

const same = (a: unknown, b: unknown): boolean => canonicalize(a) === canonicalize(b);

/** The names in manifests and roles: tools, and other resources. */
export async function grantedNames(
  manifests: readonly string[],
  roles: string | undefined,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (const file of manifests) {
    const { resourceActions } = loadManifestFromYaml(await readText(file), { file });
    names.push(...Object.keys(resourceActions));
  }
  if (roles !== undefined) {
    const { permissions } = await readRoles(roles);
    for (const resources of Object.values(permissions)) names.push(...Object.keys(resources));
  }
  return names.filter((name) => name !== '*');
}

/** Registers the manifests of agents, except those that are already registered unchanged. */
export async function openScope(
  files: readonly string[],
  { log, context, policy }: Registration,
): Promise<Scope> {
  const scope = createScope({ recorder: log, reader: log, policy });
  for (const file of files) {
    const manifest = loadManifestFromYaml(await readText(file), { file });
    const known = await scope.getManifest(manifest.agentId, { tenant: context.tenant });
    if (known === undefined || !same(known, manifest))
      await scope.registerAgent(manifest, { context });
  }
  return scope;
}

/** Registers the roles of actors, except those that are already registered unchanged. */
export async function openRbac(
  file: string,
  { log, context, policy }: Registration,
): Promise<Rbac> {
  const { actors, permissions } = await readRoles(file);
  const rbac = createRbac({ recorder: log, reader: log, permissions, policy });
  for (const actor of actors) {
    const known = await rbac.getActor(actor.actorId, { tenant: context.tenant });
    if (known === undefined || !same(known, actor)) await rbac.registerActor(actor, { context });
  }
  return rbac;
}

/**
 * Finds the data that redactions by type mask. Throws for an unknown type; then the whole value is
 * masked.
 */
export function detectorFor(region: string | undefined) {
  return (text: string, types: readonly string[]): readonly DetectedSpan[] =>
    detect(text, {
      types: types as readonly FindingType[],
      ...(region === undefined ? {} : { region }),
    });
}

/** OpenTelemetry if the application has it, together with the given observer. */
export async function openObserver(
  given: GovernObserver | undefined,
): Promise<GovernObserver | undefined> {
  const otel = await import('@spanforge/govern/otel').then(
    ({ createOtelObserver }) => createOtelObserver(),
    () => undefined,
  );
  const observers = [given, otel].filter((one) => one !== undefined);
  return observers.length === 0 ? undefined : observeWith(...observers);
}
