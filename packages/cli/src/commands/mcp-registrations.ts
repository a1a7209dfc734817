import { canonicalize } from '@spanforge/core-signing';
import type { ActorRoles } from '@spanforge/rbac';
import type { ScopeManifest } from '@spanforge/scope';
import { CliError } from '../error.js';

/**
 * The member of a manifest or of an actor's roles that names the server whose proxy registered
 * them.
 */
const SERVER = 'mcp_server';

type Registered = { readonly metadata: Readonly<Record<string, unknown>> };

/** Adds the name of the server for which it is registered. */
function named<Entry extends Registered>(entry: Entry, server: string | undefined): Entry {
  if (server === undefined) return entry;
  return { ...entry, metadata: { ...entry.metadata, [SERVER]: server } };
}

/** Compares without the name of the server. */
function isSame(a: Registered, b: Registered): boolean {
  const bare = ({ metadata: { [SERVER]: _server, ...metadata }, ...rest }: Registered) =>
    canonicalize({ ...rest, metadata });
  return bare(a) === bare(b);
}

interface Registration<Entry extends Registered> {
  readonly known: Entry | undefined;
  readonly given: Entry;
  readonly server: string | undefined;
}

/**
 * What to register; undefined if it already is. Throws if another server registered it differently.
 */
function entryFor<Entry extends Registered>(
  { known, given, server }: Registration<Entry>,
  conflict: (other: string) => CliError,
): Entry | undefined {
  if (known !== undefined && isSame(known, given)) return undefined;
  const other = known?.metadata[SERVER];
  if (typeof other === 'string' && other !== server) throw conflict(other);
  return named(given, server);
}

/**
 * The manifest to register. An agent has one manifest in a workspace: a second proxy must not
 * silently change that of the first one's agent.
 *
 * @throws {CliError} `CLI_POLICY_CONFLICT`.
 */
export function manifestFor(one: Registration<ScopeManifest>): ScopeManifest | undefined {
  const { agentId: agent } = one.given;
  return entryFor(one, (server) => {
    const message =
      `the manifest of agent ${agent} was registered by the proxy of server ${server}, with other ` +
      'grants; an agent has one manifest in a workspace: name the agent of this server otherwise';
    return new CliError('CLI_POLICY_CONFLICT', message, { details: { agent, server } });
  });
}

/** The actor to register, like {@link manifestFor}. @throws {CliError} `CLI_POLICY_CONFLICT`. */
export function actorFor(one: Registration<ActorRoles>): ActorRoles | undefined {
  const { actorId: actor } = one.given;
  return entryFor(one, (server) => {
    const message =
      `the roles of ${actor} were registered by the proxy of server ${server}, and are others; a ` +
      'person has one set of roles in a workspace: give both servers one file of roles';
    return new CliError('CLI_POLICY_CONFLICT', message, { details: { actor, server } });
  });
}
