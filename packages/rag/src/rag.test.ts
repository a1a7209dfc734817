import type { EvidenceReader, PolicyDecider, Recorder } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import { createRag } from './rag.js';
import { CONTEXT, openLog, thresholdPolicy, verdict } from './testing/fixtures.js';
import type { GroundingScorer, RagOptions } from './types.js';

const call = { context: CONTEXT };
const source = { id: 'terms', text: 'The excess is 250 dollars. Storm damage is covered.' };
const right = { answer: 'The excess is 250 dollars.', sources: [source] };
const wrong = { answer: 'The excess is 350 dollars. Storm damage is covered.', sources: [source] };

async function open(options: Partial<RagOptions> = {}) {
  const log = await openLog();
  return { log, rag: createRag({ recorder: log, reader: log, ...options }) };
}

const never = () => new Promise<never>(() => undefined);
const fails = () => Promise.reject(new Error('gone'));

describe('an assessment', () => {
  it('is recorded with claims, sources and places, and no text in the leaf', async () => {
    const { log, rag } = await open();
    const result = await rag.assessGrounding(wrong, call);
    expect(result).toMatchObject({ status: 'partially_grounded', outcome: 'allow+log' });
    expect(result.claims[0]).toMatchObject({
      text: 'The excess is 350 dollars.',
      verdict: 'ungrounded',
      cues: ['figure_missing', 'words_missing'],
      nearest: { sourceId: 'terms', text: 'The excess is 250 dollars' },
    });
    const [recorded, ...more] = await rag.listForTrace('trace-1');
    expect(more).toEqual([]);
    expect(recorded).toMatchObject({
      ...{ id: result.recordId, average: result.average, status: 'partially_grounded' },
      ...{ threshold: 0.5, claimThreshold: 0.5, claimCount: 2, sourceCount: 1, withheldCount: 0 },
      scorer: { name: 'spanforge-lexical', version: '1.2.0' },
    });
    expect(recorded?.claims[0]?.support[0]).toEqual({ sourceId: 'terms', start: 0, end: 25 });
    const { records } = await log.query({ traceId: 'trace-1' });
    const bytes = records.map((record) => new TextDecoder().decode(record.bytes)).join('');
    expect(bytes).not.toMatch(/excess|Storm|350/);
    const disclosed = await log.disclosures(recorded?.index ?? -1);
    expect(disclosed.map(({ name }) => name).sort()).toEqual(
      ['answer', 'claim_0', 'claim_1', 'nearest_0', 'nearest_1'].sort(),
    );
    expect(Object.keys(recorded?.values ?? {}).sort()).toEqual(
      disclosed.map(({ name }) => name).sort(),
    );
  });

  it('withholds what may not be read, and what nobody could tell', async () => {
    const secret = { id: 'secret', text: 'The excess is 350 dollars.' };
    for (const mayRead of [
      ({ id }: { id: string }) => id !== 'secret',
      ({ id }: { id: string }) => (id === 'secret' ? fails() : true),
      ({ id }: { id: string }) => (id === 'secret' ? never() : true),
      ({ id }: { id: string }) => (id === 'secret' ? ('yes' as never) : true),
      ({ id }: { id: string }) => {
        if (id === 'secret') throw new Error('no');
        return true;
      },
    ]) {
      const { rag } = await open({ mayRead, readTimeoutMs: 20 });
      const result = await rag.assessGrounding({ ...wrong, sources: [source, secret] }, call);
      expect(result).toMatchObject({ status: 'partially_grounded', withheld: 1 });
      const [recorded] = await rag.listForTrace('trace-1');
      expect(recorded).toMatchObject({ withheldCount: 1, sourceCount: 1 });
      expect(JSON.stringify(result)).not.toContain('secret');
    }
  });

  it('takes claims that are judged already, and grounds none without a source it has', async () => {
    const { rag } = await open();
    const claims = [
      { text: 'a', score: 0.9, sourceIds: ['terms'] },
      { text: 'b', score: 0.99, sourceIds: [] },
      { text: 'c', score: 0.99, sourceIds: ['unknown'] },
    ];
    const judgedBy = { name: 'judge', version: '3' };
    const result = await rag.assessGrounding({ ...right, claims, judgedBy }, call);
    expect(result.claims.map(({ verdict: one }) => one)).toEqual([
      'grounded',
      'ungrounded',
      'ungrounded',
    ]);
    expect(result).toMatchObject({ status: 'partially_grounded', average: 0.3, scorer: judgedBy });
    const none = await rag.assessGrounding({ ...right, claims: [] }, call);
    expect(none).toMatchObject({ status: 'ungrounded', average: 0 });
  });

  it('fits the record however many claims there are', async () => {
    const { rag } = await open();
    const long = Array.from({ length: 400 }, (_, at) => `Roof ${at} was lost.`).join(' ');
    const id = '界'.repeat(128);
    const result = await rag.assessGrounding(
      { answer: `${long} Zebras sing.`, sources: [{ id, text: long }] },
      call,
    );
    expect(result.claims).toHaveLength(401);
    const [recorded] = await rag.listForTrace('trace-1');
    expect(recorded?.claimCount).toBe(401);
    expect(recorded?.claims).toHaveLength(50);
    expect(recorded?.claims.at(-1)?.claim).toBe(400);
  });
});

