import { within } from '@spanforge/core-events';
import { isObligation } from '../controls/obligation.js';
import { GovernError } from '../error.js';
import type { CallControl } from '../model/call.js';
import { takeSnapshot } from '../model/snapshot.js';
import { combineDecisions } from './combine.js';
import {
  ENFORCEMENT_OUTCOMES,
  fromEnforcementOutcome,
  type GovernanceDecision,
  obligationsOf,
} from './outcome.js';

/** What an agent wants to do. */
export interface AgentAction {
  readonly type?: string;
  readonly target?: string;
  readonly parameters?: unknown;
  readonly [key: string]: unknown;
}

/** The circumstances; `env` and `environment` mean the same. */
export interface DecisionContext {
  readonly user_id?: string;
  readonly env?: string;
  readonly environment?: string;
  readonly scope?: string;
  readonly [key: string]: unknown;
}

/** One named policy. An error, or an answer that is not a decision, counts as a denial. */
export type PolicyFunction = (
  action: AgentAction,
  context: DecisionContext,
) => GovernanceDecision | Promise<GovernanceDecision>;

/** Several policies as one. */
export interface DecisionFunction {
  /** Asks every policy and combines the answers. Never rejects. */
  evaluate(action: AgentAction, context: DecisionContext): Promise<GovernanceDecision>;
}

/** Options of a decision function. */
export interface DecisionFunctionOptions {
  /** How long one policy may take; default 5000 ms. A late answer counts as a denial. */
  readonly timeoutMs?: number;
}

function isDecision(value: unknown): value is GovernanceDecision {
  if (typeof value !== 'object' || value === null) return false;
  const { outcome, reason, obligations } = value as GovernanceDecision;
  return (
    ENFORCEMENT_OUTCOMES.includes(outcome) &&
    typeof reason === 'string' &&
    (obligations === undefined || (Array.isArray(obligations) && obligations.every(isObligation)))
  );
}

const denied = (reason: string): GovernanceDecision => ({ outcome: 'deny', reason });

async function askPolicy(
  name: string,
  policy: () => unknown,
  limitMs: number,
): Promise<GovernanceDecision> {
  try {
    const answer = await within(limitMs, async () => policy());
    return isDecision(answer) ? answer : denied(`policy ${name} gave no decision`);
  } catch {
    return denied(`policy ${name} failed`);
  }
}

/**
 * Creates a decision function over named policies.
 *
 * @throws {GovernError} `GOVERN_OPTIONS_INVALID` without a policy, because nothing would decide.
 */
export function createDecisionFunction(
  policies: Readonly<Record<string, PolicyFunction>>,
  { timeoutMs = 5000 }: DecisionFunctionOptions = {},
): DecisionFunction {
  const named = Object.entries(policies);
  if (named.length === 0 || named.some(([, policy]) => typeof policy !== 'function')) {
    throw new GovernError(
      'GOVERN_OPTIONS_INVALID',
      'policies: expected at least one function by name',
      {
        details: { path: '$.policies' },
      },
    );
  }
  return Object.freeze({
    async evaluate(action: AgentAction, context: DecisionContext) {
      let asked: { action: AgentAction; context: DecisionContext };
      try {
        asked = takeSnapshot({ action, context }).value as typeof asked;
      } catch {
        return combineDecisions([denied('the action cannot be read')]);
      }
      const asking = named.map(([name, policy]) =>
        askPolicy(name, () => policy(asked.action, asked.context), timeoutMs),
      );
      return combineDecisions(await Promise.all(asking));
    },
  });
}

/**
 * A decision function as a control of a governor: the action's type is the call's action, its
 * target the resource, its parameters the arguments. The decision stands in the call's own records.
 */
export function decisionControl(decisions: DecisionFunction): CallControl {
  return async ({ action, resource, args, context }) => {
    const asked = { type: action, target: resource, parameters: args };
    const { actor, env, project } = context;
    const decision = await decisions.evaluate(asked, { user_id: actor, env, scope: project });
    return {
      outcome: fromEnforcementOutcome(decision.outcome),
      obligations: obligationsOf(decision),
      reason: decision.reason,
      reasonCode: `decision_function_${decision.outcome}`,
    };
  };
}
