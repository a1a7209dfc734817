import { createDiscloser, createRandom, type RecordDraft } from '@spanforge/core-events';
import { explanationV1, groundingV1, lineageV1 } from '@spanforge/core-events/records';
import { describe, expect, it } from 'vitest';
import { contextOf, openTestLog, record } from '../test-log.js';
import { formatTrace } from './format.js';

const disclose = createDiscloser(createRandom());
const context = contextOf('answered');

function withValues(
  type: string,
  texts: Readonly<Record<string, string>>,
  body: (values: Readonly<Record<string, string>>) => RecordDraft['body'],
): RecordDraft {
  const disclosures = Object.entries(texts).map(([name, text]) => disclose(name, text));
  const values = Object.fromEntries(disclosures.map(({ name, digest }) => [name, digest]));
  return { type, context, body: body(values), disclosures };
}

const explanation = withValues(
  explanationV1.key,
  { text: 'Blocked, since the amount is over 1000.', output: 'the output itself' },
  (values) =>
    explanationV1.toWire({
      agentId: 'refund-bot',
      modelType: 'llm',
      confidence: 0.9,
      confidenceThreshold: 0.7,
      coverage: 1,
      factors: [
        { name: 'channel', weight: 0.2, contribution: 0.1, confidence: 1, evidence: [] },
        { name: 'amount', weight: 0.8, contribution: -0.5, confidence: 1, evidence: [] },
      ],
      explains: [],
      articles: [{ article: '13', status: 'evidence_present', field: 'factors' }],
      values,
    }),
);

const claimOf = (claim: number, score: number) => ({
  claim,
  score,
  verdict: score < 0.5 ? ('ungrounded' as const) : ('grounded' as const),
  support: [{ sourceId: 'handbook' }],
  ...(score < 0.5 ? { cues: ['figure_missing'] } : {}),
});

const grounding = withValues(
  groundingV1.key,
  { answer: 'both claims', claim_0: 'Refunds take 30 days.', claim_1: 'Refunds are free.' },
  (values) =>
    groundingV1.toWire({
      average: 0.55,
      status: 'partially_grounded',
      threshold: 0.6,
      claimThreshold: 0.5,
      scorer: { name: 'spanforge-lexical', version: '1.0.0' },
      claims: [claimOf(0, 0.2), claimOf(1, 0.9)],
      claimCount: 2,
      sourceCount: 1,
      withheldCount: 1,
      outcome: 'allow+log',
      reason: 'One claim is not supported.',
      reasonCode: 'partially_grounded',
      values,
    }),
);

const lineage: RecordDraft = {
  type: lineageV1.key,
  context,
  body: lineageV1.toWire({
    activity: 'summarise',
    kind: 'generation',
    inputs: [{ id: 's3://handbook/1' }],
    outputs: [{ id: 'answer-1', labels: ['untrusted'] }],
    subjects: ['answer-1'],
  }),
};

describe('what the evidence services say of a trace', () => {
  it('names each factor once', async () => {
    const { log, operator } = await openTestLog();
    const again = [0.8, 0.5, 0.5].map((weight) => ({
      ...{ name: 'amount', weight, contribution: -weight, confidence: 1, evidence: [] },
    }));
    const other = { name: 'channel', weight: 0.2, contribution: 0.1, confidence: 1, evidence: [] };
    await record(log, {
      ...explanation,
      body: { ...(explanation.body as object), factors: [...again, other] },
    });
    expect(formatTrace(await operator.inspectTrace('answered'))).toContain(
      'factors: amount 0.80 (-0.80) and 2 x 0.50 (-0.50), channel 0.20 (+0.10)',
    );
  });

  it('is explanations, grounding with its offending claims, and lineage', async () => {
    const { log, operator } = await openTestLog();
    await record(log, explanation, grounding, lineage);
    const report = await operator.inspectTrace('answered');
    const printed = formatTrace(report);
    for (const line of [
      'Blocked, since the amount is over 1000.',
      'covers 100 % of the decisions, confidence 90 %',
      'factors: amount 0.80 (-0.50), channel 0.20 (+0.10)',
      'AI Act articles: 13 evidence_present',
      'partially_grounded: average 0.55, threshold 0.60, 1 of 2 claims not supported by 1 sources, 1 withheld',
      'claim 0 scores 0.20 (figure_missing): Refunds take 30 days.',
      'summarise (generation): s3://handbook/1 -> answer-1 [untrusted]',
    ]) {
      expect(printed).toContain(line);
    }
    expect(printed).not.toContain('Refunds are free.');
    expect(JSON.stringify(report)).not.toContain('the output itself');
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('is said without the texts where they are not here', async () => {
    const { log, operator } = await openTestLog();
    await record(log, { ...explanation, disclosures: [] }, { ...grounding, disclosures: [] });
    const report = await operator.inspectTrace('answered');
    expect(formatTrace(report)).toContain('(the sentences are not here)');
    expect(formatTrace(report)).toContain('(figure_missing): (its words are not here)');
  });

  it('is escaped like everything that agents wrote, and nothing for other traces', async () => {
    const { log, operator } = await openTestLog();
    const evil = { text: 'x\u001b]52;c;aGk=\u0007' };
    const body = (values: Readonly<Record<string, string>>) => ({
      ...(explanation.body as object),
      values,
    });
    await record(log, withValues(explanationV1.key, evil, body));
    const printed = formatTrace(await operator.inspectTrace('answered'));
    expect(printed).toContain('x\\x1b]52;c;aGk=\\x07');
    const none = await operator.inspectTrace('nobody');
    expect(Object.values(none.services).flat()).toEqual([]);
    expect(formatTrace(none)).not.toContain('Grounding');
  });

  it('stands in no package', async () => {
    const { log, operator, checkpointer } = await openTestLog();
    await record(log, explanation, grounding, lineage);
    await checkpointer.checkpoint();
    const members = await operator.exportPackage({ traceId: 'answered' });
    const all = [...members.values()].map((bytes) => new TextDecoder().decode(bytes)).join('\n');
    expect(all).not.toContain('Refunds take 30 days.');
    expect(all).not.toContain('amount is over 1000');
  });
});
