import type { RecordDraft } from '@spanforge/core-events';
import { policyReplayV1 } from '@spanforge/core-events/records';
import type { PolicyBundle } from '@spanforge/policy';
import type { WorkspaceConfig } from '../workspace/config.js';
import type { ReplayedFile } from './replay-file.js';

/** Who replayed what. */
export interface ReplayFacts {
  readonly config: WorkspaceConfig;
  readonly bundle: PolicyBundle;
  readonly agent: string;
  readonly actor: string;
  /** Name of this run and trace. */
  readonly run: string;
  /** What writes the record, as `name@semver`. */
  readonly source: string;
}

/** The one record of a whole replay: digests and counts, in mode `replay`. */
export function replayDraft(replayed: ReplayedFile, facts: ReplayFacts): RecordDraft {
  const { config, bundle, agent, actor, run, source } = facts;
  const { runs, calls, outcomes, indeterminate, rules } = replayed.totals;
  const { inputSha256, reportSha256 } = replayed;
  return {
    type: policyReplayV1.key,
    mode: 'replay',
    policy: { id: bundle.policyId, version: bundle.version, digest: bundle.digest },
    context: {
      tenant: config.tenant,
      project: config.project,
      env: bundle.environment,
      run,
      traceId: run,
      agent,
      actor,
      source,
    },
    body: policyReplayV1.toWire({
      policyDigest: bundle.digest,
      inputSha256,
      reportSha256,
      runs,
      calls,
      outcomes,
      indeterminate,
      rules,
    }),
  };
}
