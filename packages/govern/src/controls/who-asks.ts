import type { ControlDecision, RuleFinding } from '@spanforge/core-events';
import { isText } from './obligation.js';

/**
 * The rules that ask for a person, by their ids; a control that names none stands for itself, with
 * the code of its reason.
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

/** The rules that block or hold a call, for what its agent is told. */
export function objectionsOf({ rules }: Pick<ControlDecision, 'rules'>): readonly RuleFinding[] {
  const found = Array.isArray(rules) ? rules : [];
  return found.filter(
    ({ finding, action, ruleId }) =>
      finding !== 'shadow' &&
      (action === 'block' || action === 'human_review') &&
      isText(ruleId, 512),
  );
}
