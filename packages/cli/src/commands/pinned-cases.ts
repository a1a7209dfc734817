import { type EvidenceRecord, readValues } from '@spanforge/core-events';
import { PolicyError } from '@spanforge/policy';
import { type PolicyCase, pinDecision } from '@spanforge/policy-workbench/testing';
import type { CommandIo } from '../io.js';
import type { Workspace } from '../workspace/workspace.js';
import { withEvidence } from './with-workspace.js';

const DECISION = 'spanforge.policy.decision.v1';
const PAGE = 1000;

/** The policy decisions of a trace, or the one with this id, in log order. */
async function decisions({ log }: Workspace, id: string): Promise<readonly EvidenceRecord[]> {
  const ofTrace: EvidenceRecord[] = [];
  const ofId: EvidenceRecord[] = [];
  let cursor: number | undefined = 0;
  while (cursor !== undefined) {
    const page = await log.query({ types: [DECISION], traceId: id, cursor, limit: PAGE });
    ofTrace.push(...page.records.filter(({ mode }) => mode === 'live'));
    cursor = page.next;
  }
  if (ofTrace.length > 0) return ofTrace;
  cursor = 0;
  while (cursor !== undefined && ofId.length === 0) {
    const page = await log.query({ types: [DECISION], cursor, limit: PAGE });
    ofId.push(...page.records.filter((record) => record.id === id));
    cursor = page.next;
  }
  return ofId;
}

/**
 * Makes cases from past decisions of a workspace: those of a trace, or one by its id.
 *
 * @throws {PolicyError} `POLICY_DECISION_UNKNOWN` when there is none, or one cannot be pinned.
 */
export function pinnedCases(
  io: CommandIo,
  state: string | undefined,
  id: string,
): Promise<readonly PolicyCase[]> {
  return withEvidence(io, state, async (workspace) => {
    const records = await decisions(workspace, id);
    if (records.length === 0) {
      const message = '--from: no policy decision has this id or trace';
      throw new PolicyError('POLICY_DECISION_UNKNOWN', message, { details: { id } });
    }
    return Promise.all(
      records.map(async (record) =>
        pinDecision(record, [
          ...(await workspace.log.disclosures(record.index)),
          ...(await readValues(workspace.log, [record])).values(),
        ]),
      ),
    );
  });
}