describe('with a scorer of one’s own', () => {
  const scorer = (score: GroundingScorer['score']): GroundingScorer => ({
    name: 'nli',
    version: '7',
    score,
  });

  it('takes its scores', async () => {
    const { rag } = await open({
      scorer: scorer(({ text }) => (text.includes('350') ? 0.9 : 0.8)),
    });
    const result = await rag.assessGrounding(wrong, call);
    expect(result).toMatchObject({
      status: 'grounded',
      outcome: 'allow',
      scorer: { name: 'nli', version: '7' },
    });
    expect(result.average).toBeCloseTo(0.85);
  });

  it.each<[string, GroundingScorer['score']]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', fails],
    ['hangs', never],
    ['says NaN', () => Number.NaN],
    ['says 2', () => 2],
    ['says a word', () => 'grounded' as never],
    ['says nothing', () => undefined as never],
  ])('assesses nothing when it %s', async (_, score) => {
    const { rag } = await open({ scorer: scorer(score), scorerTimeoutMs: 20 });
    const result = await rag.assessGrounding(right, call);
    expect(result).toMatchObject({ status: 'ungrounded', average: 0 });
    expect(result.claims.map(({ verdict: one }) => one)).toEqual(['not_assessed']);
    expect(await rag.getStatus()).toMatchObject({ status: 'degraded', unassessedClaims: 1 });
  });

  it('is not asked where there is no source, and stops when told', async () => {
    let asked = 0;
    let stopped = false;
    const { rag } = await open({
      scorerTimeoutMs: 20,
      scorer: scorer((_claim, _sources, signal) => {
        asked += 1;
        signal.addEventListener('abort', () => {
          stopped = true;
        });
        return never();
      }),
    });
    expect(await rag.assessGrounding({ ...right, sources: [] }, call)).toMatchObject({
      status: 'ungrounded',
    });
    expect(asked).toBe(0);
    await rag.assessGrounding(right, call);
    expect([asked, stopped]).toEqual([1, true]);
  });
});

describe('with a policy', () => {
  it('asks it once, and holds what is under its threshold', async () => {
    const policy = thresholdPolicy(0.85);
    const { rag } = await open({ policy });
    const held = await rag.assessGroundingWithPolicy(wrong, call);
    expect(held).toMatchObject({ outcome: 'human_review', reasonCode: 'policy' });
    expect(held.policy).toMatchObject({ id: 'claims-policy', action: 'human_review' });
    const released = await rag.assessGroundingWithPolicy(right, call);
    expect(released).toMatchObject({ outcome: 'allow', status: 'grounded' });
    expect(policy.asked).toHaveLength(2);
    expect(policy.asked[0]).toMatchObject({
      ...{ service: 'sf_rag', control: 'grounding_threshold', observed: held.average, env: 'test' },
      context: { status: 'partially_grounded', claims: 2, ungrounded_claims: 1, withheld: 0 },
    });
    const recorded = await rag.listForTrace('trace-1');
    expect(recorded.map(({ outcome }) => outcome)).toEqual(['human_review', 'allow']);
    expect(recorded[0]?.policy?.digest).toBe('d'.repeat(64));
  });

  it.each<[string, PolicyDecider | undefined]>([
    ['missing', undefined],
    ['failing', { decide: fails }],
    [
      'throwing',
      {
        decide: () => {
          throw new Error('no');
        },
      },
    ],
    ['slow', { decide: never }],
    ['senseless', { decide: async () => ({}) as never }],
    ['of an unknown outcome', { decide: async () => verdict({ outcome: 'maybe' as never }) }],
    ['unrecordable', { decide: async () => verdict({ obligations: [{ kind: 'x' } as never] }) }],
  ])('blocks when it is %s', async (_, policy) => {
    const { rag } = await open({ ...(policy ? { policy } : {}), policyTimeoutMs: 20 });
    const result = await rag.assessGroundingWithPolicy(right, call);
    expect(result).toMatchObject({ outcome: 'block', reasonCode: 'policy_unavailable' });
    const [recorded] = await rag.listForTrace('trace-1');
    expect(recorded).toMatchObject({ outcome: 'block', id: result.recordId });
  });

  it('never makes looser what the service itself says', async () => {
    const policy = { decide: async () => verdict() };
    const { rag } = await open({ policy, onUngrounded: 'human_review' });
    const result = await rag.assessGroundingWithPolicy(wrong, call);
    expect(result).toMatchObject({ outcome: 'human_review', reasonCode: 'partially_grounded' });
  });
});

