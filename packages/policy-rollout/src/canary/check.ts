import type { EvidenceContext, EvidenceReader, Recorder } from '@spanforge/core-events';
import type { Projection } from '@spanforge/core-events/log';
import { type ActionOptions, createActions } from './actions.js';
import type { CheckedCanaryConfig } from './config.js';
import type { PendingObservations } from './pending.js';
import type { CanaryReport } from './report.js';
import type { CanaryState } from './state.js';
import { hold, type TurnParts, takeTurn } from './take-turn.js';

interface Parts extends ActionOptions {
  readonly config: CheckedCanaryConfig;
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  readonly context: EvidenceContext;
  readonly clock: () => number;
  readonly pending: PendingObservations;
  readonly projection: Projection<CanaryState>;
}

/** The part of the controller that writes and acts. */
export interface Check {
  check(): Promise<CanaryReport>;
  /** True after a rollback that could not be recorded: this process uses the baseline. */
  isStopped(): boolean;
}

/**
 * The largest number of attempts in one check. Each writes a record, or finds that another replica
 * did.
 */
const MAX_TURNS = 60;

export function createCheck(options: Parts): Check {
  const { config, recorder, reader, context, clock, pending, projection } = options;
  const actions = createActions(options);
  const parts: TurnParts = {
    ...{ config, recorder, reader, context, clock, pending, actions },
    unrecorded: undefined,
  };
  let running: Promise<CanaryReport> | undefined;

  async function evaluate(): Promise<CanaryReport> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      let state: CanaryState;
      try {
        ({ state } = await projection.refresh());
      } catch {
        return hold(parts, 'state_unavailable');
      }
      if (state.unreadable) return hold(parts, 'state_unavailable');
      const report = await takeTurn(parts, state.progress);
      if (report !== undefined) return report;
    }
    return hold(parts, 'contended');
  }

  return {
    /** One at a time: a request during a check gets the result of that check. */
    check() {
      running ??= evaluate().finally(() => {
        running = undefined;
      });
      return running;
    },
    isStopped: () => parts.unrecorded !== undefined,
  };
}
