import {
  EventsError,
  type EvidenceContext,
  type RecordDraft,
  type Recorder,
  within,
} from '@spanforge/core-events';
import type { Projected, Projection } from '@spanforge/core-events/log';
import { manifestAgentV1 } from '@spanforge/core-events/records';
import { findWidening, resolveChain } from './delegation.js';
import { ScopeError } from './error.js';
import { parseManifest, type ScopeManifest, toRecordBody } from './manifest.js';
import { MANIFEST_TYPE, type ManifestRegistry } from './registry.js';
import type { Scope, ScopeCall } from './types.js';

type Registrar = Pick<Scope, 'registerAgent' | 'unregister' | 'getManifest'> & {
  /** @throws {ScopeError} `SCOPE_STATE_UNAVAILABLE`. */
  readState(): Promise<ManifestRegistry>;
};

function stateUnavailableError(cause: unknown, recorded: boolean): ScopeError {
  return new ScopeError('SCOPE_STATE_UNAVAILABLE', 'the registered manifests cannot be read', {
    details: { recorded },
    cause,
  });
}

/** Says which member of the record is not valid, such as `$.run` of an incomplete context. */
function evidenceUnavailableError(cause: unknown): ScopeError {
  const invalid = EventsError.is(cause) && cause.code === 'EVENTS_RECORD_INVALID';
  const why = invalid ? `: ${cause.message}` : '';
  return new ScopeError('SCOPE_EVIDENCE_UNAVAILABLE', `the change cannot be recorded${why}`, {
    cause,
  });
}

function invalidDelegationError(path: string, fault: string): ScopeError {
  return new ScopeError('SCOPE_DELEGATION_INVALID', `manifest: ${path}: ${fault}`, {
    details: { path, fault },
  });
}

function checkDelegation(
  registry: ManifestRegistry,
  tenant: string,
  manifest: ScopeManifest,
): void {
  if (manifest.delegatedFrom === undefined) return;
  const parent = registry.find(tenant, manifest.delegatedFrom);
  if (parent === undefined) throw invalidDelegationError('$.delegatedFrom', 'no such manifest');
  const chain = resolveChain(
    (agentId) => (agentId === manifest.agentId ? manifest : registry.find(tenant, agentId)),
    manifest.agentId,
  );
  if (chain.broken) throw invalidDelegationError('$.delegatedFrom', 'not a finite chain');
  const wider = findWidening(manifest, parent);
  if (wider !== undefined)
    throw invalidDelegationError(wider, 'wider than the manifest it is delegated from');
}

/** Creates the administrative half of the service: it writes, then reads to the end of the log. */
export function createRegistrar(parts: {
  readonly recorder: Recorder;
  readonly projection: Projection<ManifestRegistry>;
  readonly lookupTimeoutMs: number;
  /** Called once the log has taken a record. */
  readonly onRecorded: () => void;
}): Registrar {
  const { projection, onRecorded } = parts;

  const refresh = (recorded: boolean): Promise<Projected<ManifestRegistry>> =>
    projection.refresh().catch((cause: unknown) => {
      throw stateUnavailableError(cause, recorded);
    });

  async function write(body: RecordDraft['body'], call: ScopeCall, stateSize: number) {
    const { context, recorder = parts.recorder } = call;
    try {
      const draft: RecordDraft = { type: MANIFEST_TYPE, context, body, stateSize };
      const appended = await recorder.append([draft]);
      await appended.receipts;
    } catch (cause) {
      throw evidenceUnavailableError(cause);
    }
    onRecorded();
    await refresh(true);
  }

  const readState = (): Promise<ManifestRegistry> =>
    within(parts.lookupTimeoutMs, () => projection.current()).then(
      ({ state }) => state,
      (cause: unknown) => {
        throw stateUnavailableError(cause, false);
      },
    );

  const ownCopy = (call: ScopeCall): ScopeCall & { readonly context: EvidenceContext } => ({
    ...call,
    context: Object.freeze({ ...call.context }),
  });

  return {
    async registerAgent(value, call) {
      const manifest = parseManifest(value);
      const own = ownCopy(call);
      const { tenant } = own.context;
      if (manifest.tenant !== undefined && manifest.tenant !== tenant) {
        throw new ScopeError('SCOPE_TENANT_MISMATCH', 'the manifest names another tenant');
      }
      const { state, size } = await refresh(false);
      checkDelegation(state, tenant, manifest);
      await write(manifestAgentV1.toWire(toRecordBody(manifest)), own, size);
      return manifest;
    },
    async unregister(agentId, call) {
      const own = ownCopy(call);
      const { state, size } = await refresh(false);
      if (state.find(own.context.tenant, agentId) === undefined) return false;
      await write(manifestAgentV1.toWire({ agentId, removed: true }), own, size);
      return true;
    },
    getManifest: async (agentId, { tenant }) => (await readState()).find(tenant, agentId),
    readState,
  };
}
