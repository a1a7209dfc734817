import {
  createDiscloser,
  type Discloser,
  type EvidenceContext,
  type EvidenceReader,
  type EvidenceRecord,
  type Receipt,
  type Recorder,
} from '@spanforge/core-events';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { openDisclosure } from '@spanforge/core-signing';
import { takeSnapshot } from '../model/snapshot.js';
import type { AgentAction, DecisionContext } from './decision-function.js';
import {
  type EnforcementOutcome,
  fromEnforcementOutcome,
  type GovernanceDecision,
  obligationsOf,
  toEnforcementOutcome,
} from './outcome.js';

/** One decision with its context, as documented. */
export interface GovernanceTraceEntry {
  /** RFC 3339, UTC. */
  readonly timestamp: string;
  readonly decision: { readonly outcome: EnforcementOutcome; readonly reason: string };
  readonly agent_action: {
    readonly type: string | null;
    readonly target: string | null;
    readonly parameters: unknown;
  };
  readonly context: {
    readonly user_id: string | null;
    readonly environment: string | null;
    readonly scope: string | null;
  };
  /** Set when the values were erased; the decision itself is still there. */
  readonly erased?: true;
}

/** Options of a governance trace. */
export interface GovernanceTraceOptions {
  readonly log: Recorder & EvidenceReader;
  /** The context of every record. Queries find the decisions of its tenant and project. */
  readonly context: EvidenceContext;
  readonly disclose?: Discloser;
}

/** Decisions with their context, in the evidence log. */
export interface GovernanceTrace {
  /**
   * Records a decision; resolves when it is durable. Action and context are stored as a disclosure;
   * the record itself holds the outcome and the reason.
   *
   * @throws {EventsError} what the log throws when it cannot record it.
   */
  recordDecision(
    decision: GovernanceDecision,
    action: AgentAction,
    context: DecisionContext,
  ): Promise<Receipt>;
  /** Every decision with this outcome, oldest first. @throws {EventsError} `EVENTS_STORE_UNAVAILABLE`. */
  queryByOutcome(outcome: EnforcementOutcome): Promise<readonly GovernanceTraceEntry[]>;
}

const CONTROL = 'decision_function';
const PAGE = 1000;

type Circumstances = Pick<GovernanceTraceEntry, 'agent_action' | 'context'>;

const UNKNOWN: Circumstances = {
  agent_action: { type: null, target: null, parameters: null },
  context: { user_id: null, environment: null, scope: null },
};

function circumstancesOf(action: AgentAction, context: DecisionContext): Circumstances {
  const { type = null, target = null, parameters = null } = action;
  const { user_id = null, env, environment = env ?? null, scope = null } = context;
  return { agent_action: { type, target, parameters }, context: { user_id, environment, scope } };
}

async function entryOf(log: EvidenceReader, record: EvidenceRecord): Promise<GovernanceTraceEntry> {
  const { outcome, reason, values } = policyDecisionV1.fromWire(record.body);
  const known = {
    timestamp: record.time,
    decision: { outcome: toEnforcementOutcome(outcome), reason },
  };
  const disclosed = await log.disclosures(record.index);
  const found = disclosed.find(({ digest }) => digest === values?.entry);
  const opened = found && openDisclosure(found.encoded);
  if (opened?.digest !== values?.entry || opened === undefined) {
    return { ...known, ...UNKNOWN, erased: true };
  }
  return { ...known, ...(opened.value as unknown as Circumstances) };
}

/** Creates a governance trace over an evidence log. */
export function createGovernanceTrace(options: GovernanceTraceOptions): GovernanceTrace {
  const { log, context: place } = options;
  const disclose = options.disclose ?? createDiscloser();
  return Object.freeze({
    async recordDecision(
      decision: GovernanceDecision,
      action: AgentAction,
      context: DecisionContext,
    ) {
      const asked = circumstancesOf(action, context);
      const entry = disclose('entry', takeSnapshot(asked).described);
      const obligations = obligationsOf(decision);
      const body = policyDecisionV1.toWire({
        service: 'sf_govern',
        control: CONTROL,
        outcome: fromEnforcementOutcome(decision.outcome),
        obligations: obligations.length === 0 ? undefined : obligations,
        matched: true,
        rules: [],
        reason: decision.reason,
        reasonCode: `${CONTROL}_${decision.outcome}`,
        values: { entry: entry.digest },
      });
      const draft = { type: policyDecisionV1.key, context: place, body, disclosures: [entry] };
      const appended = await log.append([draft]);
      return (await appended.receipts)[0] as Receipt;
    },
    async queryByOutcome(outcome: EnforcementOutcome) {
      const { tenant, project } = place;
      const found: GovernanceTraceEntry[] = [];
      let cursor: number | undefined = 0;
      while (cursor !== undefined) {
        const page = await log.query({
          tenant,
          project,
          types: [policyDecisionV1.key],
          outcome: fromEnforcementOutcome(outcome),
          cursor,
          limit: PAGE,
        });
        for (const record of page.records) {
          if (record.body.control === CONTROL) found.push(await entryOf(log, record));
        }
        cursor = page.next;
      }
      return found;
    },
  });
}
