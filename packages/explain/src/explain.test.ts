import type { EvidenceContext, RecordDraft } from '@spanforge/core-events';
import { createMemoryStore, type EvidenceLog, openEvidenceLog } from '@spanforge/core-events/log';
import { policyDecisionV1, scopeV1 } from '@spanforge/core-events/records';
import { openDisclosure } from '@spanforge/core-signing';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ExplainError } from './error.js';
import { createExplain, deriveFactors } from './index.js';
import type { ExplainOptions, ExplainWarning } from './types.js';

const CONTEXT: EvidenceContext = {
  tenant: 'acme',
  project: 'claims',
  env: 'prod',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'claims-agent',
  actor: 'ann',
  source: 'test@1.0.0',
};

let log: EvidenceLog;
let warnings: ExplainWarning[];

beforeEach(async () => {
  warnings = [];
  log = await openEvidenceLog({
    store: createMemoryStore(),
    origin: 'example.com/log',
    writer: 'test',
    hmac: { kid: 'k', secret: new Uint8Array(32).map((_, at) => at * 7 + 3) },
  });
});

function create(options: Partial<ExplainOptions> = {}) {
  const onWarning = (warning: ExplainWarning) => warnings.push(warning);
  return createExplain({ recorder: log, reader: log, context: CONTEXT, onWarning, ...options });
}

function policyDraft(outcome: 'allow' | 'block', rules: readonly object[] = []): RecordDraft {
  const body = policyDecisionV1.check({
    service: 'sf_govern',
    control: 'tool_call',
    tool: 'refund',
    outcome,
    matched: rules.length > 0,
    rules,
    reason: 'said so',
    reason_code: rules.length > 0 ? 'rule_triggered' : 'no_matching_rule',
  });
  return { type: policyDecisionV1.key, context: CONTEXT, body };
}

const LARGE = {
  rule_id: 'large-refunds',
  action: 'block',
  finding: 'triggered',
  reason: 'Too large.',
  comparator: 'gt',
  threshold: 1000,
  observed: 1250,
};

function scopeDraft(): RecordDraft {
  const body = scopeV1.check({
    agent_id: 'claims-agent',
    resource: 'refunds',
    action: 'create',
    outcome: 'allow',
    allowed: true,
    reason: 'granted',
    reason_code: 'granted',
  });
  return { type: scopeV1.key, context: CONTEXT, body };
}

async function append(...drafts: RecordDraft[]): Promise<readonly string[]> {
  const appended = await log.append(drafts);
  await appended.receipts;
  return appended.ids;
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: unknown) => (ExplainError.is(error) ? error.code : String(error)),
  );

