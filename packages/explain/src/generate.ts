import {
  askPolicy,
  type DecisionScope,
  type HeardPolicy,
  policyHasSay,
} from '@spanforge/core-events';
import { assessArticles } from './articles.js';
import { gather } from './gather.js';
import { readTrace } from './read-trace.js';
import { appendWithin, draftOf } from './record.js';
import { checkRequest } from './request.js';
import { tell } from './sentences.js';
import type { ExplainSettings } from './settings.js';
import type { ExplainCall, ExplainRequest, Explanation } from './types.js';

/** Explains, records, answers. */
export async function generate(
  settings: ExplainSettings,
  given: ExplainRequest,
  call: ExplainCall,
  extra: { readonly key: string; readonly asksPolicy: boolean },
): Promise<Explanation> {
  const request = checkRequest(given);
  const recorder = call.recorder ?? settings.recorder;
  const context = { ...call.context, traceId: request.traceId ?? call.context.traceId };
  const { tenant, traceId } = context;
  const trace = await readTrace(settings.reader, { traceId, tenant });
  const gathered = await gather(settings, request, trace);
  const { records, outcome, factors, coverage } = gathered;
  const explains = records.map(({ id }) => id);
  const confidenceThreshold = request.confidenceThreshold ?? settings.confidenceThreshold;
  const { confidence } = request;
  const heard = extra.asksPolicy
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
    ...(heard?.answer === undefined ? {} : { policy: heard.answer }),
    ...(heard?.decisionId === undefined ? {} : { policyDecisionId: heard.decisionId }),
  };
  const output = request.output === undefined ? undefined : { value: request.output };
  const draft = draftOf(explanation, output, context, settings.disclose);
  const recordId = await appendWithin(recorder, draft, {
    maxRetries: settings.maxRetries,
    limitMs: settings.emitTimeoutSec * 1000,
    // A stage takes no idempotency keys, and its receipts come with the commit, so there is one
    // attempt.
    ...(call.recorder === undefined ? { key: extra.key } : {}),
  });
  return Object.freeze({ recordId, ...explanation });
}

const QUESTION = Object.freeze({ service: 'sf_explain', control: 'explanation_generation' });

/**
 * Asks the policy once. A policy that is missing, fails or is too slow gives no verdict, and no
 * verdict allows nothing.
 */
async function askAboutCoverage(
  { policy, clock, emitTimeoutSec }: ExplainSettings,
  scope: DecisionScope,
  coverage: number,
): Promise<HeardPolicy | undefined> {
  const { context } = scope;
  if (!policyHasSay(policy, { ...QUESTION, context })) return undefined;
  const request = {
    ...QUESTION,
    actor: { id: context.actor },
    agent: { id: context.agent },
    env: context.env,
    observed: coverage,
    time: clock(),
  };
  return askPolicy(policy, request, { timeoutMs: emitTimeoutSec * 1000, scope });
}
