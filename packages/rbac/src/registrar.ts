import { EventsError, type RecordDraft, type Recorder } from '@spanforge/core-events';
import type { Projected, Projection } from '@spanforge/core-events/log';
import { type ManifestActorBody, manifestActorV1 } from '@spanforge/core-events/records';
import { parseActor } from './actor.js';
import { RbacError } from './error.js';
import { ACTOR_TYPE, type ActorRegistry } from './registry.js';
import type { Rbac, RbacCall } from './types.js';

/** The error of a state that cannot be read; `recorded` says whether a change is in the log. */
export function stateUnavailableError(cause: unknown, recorded = false): RbacError {
  return new RbacError('RBAC_STATE_UNAVAILABLE', 'the registered roles cannot be read', {
    details: { recorded },
    cause,
  });
}

/** Says which member of the record is not valid, such as `$.run` of an incomplete context. */
function evidenceUnavailableError(cause: unknown): RbacError {
  const invalid = EventsError.is(cause) && cause.code === 'EVENTS_RECORD_INVALID';
  const why = invalid ? `: ${cause.message}` : '';
  return new RbacError('RBAC_EVIDENCE_UNAVAILABLE', `the change cannot be recorded${why}`, {
    cause,
  });
}

/** Creates the administrative half of the service: it writes, then reads to the end of the log. */
export function createRegistrar(parts: {
  readonly recorder: Recorder;
  readonly projection: Projection<ActorRegistry>;
}): Pick<Rbac, 'registerActor' | 'unregister'> {
  const { projection } = parts;

  const refresh = (recorded: boolean): Promise<Projected<ActorRegistry>> =>
    projection.refresh().catch((cause: unknown) => {
      throw stateUnavailableError(cause, recorded);
    });

  async function write(draft: RecordDraft, recorder: Recorder): Promise<void> {
    try {
      const appended = await recorder.append([draft]);
      await appended.receipts;
    } catch (cause) {
      throw evidenceUnavailableError(cause);
    }
    await refresh(true);
  }

  const ownContext = (call: RbacCall): RbacCall['context'] => Object.freeze({ ...call.context });

  return {
    async registerActor(value, call) {
      const actor = parseActor(value);
      const context = ownContext(call);
      // The body's maps are the same, only not readonly to the eye.
      const { verifiedBy = 'host' } = call;
      const body = manifestActorV1.toWire({ ...actor, verifiedBy } as ManifestActorBody);
      await write({ type: ACTOR_TYPE, context, body }, call.recorder ?? parts.recorder);
      return actor;
    },
    async unregister(actorId, call) {
      const context = ownContext(call);
      const { state, size } = await refresh(false);
      if (state.find(context.tenant, actorId) === undefined) return false;
      const body = manifestActorV1.toWire({ actorId, removed: true });
      const draft: RecordDraft = { type: ACTOR_TYPE, context, body, stateSize: size };
      await write(draft, call.recorder ?? parts.recorder);
      return true;
    },
  };
}
