import { askPolicy, type DecisionScope, type PolicyAnswer } from '@spanforge/core-events';
import { assessArticles } from './articles.js';
import { gather } from './gather.js';
import { readTrace } from './read-trace.js';
import { appendWithin, draftOf } from './record.js';
import { checkRequest } from './request.js';
import { tell } from './sentences.js';
import type { Settings } from './settings.js';
import type { ExplainCall, ExplainRequest, Explanation } from './types.js';

/** Explains, records, answers. */
export async function generate(
  settings: Settings,
  given: ExplainRequest,
  call: ExplainCall,
  extra: { readonly key: string; readonly asksPolicy: boolean },
): Promise<Explanation> {
  const request = checkRequest(given);
  const recorder = call.recorder ?? settings.recorder;
  const context = { ...(call.context ?? settings.context), traceId: request.traceId };
  const { tenant, traceId } = context;
  const trace = await readTrace(settings.reader, { traceId, tenant });
  const gathered = await gather(settings, request, trace);
  const { records, outcome, factors, coverage } = gathered;
  const explains = records.map(({ id }) => id);
  const confidenceThreshold = request.confidenceThreshold ?? settings.confidenceThreshold;
  const { confidence } = request;
  const policy = extra.asksPolicy
    ? await askAboutCoverage(settings, { recorder, context }, coverage)
    : undefined;
  const explanation: Omit<Explanation, 'recordId'> = {
    agentId: request.agentId ?? context.agent,
    modelType: request.modelType ?? 'llm',
    ...(outcome === undefined ? {} : { outcome }),
    ...(confidence === undefined ? {} : { confidence }),
    confidenceThreshold,
    coverage,
    factors,
    explains,
    articles: assessArticles({ explains, factors, confidence, confidenceThreshold }),
    text: tell({ ...gathered, confidence, confidenceThreshold }),
    ...(policy === undefined ? {} : { policy }),
  };
  const output = request.output === undefined ? undefined : { value: request.output };
  const draft = draftOf(explanation, output, context, settings.disclose);
  const recordId = await appendWithin(recorder, draft, {
    maxRetries: settings.maxRetries,
    limitMs: settings.emitTimeoutSec * 1000,
    key: extra.key,
  });
  return Object.freeze({ recordId, ...explanation });
}

/** Asks once. A policy that is not there, fails or is too slow has no say: nothing is let through by it. */
async function askAboutCoverage(
  { policy, clock, emitTimeoutSec }: Settings,
  scope: DecisionScope,
  coverage: number,
): Promise<PolicyAnswer | undefined> {
  const { context } = scope;
  const request = {
    service: 'sf_explain',
    control: 'explanation_generation',
    actor: { id: context.actor },
    agent: { id: context.agent },
    env: context.env,
    observed: coverage,
    time: clock(),
  };
  return (await askPolicy(policy, request, { timeoutMs: emitTimeoutSec * 1000, scope }))?.answer;
}
