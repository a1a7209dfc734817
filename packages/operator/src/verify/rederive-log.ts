import {
  type EvidenceRecord,
  eachRecord,
  type RecordQuery,
  readValues,
} from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { openDisclosure } from '@spanforge/core-signing';
import type { OperatorLog } from '../log-state.js';
import { gatherPolicies } from '../package/policies.js';
import { objectOf } from '../trace/body.js';
import { readPrunings, wasPruned } from '../trace/prunings.js';
import { type PolicyRederiver, takeAgain } from './rederive.js';
import type { RederivedDecision } from './report.js';
import type { DisclosedValues } from './values.js';

/** Why a decision of a log cannot be taken again. */
export type RederivationLoss = 'erased' | 'pruned' | 'missing';

/** A decision of a log that came out differently, or cannot be taken again. */
export interface LogRederivedDecision {
  readonly index: number;
  readonly id: string;
  readonly traceId: string;
  readonly status: 'different' | 'not_rederivable';
  /** The parts that differ, or the values that are missing. */
  readonly parts: readonly string[];
  /** Why it cannot be taken again. */
  readonly loss?: RederivationLoss;
}

/** Which decisions of a log still follow from their policies. */
export interface RederivationReport {
  readonly same: number;
  readonly different: number;
  readonly notRederivable: Readonly<Record<RederivationLoss, number>>;
  /** The first thousand decisions that differ or cannot be taken again. */
  readonly decisions: readonly LogRederivedDecision[];
}

/** How a log's decisions are taken again. */
export interface RederiveLogOptions {
  readonly rederive: PolicyRederiver;
  readonly query?: Omit<RecordQuery, 'types'>;
  /** Whether the values of the person who acted in a record were erased; assumed not when absent. */
  readonly wasErased?: (record: EvidenceRecord) => Promise<boolean>;
}

const MAX_LISTED = 1000;
const AT_ONCE = 200;

async function openedIn(
  log: OperatorLog,
  records: readonly EvidenceRecord[],
): Promise<DisclosedValues> {
  const opened = new Map<string, { readonly name: string; readonly value: unknown }>();
  for (const [digest, { encoded }] of await readValues(log, records)) {
    const { name, value } = openDisclosure(encoded, { maxBytes: 67_108_864 });
    opened.set(digest, { name, value });
  }
  return opened;
}

/** Whether a value that the decision names is missing; otherwise only its policy is. */
const lacksValue = ({ body }: EvidenceRecord, missing: readonly string[]): boolean =>
  missing.some((name) => Object.hasOwn(objectOf(body, 'values') ?? {}, name));

/**
 * Takes every policy decision of a log again, from the bundles and values it still has; after an
 * erasure or pruning this shows which decisions still follow from their policies. Reads the log in
 * pages, and counts decisions it cannot take again by the reason: `erased` with their subject,
 * `pruned` after their retention, or `missing`.
 *
 * @throws {EventsError} of the reader.
 */
export async function rederiveLog(
  log: OperatorLog,
  { rederive, query = {}, wasErased }: RederiveLogOptions,
): Promise<RederivationReport> {
  const prunings = await readPrunings(log);
  const lost: Record<RederivationLoss, number> = { erased: 0, pruned: 0, missing: 0 };
  const counts = { same: 0, different: 0 };
  const decisions: LogRederivedDecision[] = [];
  const list = (one: LogRederivedDecision): void => {
    if (decisions.length < MAX_LISTED) decisions.push(one);
  };

  async function lossOf(record: EvidenceRecord, missing: readonly string[]) {
    if (!lacksValue(record, missing)) return 'missing';
    if (await wasErased?.(record)) return 'erased';
    return wasPruned(record, prunings) ? 'pruned' : 'missing';
  }

  async function note(record: EvidenceRecord, decision: RederivedDecision): Promise<void> {
    const { index, id, context } = record;
    const place = { index, id, traceId: context.traceId };
    if (decision.status === 'same') counts.same += 1;
    else if (decision.status === 'different') {
      counts.different += 1;
      list({ ...place, status: 'different', parts: decision.parts });
    } else {
      const loss = await lossOf(record, decision.missing);
      lost[loss] += 1;
      list({ ...place, status: 'not_rederivable', parts: decision.missing, loss });
    }
  }

  async function take(records: readonly EvidenceRecord[]): Promise<void> {
    const policies = new Map((await gatherPolicies(log, records)).members);
    const opened = await openedIn(log, records);
    for (const record of records) {
      await note(record, takeAgain(record, policies, opened, rederive));
    }
  }

  let waiting: EvidenceRecord[] = [];
  for await (const record of eachRecord(log, { ...query, types: [policyDecisionV1.key] })) {
    waiting.push(record);
    if (waiting.length < AT_ONCE) continue;
    await take(waiting);
    waiting = [];
  }
  await take(waiting);
  return { ...counts, notRederivable: lost, decisions };
}