describe('when things fail', () => {
  it.each<[string, Recorder['append']]>([
    ['rejects', fails],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['hangs', never],
  ])('blocks when the recorder %s', async (_, append) => {
    const log = await openLog();
    const rag = createRag({ recorder: { append }, reader: log, recordTimeoutMs: 20 });
    const result = await rag.assessGrounding(right, call);
    expect(result).toMatchObject({ outcome: 'block', reasonCode: 'evidence_unavailable' });
    expect(result.recordId).toBeUndefined();
    expect(await rag.getStatus()).toMatchObject({ status: 'degraded', unrecorded: 1 });
    await expect(rag.traceQuery({ query: 'q' }, call)).rejects.toMatchObject({
      code: 'RAG_EVIDENCE_UNAVAILABLE',
    });
  });

  it.each([
    undefined,
    {},
    { answer: 5, sources: [] },
    { ...right, more: 1 },
    { ...right, answer: '\ud800' },
    { ...right, sources: [source, source] },
    { ...right, claims: [{ text: 'a', score: 2, sourceIds: [] }] },
    { ...right, answer: 'a'.repeat(150_001) },
  ])('blocks input it cannot read, on record (%#)', async (input) => {
    const { rag } = await open();
    const result = await rag.assessGrounding(input as never, call);
    expect(result).toMatchObject({
      outcome: 'block',
      reasonCode: 'request_invalid',
      status: 'ungrounded',
    });
    const [recorded] = await rag.listForTrace('trace-1');
    expect(recorded).toMatchObject({ id: result.recordId, outcome: 'block', claimCount: 0 });
  });

  it('says when the log cannot be read', async () => {
    const log = await openLog();
    const reader: EvidenceReader = { size: fails, query: fails, disclosures: fails };
    const rag = createRag({ recorder: log, reader });
    expect(await rag.getStatus()).toMatchObject({ status: 'unavailable' });
    await expect(rag.getSession('s', { traceId: 't' })).rejects.toMatchObject({
      code: 'RAG_STATE_UNAVAILABLE',
    });
  });

  it.each([
    { threshold: 2 },
    { threshold: Number.NaN },
    { claimThreshold: -1 },
    { recordTimeoutMs: 0 },
    { onUngrounded: 'x' },
  ])('refuses %o', async (options) => {
    const log = await openLog();
    expect(() => createRag({ recorder: log, reader: log, ...(options as object) })).toThrow(
      expect.objectContaining({ code: 'RAG_OPTIONS_INVALID' }),
    );
  });
});

describe('a session', () => {
  it('is what was traced, in any process over the log, and its texts are disclosures', async () => {
    const { log, rag } = await open({ mayRead: ({ id }) => id !== 'secret' });
    const { sessionId } = await rag.traceQuery({ query: 'what is the excess' }, call);
    const chunks = [
      { ...source, score: 0.75 },
      { id: 'secret', text: 'hush' },
    ];
    const retrieved = await rag.traceRetrieval({ sessionId, chunks }, call);
    expect(retrieved).toMatchObject({ chunks: [{ id: 'terms' }], withheld: 1 });
    await rag.traceGeneration({ sessionId, answer: right.answer, model: 'm-1' }, call);
    await rag.assessGrounding({ ...right, sessionId }, call);
    await rag.endSession({ sessionId }, call);

    const other = createRag({ recorder: log, reader: log });
    const session = await other.getSession(sessionId, { traceId: 'trace-1' });
    expect(session.ended).toBe(true);
    expect(session.steps.map(({ step }) => step)).toEqual([
      'query',
      'retrieval',
      'generation',
      'end',
    ]);
    expect(session.steps[1]).toMatchObject({
      chunks: [{ sourceId: 'terms', score: 0.75 }],
      withheld: 1,
    });
    const { records } = await log.query({ traceId: 'trace-1' });
    const bytes = records.map((record) => new TextDecoder().decode(record.bytes)).join('');
    expect(bytes).not.toMatch(/excess|hush/);
    const names = await log.disclosures(session.steps[1]?.index ?? -1);
    expect(names.map(({ name }) => name)).toEqual(['chunk_0']);
    expect((await rag.listForTrace('trace-1'))[0]?.sessionId).toBe(sessionId);
  });

  it('that is unknown or has ended is an error', async () => {
    const { rag } = await open();
    const unknown = expect.objectContaining({ code: 'RAG_SESSION_UNKNOWN' });
    await expect(rag.traceRetrieval({ sessionId: 'x', chunks: [] }, call)).rejects.toEqual(unknown);
    await expect(rag.traceGeneration({ sessionId: 'x', answer: '' }, call)).rejects.toEqual(
      unknown,
    );
    await expect(rag.endSession({ sessionId: 'x' }, call)).rejects.toEqual(unknown);
    await expect(rag.getSession('x', { traceId: 'trace-1' })).rejects.toEqual(unknown);
    const { sessionId } = await rag.traceQuery({ query: 'q' }, call);
    const other = { context: { ...CONTEXT, tenant: 'other' } };
    await expect(rag.endSession({ sessionId }, other)).rejects.toEqual(unknown);
    const ends = await Promise.allSettled([1, 2, 3].map(() => rag.endSession({ sessionId }, call)));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const ended = expect.objectContaining({ code: 'RAG_SESSION_ENDED' });
    await expect(rag.traceGeneration({ sessionId, answer: 'a' }, call)).rejects.toEqual(ended);
    await expect(rag.traceQuery({ query: 5 } as never, call)).rejects.toMatchObject({
      code: 'RAG_INPUT_INVALID',
    });
  });
});
