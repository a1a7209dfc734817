import {
  createIds,
  type EvidenceReader,
  type TraceListOptions,
  within,
} from '@spanforge/core-events';
import { explanationV1 } from '@spanforge/core-events/records';
import { createBackground } from './background.js';
import { ExplainError } from './error.js';
import { generate } from './generate.js';
import { createGoverned, type GovernedOutput } from './governed.js';
import { outputFactors } from './output-factors.js';
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

/** The question that stands for an output alone. */
function requestAbout(
  output: unknown,
  context: OutputContext,
  defaultThreshold: number,
): ExplainRequest {
  const { traceId, agentId, modelOutputType, confidenceScore, confidenceThreshold } = context;
  const plain = plainOutput(output);
  const threshold = confidenceThreshold ?? defaultThreshold;
  return {
    ...(traceId === undefined ? {} : { traceId }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(modelOutputType === undefined ? {} : { modelType: modelOutputType }),
    ...(confidenceScore === undefined ? {} : { confidence: confidenceScore }),
    ...(confidenceThreshold === undefined ? {} : { confidenceThreshold }),
    factors: outputFactors(plain, { confidence: confidenceScore, threshold }),
    output: plain,
  };
}

async function listExplanations(
  reader: EvidenceReader,
  traceId: string,
  where: TraceListOptions,
): Promise<readonly RecordedExplanation[]> {
  const records = await readTrace(reader, { ...where, traceId, types: [explanationV1.key] });
  return records.map(({ id, index, time, body }) => {
    const { values: _, explainedOutcome, ...said } = explanationV1.fromWire(body);
    const outcome = explainedOutcome === undefined ? {} : { outcome: explainedOutcome };
    return { ...said, ...outcome, recordId: id, index, time } as RecordedExplanation;
  });
}

/**
 * Creates an explain service over an evidence log.
 *
 * @throws {ExplainError} `EXPLAIN_OPTIONS_INVALID` when a number is out of range.
 */
export function createExplain(options: ExplainOptions): Explain {
  const settings = resolveSettings(options);
  const makeId = createIds(settings.clock);
  const beside = createBackground(settings.maxWaiting, settings.onWarning);
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

  const explainOutput = (output: unknown, about: OutputContext, call: ExplainCall) =>
    explainIt(requestAbout(output, about, settings.confidenceThreshold), call, false);

  /** Explains an output of a governed function in the background. */
  async function explainBeside(output: unknown, { about, context }: GovernedOutput): Promise<void> {
    const known = context ?? settings.context;
    if (known === undefined) throw noContextError();
    await explainOutput(output, about, { context: known });
  }

  /** A failure here is only a warning. */
  function start(output: unknown, described: () => GovernedOutput): void {
    const isStarted = beside.start(() => explainBeside(output, described()));
    if (!isStarted) failed += 1;
  }

  return Object.freeze({
    generate: (request: ExplainRequest, call: ExplainCall) => explainIt(request, call, false),
    generateWithPolicy: (request: ExplainRequest, call: ExplainCall) =>
      explainIt(request, call, true),
    explain: explainOutput,
    governed: createGoverned(start),
    listForTrace: (traceId: string, where: TraceListOptions = {}) =>
      listExplanations(settings.reader, traceId, where),
    async getStatus(): Promise<ExplainStatus> {
      const limitMs = settings.emitTimeoutSec * 1000;
      const readable = await within(limitMs, () => settings.reader.size()).then(
        () => true,
        () => false,
      );
      const status = readable ? (failing ? 'degraded' : 'ok') : 'unavailable';
      return { status, explained, failed, waiting: beside.size() };
    },
    flush: beside.flush,
  });
}

function noContextError(): ExplainError {
  const message = 'no context: give one to createExplain or to governed';
  return new ExplainError('EXPLAIN_OPTIONS_INVALID', message, { details: { option: 'context' } });
}