describe('generate', () => {
  it('says why from the evidence, and refers to it', async () => {
    const ids = await append(scopeDraft(), policyDraft('block', [LARGE]));
    const explain = create();
    const explanation = await explain.generate(
      { traceId: 'trace-1', confidence: 0.4 },
      { context: CONTEXT },
    );
    expect(explanation).toMatchObject({ outcome: 'block', coverage: 1, explains: ids });
    expect(explanation.factors.map(({ name, contribution }) => [name, contribution])).toEqual([
      ['scope', 1],
      ['policy:large-refunds', -1],
    ]);
    expect(explanation.text).toBe(
      'It was blocked. Too large. (1250 is over 1000) The confidence of 0.4 is under 0.7: a person should look.',
    );
    expect(explanation.articles).toEqual([
      { article: '12', status: 'evidence_present', field: 'explains' },
      { article: '13', status: 'evidence_present', field: 'factors' },
      { article: '14', status: 'evidence_absent', field: 'confidence' },
    ]);
    const [recorded] = await explain.listForTrace('trace-1');
    expect(recorded).toMatchObject({ recordId: explanation.recordId, explains: ids });
  });

  it('keeps sentences and output out of the record, beside it', async () => {
    await append(policyDraft('block', [LARGE]));
    const explain = create();
    const { recordId } = await explain.generate(
      { traceId: 'trace-1', output: 'IBAN DE02' },
      { context: CONTEXT },
    );
    const page = await log.query({ traceId: 'trace-1', limit: 1000 });
    const record = page.records.find(({ id }) => id === recordId);
    const bytes = new TextDecoder().decode(record?.bytes);
    expect(bytes).not.toContain('IBAN');
    expect(bytes).not.toContain('Too large');
    const disclosures = await log.disclosures(record?.index ?? -1);
    const values = disclosures.map(({ encoded }) => openDisclosure(encoded).value);
    expect(values).toEqual([expect.stringContaining('It was blocked.'), 'IBAN DE02']);
  });

  it('explains only what exists', async () => {
    const [id = ''] = await append(policyDraft('allow'));
    const explain = create();
    const one = await explain.generate(
      { traceId: 'trace-1', explains: [id] },
      { context: CONTEXT },
    );
    expect(one.explains).toEqual([id]);
    const other = explain.generate(
      { traceId: 'trace-1', explains: [id, 'nobody'] },
      { context: CONTEXT },
    );
    expect(await codeOf(other)).toBe('EXPLAIN_RECORD_UNKNOWN');
    const elsewhere = explain.generate(
      { traceId: 'trace-2', explains: [id] },
      { context: CONTEXT },
    );
    expect(await codeOf(elsewhere)).toBe('EXPLAIN_RECORD_UNKNOWN');
  });

  it('shows nothing where nothing is on record', async () => {
    const explanation = await create().generate({ traceId: 'nothing' }, { context: CONTEXT });
    expect(explanation).toMatchObject({ coverage: 0, factors: [], explains: [] });
    expect(explanation.text).toBe('No decision is on record.');
    expect(explanation.articles.map(({ status }) => status)).toEqual([
      'evidence_absent',
      'evidence_absent',
      'not_assessed',
    ]);
  });

  it('covers nothing where nothing is on record, whatever the caller says', async () => {
    const factor = { name: 'mine', weight: 1, contribution: 1, confidence: 1, text: 'I say so.' };
    const request = { traceId: 'nothing', factors: [factor] };
    const explanation = await create().generate(request, { context: CONTEXT });
    expect(explanation).toMatchObject({ coverage: 0, factors: [{ name: 'mine' }] });
  });

  it('takes counterfactuals from who can compute them', async () => {
    const request = { tool: 'refund', args: { amount: 1250 } };
    const { createDiscloser } = await import('@spanforge/core-events');
    const disclosure = createDiscloser()('request', request);
    const draft = policyDraft('block', [LARGE]);
    const body = { ...(draft.body as object), values: { request: disclosure.digest } };
    await append({ ...draft, body, disclosures: [disclosure] });
    const seen: unknown[] = [];
    const explain = create({
      counterfactual: (_, asked) => {
        seen.push(asked);
        return 'allowed if args.amount were at most 1000';
      },
    });
    const { text } = await explain.generate({ traceId: 'trace-1' }, { context: CONTEXT });
    expect(seen).toEqual([request]);
    expect(text).toContain('It would have been allowed if args.amount were at most 1000.');
    const broken = create({
      counterfactual: () => {
        throw new Error('no');
      },
    });
    expect((await broken.generate({ traceId: 'trace-1' }, { context: CONTEXT })).text).toContain(
      'It was blocked.',
    );
  });

  it.each([
    [{ traceId: '' }, '$.traceId'],
    [{ traceId: 't', confidence: 2 }, '$.confidence'],
    [{ traceId: 't', unknown: 1 }, '$'],
    [{ traceId: 't', modelType: 'gpt' }, '$.modelType'],
  ])('refuses %j', async (request, path) => {
    const error = await create()
      .generate(request as never, { context: CONTEXT })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'EXPLAIN_REQUEST_INVALID', details: { path } });
  });

  it('asks the policy once, about the coverage', async () => {
    await append(policyDraft('block', [LARGE]));
    const asked: unknown[] = [];
    const policy = { id: 'p', version: '1', digest: '01'.repeat(32) };
    const explain = create({
      policy: {
        decide: async (request) => {
          asked.push(request);
          const said = { outcome: 'human_review', obligations: [], reason: 'r', reasonCode: 'c' };
          return { ...said, matched: true, rules: [], policy } as never;
        },
      },
    });
    const explanation = await explain.generateWithPolicy(
      { traceId: 'trace-1' },
      { context: CONTEXT },
    );
    expect(asked).toEqual([
      expect.objectContaining({
        service: 'sf_explain',
        control: 'explanation_generation',
        observed: 1,
      }),
    ]);
    expect(explanation.policy).toEqual({ ...policy, action: 'human_review' });
    expect(
      (await explain.generate({ traceId: 'trace-1' }, { context: CONTEXT })).policy,
    ).toBeUndefined();
    expect(asked).toHaveLength(1);
  });
});

