import type { PolicyRequest } from '@spanforge/core-events';
import { createExplain } from '@spanforge/explain';
import { compileBundle, type Decider } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { explainDecision } from '@spanforge/policy-workbench';
import type { Workspace } from 'spanforge';
import { administration } from './context.js';

/** The nearest request that would have been let further, as the policy of the desk has it. */
function nearestLooser(decider: Decider, request: unknown): string | undefined {
  const { looser } = explainDecision(decider, request as PolicyRequest);
  return looser[0]?.text;
}

/** Puts on record why something was decided, and gives the sentences. */
export type Why = (traceId: string) => Promise<string>;

export function openWhy({ log }: Workspace, policyText: string, run: string): Why {
  const decider = compileBundle(parseBundleYaml(policyText));
  const explain = createExplain({
    recorder: log,
    reader: log,
    counterfactual: (_, request) => nearestLooser(decider, request),
  });
  return async (traceId) =>
    (await explain.generate({ traceId }, { context: administration(run) })).text;
}
