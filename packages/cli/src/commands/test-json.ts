import {
  type CaseCoverage,
  type CaseResult,
  type MutationReport,
  writtenCase,
} from '@spanforge/policy-workbench/testing';
import { toWire } from '../output/wire.js';

/** A result as JSON; the compared data may have keys of any name. */
export function resultJson({ name, passed, differences, verdict }: CaseResult): object {
  return { name, passed, outcome: verdict.outcome, differences };
}

/** Coverage as JSON. */
export function coverageJson(coverage: CaseCoverage): unknown {
  return toWire(coverage);
}

/** A mutation report as JSON; suggestions have the form of cases in a file. */
export function mutationJson({ survivors, ...counts }: MutationReport): object {
  return {
    ...counts,
    survivors: survivors.map(({ operator, ruleId, change, suggestion }) => ({
      operator,
      ...(ruleId === undefined ? {} : { rule_id: ruleId }),
      change,
      ...(suggestion === undefined ? {} : { suggestion: writtenCase(suggestion) }),
    })),
  };
}