describe('a log that fails', () => {
  it('is tried again, and recorded once', async () => {
    let attempts = 0;
    const recorder: typeof log.append = async (drafts, options) => {
      attempts += 1;
      const appended = await log.append(drafts, options);
      await appended.receipts;
      // The answer is lost twice, the record is not.
      if (attempts < 3) throw new Error('lost');
      return appended;
    };
    const explain = create({ recorder: { append: recorder } });
    await explain.generate({ traceId: 'trace-1' }, { context: CONTEXT });
    expect(attempts).toBe(3);
    expect(await explain.listForTrace('trace-1')).toHaveLength(1);
  });

  it('is told after the last attempt, and in the status', async () => {
    let attempts = 0;
    const append = async () => {
      attempts += 1;
      throw new Error('down');
    };
    const explain = create({ recorder: { append }, maxRetries: 2 });
    const code = await codeOf(explain.generate({ traceId: 'trace-1' }, { context: CONTEXT }));
    expect([code, attempts]).toEqual(['EXPLAIN_EVIDENCE_UNAVAILABLE', 3]);
    expect(await explain.getStatus()).toMatchObject({ status: 'degraded', failed: 1 });
  });

  it('that never answers is waited for no longer than the limit', async () => {
    const append = () => new Promise<never>(() => undefined);
    const explain = create({ recorder: { append }, emitTimeoutSec: 0.05 });
    expect(await codeOf(explain.generate({ traceId: 't' }, { context: CONTEXT }))).toBe(
      'EXPLAIN_EVIDENCE_UNAVAILABLE',
    );
  });
});

describe('governed', () => {
  it('keeps name, length, this, arguments and result, and the original', async () => {
    const explain = create();
    const desk = {
      prefix: 'Hello',
      greet(name: string) {
        return `${this.prefix}, ${name}`;
      },
    };
    const greet = explain.governed(desk.greet);
    expect(greet.call(desk, 'Ann')).toBe('Hello, Ann');
    expect([greet.name, greet.length, greet.original]).toEqual(['greet', 1, desk.greet]);
    await explain.flush();
    expect(await explain.listForTrace('trace-1')).toMatchObject([
      { agentId: 'governed', confidenceThreshold: 0.7, modelType: 'llm' },
    ]);
  });

  it('takes options first, and the documented keywords from the last argument', async () => {
    const explain = create();
    const classify = explain.governed({ agentId: 'billing-agent', confidenceThreshold: 0.8 })(
      (text: string, _: { modelOutputType: string; confidenceScore: number }) => text.length,
    );
    expect(classify('abc', { modelOutputType: 'classifier', confidenceScore: 0.75 })).toBe(3);
    await explain.flush();
    const [one] = await explain.listForTrace('trace-1');
    expect(one).toMatchObject({
      agentId: 'billing-agent',
      modelType: 'classifier',
      confidence: 0.75,
      confidenceThreshold: 0.8,
    });
    expect(one?.articles[2]).toEqual({
      article: '14',
      status: 'evidence_absent',
      field: 'confidence',
    });
  });

  it('never breaks, blocks or delays what it wraps', async () => {
    const append = () => new Promise<never>(() => undefined);
    const explain = create({ recorder: { append }, emitTimeoutSec: 0.05 });
    const failing = new Error('mine');
    expect(explain.governed(() => 7)()).toBe(7);
    expect(await explain.governed(async () => 8)()).toBe(8);
    expect(() =>
      explain.governed(() => {
        throw failing;
      })(),
    ).toThrow(failing);
    await expect(explain.governed(() => Promise.reject(failing))()).rejects.toBe(failing);
    await explain.flush();
    expect(warnings.map(({ message }) => message)).toEqual([
      'an output could not be explained',
      'an output could not be explained',
    ]);
  });

  it('survives a warning handler that throws', async () => {
    const onWarning = () => {
      throw new Error('handler');
    };
    const append = async () => Promise.reject(new Error('down'));
    const explain = create({ recorder: { append }, maxRetries: 0, onWarning });
    expect(explain.governed(() => 1)()).toBe(1);
    await explain.flush();
    expect((await explain.getStatus()).waiting).toBe(0);
  });

  it('is bounded: what is beyond is counted and told', async () => {
    const append = () => new Promise<never>(() => undefined);
    const explain = create({ recorder: { append }, emitTimeoutSec: 0.05, maxWaiting: 2 });
    const one = explain.governed(() => 1);
    expect([one(), one(), one()]).toEqual([1, 1, 1]);
    expect(warnings).toHaveLength(1);
    await explain.flush();
  });

  it('explains a stream at its end, and leaves it as it was', async () => {
    const explain = create();
    const words = ['so', 'me', ' text'];
    const readable = explain.governed(() => ReadableStream.from(words))();
    const read: unknown[] = [];
    for await (const part of readable as unknown as AsyncIterable<unknown>) read.push(part);
    const sync = explain.governed(function* () {
      const got: number = yield 1;
      return got + 1;
    })();
    expect([sync.next(), sync.next(4 as never)]).toEqual([
      { value: 1, done: false },
      { value: 5, done: true },
    ]);
    const generator = explain.governed(async function* () {
      yield* words;
    })();
    for await (const part of generator) read.push(part);
    const shape = explain.governed(() => ({
      id: 'x',
      async *[Symbol.asyncIterator]() {
        yield* words;
      },
    }))();
    expect(shape.id).toBe('x');
    for await (const part of shape) {
      read.push(part);
      break;
    }
    await explain.flush();
    expect(read).toEqual([...words, ...words, 'so']);
    expect(await explain.listForTrace('trace-1')).toHaveLength(4);
  });
});

