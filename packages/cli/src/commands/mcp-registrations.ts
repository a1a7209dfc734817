import { canonicalize } from '@spanforge/core-signing';
import type { ActorRoles } from '@spanforge/rbac';
import type { ScopeManifest } from '@spanforge/scope';
import { CliError } from '../error.js';

/** Where a manifest or an actor's roles say which server's proxy registered them. */
const SERVER = 'mcp_server';

type Registered = { readonly metadata: Readonly<Record<string, unknown>> };

/** With the name of the server that it is registered for. */
function named<Entry extends Registered>(entry: Entry, server: string | undefined): Entry {
  if (server === undefined) return entry;
  return { ...entry, metadata: { ...entry.metadata, [SERVER]: server } };
}

/** The same, whichever server it was registered for. */
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

/** What to register: nothing where it is so already. Throws where another server says otherwise. */
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
 * The manifest to register. An agent has one in a workspace: a second proxy must not change that of
 * the first one's agent without a word.
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

/** The actor to register, as {@link manifestFor}. @throws {CliError} `CLI_POLICY_CONFLICT`. */
export function actorFor(one: Registration<ActorRoles>): ActorRoles | undefined {
  const { actorId: actor } = one.given;
  return entryFor(one, (server) => {
    const message =
      `the roles of ${actor} were registered by the proxy of server ${server}, and are others; a ` +
      'person has one set of roles in a workspace: give both servers one file of roles';
    return new CliError('CLI_POLICY_CONFLICT', message, { details: { actor, server } });
  });
}
