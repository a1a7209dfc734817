import type { ControlDecision, RuleFinding } from '@spanforge/core-events';
import { isText } from './obligation.js';

/**
 * Ids of the rules that ask for a person; for a control that names no rules, the control and its
 * reason code.
 */
export function whoAsks(
  control: string,
  { rules, reasonCode }: Pick<ControlDecision, 'rules' | 'reasonCode'>,
): readonly string[] {
  const found = Array.isArray(rules) ? rules : [];
  const ids = found
    .filter(({ finding, action }) => finding !== 'shadow' && action === 'human_review')
    .map(({ ruleId }) => ruleId)
    .filter((ruleId) => isText(ruleId, 512));
  return ids.length > 0 ? ids : [`${control}/${reasonCode}`.slice(0, 512)];
}

/** The rules that block or hold a call, for the advice to its agent. */
export function objectionsOf({ rules }: Pick<ControlDecision, 'rules'>): readonly RuleFinding[] {
  const found = Array.isArray(rules) ? rules : [];
  return found.filter(
    ({ finding, action, ruleId }) =>
      finding !== 'shadow' &&
      (action === 'block' || action === 'human_review') &&
      isText(ruleId, 512),
  );
}
