import { createIds } from '@spanforge/core-events';
import { explanationV1 } from '@spanforge/core-events/records';
import { generate } from './generate.js';
import { createGoverned } from './governed.js';
import { plainOutput } from './plain-output.js';
import { readTrace } from './read-trace.js';
import { resolveSettings } from './settings.js';
import type {
  Explain,
  ExplainCall,
  ExplainOptions,
  ExplainRequest,
  ExplainStatus,
  Explanation,
  OutputContext,
  RecordedExplanation,
} from './types.js';

/**
 * Creates an explain service over an evidence log.
 *
 * @throws {ExplainError} `EXPLAIN_OPTIONS_INVALID` when a number is out of range.
 */
export function createExplain(options: ExplainOptions): Explain {
  const settings = resolveSettings(options);
  const makeId = createIds(settings.clock);
  const waiting = new Set<Promise<void>>();
  let explained = 0;
  let failed = 0;
  let failing = false;

  async function explainIt(
    request: ExplainRequest,
    call: ExplainCall,
    asksPolicy: boolean,
  ): Promise<Explanation> {
    try {
      const extra = { key: `explain:${makeId()}`, asksPolicy };
      const explanation = await generate(settings, request, call, extra);
      explained += 1;
      failing = false;
      return explanation;
    } catch (error) {
      failed += 1;
      failing = true;
      throw error;
    }
  }

  function explainOutput(output: unknown, context: OutputContext, call: ExplainCall) {
    const { traceId, agentId, modelOutputType, confidenceScore, confidenceThreshold } = context;
    const request: ExplainRequest = {
      traceId: traceId ?? (call.context ?? settings.context).traceId,
      ...(agentId === undefined ? {} : { agentId }),
      ...(modelOutputType === undefined ? {} : { modelType: modelOutputType }),
      ...(confidenceScore === undefined ? {} : { confidence: confidenceScore }),
      ...(confidenceThreshold === undefined ? {} : { confidenceThreshold }),
      output: plainOutput(output),
    };
    return explainIt(request, call, false);
  }

  function warn(message: string, cause: unknown): void {
    try {
      settings.onWarning?.({ message, cause });
    } catch {
      // A handler that fails must not reach the governed function either.
    }
  }

  /** Beside the governed function: whatever goes wrong here is a warning. */
  function start(output: unknown, context: () => OutputContext): void {
    if (waiting.size >= settings.maxWaiting) {
      failed += 1;
      warn('too many explanations are under way; this one was left out', undefined);
      return;
    }
    const work = Promise.resolve()
      .then(() => explainOutput(output, context(), {}))
      .then(
        () => undefined,
        (cause: unknown) => warn('an output could not be explained', cause),
      );
    waiting.add(work);
    void work.then(() => waiting.delete(work));
  }

  return Object.freeze({
    generate: (request: ExplainRequest, call: ExplainCall = {}) => explainIt(request, call, false),
    generateWithPolicy: (request: ExplainRequest, call: ExplainCall = {}) =>
      explainIt(request, call, true),
    explain: (output: unknown, context: OutputContext = {}, call: ExplainCall = {}) =>
      explainOutput(output, context, call),
    governed: createGoverned(start),
    async listForTrace(traceId: string): Promise<readonly RecordedExplanation[]> {
      const { tenant } = settings.context;
      const where = { traceId, tenant, types: [explanationV1.key] };
      const records = await readTrace(settings.reader, where);
      return records.map(({ id, index, time, body }) => {
        const { values: _, explainedOutcome, ...said } = explanationV1.fromWire(body);
        const outcome = explainedOutcome === undefined ? {} : { outcome: explainedOutcome };
        return { ...said, ...outcome, recordId: id, index, time } as RecordedExplanation;
      });
    },
    getStatus(): ExplainStatus {
      const status = failing ? 'failing' : waiting.size > 0 ? 'behind' : 'ok';
      return { status, explained, failed, waiting: waiting.size };
    },
    async flush(): Promise<void> {
      while (waiting.size > 0) await Promise.all(waiting);
    },
  });
}