describe('what an output itself says', () => {
  it('is a factor: the answer, and its confidence beside the threshold', async () => {
    const explain = create();
    const answer = explain.governed({ confidenceThreshold: 0.8 })(
      (_: { confidenceScore: number }) => 'Paid.',
    );
    answer({ confidenceScore: 0.6 });
    await explain.flush();
    const [one] = await explain.listForTrace('trace-1');
    expect(one?.factors).toMatchObject([
      { name: 'response', contribution: 1 },
      { name: 'confidence', contribution: -0.25 },
    ]);
    expect(one?.articles[1]?.status).toBe('evidence_present');
    const sure = await explain.explain('', { confidenceScore: 0.9 }, { context: CONTEXT });
    expect(sure.factors).toMatchObject([
      { name: 'response', contribution: -1 },
      { name: 'confidence', contribution: 0.666667 },
    ]);
  });

  it('belongs to the context of the wrapper, of the service, or nowhere, and that is told', async () => {
    const explain = createExplain({
      ...{ recorder: log, reader: log },
      onWarning: (warning) => warnings.push(warning),
    });
    explain.governed({ context: { ...CONTEXT, traceId: 'trace-9' } })(() => 1)();
    explain.governed(() => 2)();
    await explain.flush();
    expect(await explain.listForTrace('trace-9', { tenant: 'acme' })).toHaveLength(1);
    expect(await explain.listForTrace('trace-9', { tenant: 'other' })).toHaveLength(0);
    expect(warnings).toHaveLength(1);
  });

  it('warns the process where nobody else is told', async () => {
    const told = new Promise<Error>((resolve) => process.once('warning', resolve));
    const append = async () => Promise.reject(new Error('down'));
    const explain = createExplain({
      ...{ recorder: { append }, reader: log, context: CONTEXT, maxRetries: 0 },
    });
    expect(explain.governed(() => 1)()).toBe(1);
    await explain.flush();
    expect((await told).name).toBe('SpanForgeExplainWarning');
  });
});

describe('factors', () => {
  it('are less sure where a rule could not be decided, and silent where it is in the shadow', () => {
    const rules = [
      LARGE,
      { ...LARGE, rule_id: 'unsure', finding: 'indeterminate' },
      { ...LARGE, rule_id: 'tried', finding: 'shadow' },
    ];
    const { body } = policyDraft('block', rules);
    const factors = deriveFactors([{ id: 'r1', type: policyDecisionV1.key, body } as never]);
    expect(factors.map(({ name, confidence, weight }) => [name, confidence, weight])).toEqual([
      ['policy:large-refunds', 1, 0.666667],
      ['policy:unsure', 0.5, 0.333333],
    ]);
  });

  it('have weights that add up to 1, whatever the rules', async () => {
    const rule = fc.record({
      rule_id: fc.string({ minLength: 1, maxLength: 8 }),
      action: fc.constantFrom('allow', 'allow+log', 'redact', 'human_review', 'block'),
      finding: fc.constantFrom('triggered', 'indeterminate', 'shadow'),
      reason: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), (rules) => {
        const { body } = policyDraft('allow', rules);
        const record = { id: 'r1', type: policyDecisionV1.key, body } as never;
        const factors = deriveFactors([record]);
        expect(factors.length).toBeGreaterThan(0);
        const sum = factors.reduce((total, { weight }) => total + weight, 0);
        expect(Math.abs(sum - 1)).toBeLessThan(1e-4);
        for (const { weight, contribution, evidence } of factors) {
          expect(weight >= 0 && weight <= 1 && Math.abs(contribution) <= 1).toBe(true);
          expect(evidence).toEqual(['r1']);
        }
      }),
    );
  });
});
