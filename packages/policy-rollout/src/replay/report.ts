import type { Outcome, PolicyReference } from '@spanforge/core-events';
import {
  type Breakdown,
  type ChangeCounts,
  type CountEntries,
  Counter,
  changeCounts,
  MAX_NAMES,
  type NamedCountEntries,
  NamedCounters,
  type OutcomeCounts,
  type ReplayVerdict,
} from './counts.js';
import type {
  DecidedSide,
  NotReplayable,
  NotReplayableReason,
  RecordedDecision,
} from './recorded.js';

/** A recorded decision, and its subject. */
export interface DecisionPlace {
  readonly id: string;
  readonly traceId: string;
  readonly tenant: string;
  readonly service: string;
  readonly control: string;
  readonly tool?: string;
}

/** The subject of a recorded decision, without the decision. */
export function placeOf(decision: RecordedDecision): DecisionPlace {
  const { id, traceId, tenant, service, control, tool } = decision;
  return tool === undefined
    ? { id, traceId, tenant, service, control }
    : { id, traceId, tenant, service, control, tool };
}

/** One recorded decision, and its result with the candidate. */
export interface ReplayedDecision extends DecisionPlace {
  readonly verdict: ReplayVerdict;
  /** The recorded verdict; absent if it is not known. */
  readonly before?: DecidedSide;
  /** The candidate's verdict; absent if the decision cannot be replayed. */
  readonly after?: DecidedSide;
  readonly missing?: NotReplayable;
}

/** The changes by a candidate. */
export interface ReplayReport {
  readonly candidate: PolicyReference;
  /** Absent if the candidate was compared with the recorded verdicts. */
  readonly baseline?: PolicyReference;
  readonly decisions: number;
  readonly counts: ChangeCounts;
  /** Why decisions could not be made again; reasons that never occurred are left out. */
  readonly reasons: Readonly<Partial<Record<NotReplayableReason, number>>>;
  /** Outcomes of the decisions that were made again, before and after. */
  readonly before: OutcomeCounts;
  readonly after: OutcomeCounts;
  /** By the rules that applied on either side. */
  readonly byRule: Breakdown<ChangeCounts>;
  /** Decisions about no tool stand under the empty name. */
  readonly byTool: Breakdown<ChangeCounts>;
  readonly byTenant: Breakdown<ChangeCounts>;
  /** The first of each kind that is not `same`, up to the number asked for, in order. */
  readonly differences: readonly ReplayedDecision[];
}

/** What a report gathers of a part of the decisions, as plain data: it may come from another thread. */
export interface ReportPart {
  readonly decisions: number;
  readonly counts: CountEntries<ReplayVerdict>;
  readonly reasons: CountEntries<NotReplayableReason>;
  readonly before: CountEntries<Outcome>;
  readonly after: CountEntries<Outcome>;
  readonly byRule: NamedCountEntries<ReplayVerdict>;
  readonly byTool: NamedCountEntries<ReplayVerdict>;
  readonly byTenant: NamedCountEntries<ReplayVerdict>;
  readonly differences: readonly ReplayedDecision[];
}

/** Gathers a report, decision by decision or part by part, in bounded memory. */
export interface ReportBuilder {
  add(decision: ReplayedDecision): void;
  /** Adds the decisions that come next, which another builder has gathered with the same `keep`. */
  join(part: ReportPart): void;
  part(): ReportPart;
  build(): ReplayReport;
}

/**
 * @param keep Decisions of each kind of difference that are kept.
 * @param names Names in each breakdown. A part must not have a limit: which names count together is known
 *   when parts are joined.
 */
export function createReport(
  candidate: PolicyReference,
  baseline: PolicyReference | undefined,
  keep: number,
  names: number = MAX_NAMES,
): ReportBuilder {
  const counts = new Counter<ReplayVerdict>();
  const reasons = new Counter<NotReplayableReason>();
  const [before, after] = [new Counter<Outcome>(), new Counter<Outcome>()];
  const byRule = new NamedCounters<ReplayVerdict>(names);
  const byTool = new NamedCounters<ReplayVerdict>(names);
  const byTenant = new NamedCounters<ReplayVerdict>(names);
  const differences: ReplayedDecision[] = [];
  const kept = new Counter<ReplayVerdict>();
  const keepOne = (decision: ReplayedDecision): void => {
    const { verdict } = decision;
    if (verdict === 'same' || kept.get(verdict) >= keep) return;
    kept.add(verdict);
    differences.push(decision);
  };
  let decisions = 0;
  return {
    add(decision) {
      const { verdict } = decision;
      decisions += 1;
      counts.add(verdict);
      byTool.of(decision.tool ?? '').add(verdict);
      byTenant.of(decision.tenant).add(verdict);
      for (const rule of rulesOf(decision.before, decision.after)) byRule.of(rule).add(verdict);
      if (decision.missing) reasons.add(decision.missing.reason);
      else {
        if (decision.before) before.add(decision.before.outcome);
        if (decision.after) after.add(decision.after.outcome);
      }
      keepOne(decision);
    },
    join(part) {
      decisions += part.decisions;
      counts.join(part.counts);
      reasons.join(part.reasons);
      before.join(part.before);
      after.join(part.after);
      byRule.join(part.byRule);
      byTool.join(part.byTool);
      byTenant.join(part.byTenant);
      for (const decision of part.differences) keepOne(decision);
    },
    part: () => ({
      decisions,
      counts: counts.entries(),
      reasons: reasons.entries(),
      before: before.entries(),
      after: after.entries(),
      byRule: byRule.entries(),
      byTool: byTool.entries(),
      byTenant: byTenant.entries(),
      differences,
    }),
    build: () => ({
      candidate,
      ...(baseline === undefined ? {} : { baseline }),
      decisions,
      counts: changeCounts(counts),
      reasons: reasons.toObject(),
      before: before.toObject(),
      after: after.toObject(),
      byRule: byRule.breakdown(changeCounts),
      byTool: byTool.breakdown(changeCounts),
      byTenant: byTenant.breakdown(changeCounts),
      differences,
    }),
  };
}

/** The rules that counted on either side, each once. */
export function rulesOf(...sides: readonly (DecidedSide | undefined)[]): readonly string[] {
  const rules: string[] = [];
  for (const side of sides) {
    for (const { ruleId, finding } of side?.rules ?? []) {
      if (finding !== 'shadow' && !rules.includes(ruleId)) rules.push(ruleId);
    }
  }
  return rules;
}
