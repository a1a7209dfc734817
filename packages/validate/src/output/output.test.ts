import type { PolicyRequest, PolicyVerdict } from '@spanforge/core-events';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ValidateOptions } from '../types.js';
import { createValidate } from '../validate.js';
import { diff } from './diff.js';
import { compileSchema } from './json-schema.js';

const context = {
  ...{ tenant: 'acme', project: 'claims', env: 'dev', run: 'run-1', traceId: 'trace-1' },
  ...{ agent: 'agent', actor: 'user', source: 'tests@1.0.0' },
};
const schema = {
  type: 'object',
  properties: { amount: { type: 'number' }, note: { type: 'string' } },
  required: ['amount'],
  additionalProperties: false,
};
const key = ['gh', 'p_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');
const openLog = () =>
  openEvidenceLog({ store: createMemoryStore(), origin: 'a/b', writer: 't', hmac: false });
type Log = Awaited<ReturnType<typeof openLog>>;

let log: Log;
beforeEach(async () => {
  log = await openLog();
});

const make = (options: Partial<ValidateOptions> = {}) =>
  createValidate({ recorder: log, reader: log, ...options });

const recorded = async () => {
  const { records } = await log.query({ traceId: 'trace-1' });
  return records.map(({ type, body }) => ({ type: type.replace('spanforge.', ''), body }));
};

describe('an output', () => {
  it('that holds is allowed and on record', async () => {
    const result = await make().validateOutput({ output: { amount: 1 }, schema }, { context });
    expect(result).toMatchObject({ valid: true, outcome: 'allow', reasonCode: 'valid' });
    expect(await recorded()).toMatchObject([
      { type: 'validate.v1', body: { valid: true, violations: [], subject: 'output' } },
    ]);
  });

  it.each([
    [{ output: { amount: 'x' }, schema }, 'block', 'schema'],
    [{ output: '{"amount":1,"amount":2}', schema, json: true }, 'block', 'unreadable'],
    [{ output: () => 1 }, 'block', 'unreadable'],
    [{ output: 'mail a@example.org' }, 'redact', 'personal_data'],
    [{ output: 'x', confidence: 0.2 }, 'human_review', 'confidence'],
    [{ output: 'x' }, 'human_review', 'confidence'],
    [{ output: 'x', confidence: 7 }, 'human_review', 'confidence'],
    [{ output: `key ${key}`, confidence: 1 }, 'block', 'secret'],
    [{ output: { [key]: 1 }, confidence: 1 }, 'block', 'secret'],
  ])('%j is %s', async (input, outcome, reasonCode) => {
    const minConfidence = reasonCode === 'confidence' ? 0.5 : undefined;
    const validate = make({ onSecret: 'allow', ...(minConfidence && { minConfidence }) });
    const result = await validate.validateOutput(input, { context });
    expect(result).toMatchObject({ valid: false, outcome, reasonCode });
  });

  it('leaves no governed text in a record, also where a name is text', async () => {
    const output = { amount: 'wrong', Ludmilla: { email: 'l.m@example.org' }, list: [key] };
    await make().validateOutput({ output, schema }, { context });
    const records = await recorded();
    expect(records.map(({ type }) => type)).toEqual([
      'detection.pii.v1',
      'detection.secrets.v1',
      'validate.v1',
    ]);
    const text = JSON.stringify(records);
    for (const hidden of ['Ludmilla', 'l.m@', key, 'wrong']) expect(text).not.toContain(hidden);
    expect(text).toContain('"place":"$.amount"');
    const all = await log.query({ traceId: 'trace-1' });
    const disclosures = await log.disclosures(all.records.at(-1)?.index ?? -1);
    const values = disclosures.map(({ encoded }) => Buffer.from(encoded, 'base64url').toString());
    expect(values.join()).toContain('[redacted:github_token]');
    for (const hidden of [key, 'l.m@']) expect(values.join()).not.toContain(hidden);
  });
});

describe('a correction', () => {
  it('is checked again in everything, as often as is allowed', async () => {
    const answers: unknown[] = [
      { amount: 1, note: key },
      { amount: 1, note: 'a@example.org' },
    ];
    const validate = make({ maxCorrections: 2 });
    const correct = () => ({ output: answers.shift() });
    const result = await validate.validateOutput(
      { output: { amount: 'x' }, schema, correct },
      { context },
    );
    expect(result).toMatchObject({ valid: false, outcome: 'redact', corrections: 2 });
    expect(answers).toEqual([]);
    const types = (await recorded()).map(({ type }) => type);
    expect(types).toEqual([
      ...['detection.secrets.v1', 'detection.pii.v1'],
      ...['validate.correction.v1', 'validate.correction.v1', 'validate.v1'],
    ]);
  });

  it('that helps is allowed, and its changes are on record', async () => {
    const correct = async ({ pass }: { pass: number }) => ({ output: { amount: pass } });
    const result = await make().validateOutput({ output: {}, schema, correct }, { context });
    expect(result).toMatchObject({ valid: true, outcome: 'allow', output: { amount: 1 } });
    expect((await recorded())[0]).toMatchObject({
      type: 'validate.correction.v1',
      body: { changes: [{ op: 'add', place: '$.amount', rule: 'correction' }], valid: true },
    });
  });

  it.each([
    ['throws', () => Promise.reject(new Error('x'))],
    ['never answers', () => new Promise<never>(() => {})],
    ['answers nothing', () => undefined as never],
  ])('that %s blocks', async (_, correct) => {
    const validate = make({ correctionTimeoutMs: 20 });
    const result = await validate.validateOutput({ output: {}, schema, correct }, { context });
    expect(result).toMatchObject({ valid: false, outcome: 'block', corrections: 0 });
    expect(result.violations.map(({ rule }) => rule)).toContain('correction.failed');
  });

  it('cannot change what was checked', async () => {
    const correct = ({ output }: { output: unknown }) => {
      (output as { amount: unknown }).amount = 1;
      return { output: { amount: 'still' } };
    };
    const result = await make().validateOutput(
      { output: { amount: 'x' }, schema, correct },
      { context },
    );
    expect(result).toMatchObject({ valid: false, output: { amount: 'still' } });
  });
});

describe('a policy', () => {
  const asked: PolicyRequest[] = [];
  const policyOf = (verdict: Partial<PolicyVerdict>) => ({
    decide: async (request: PolicyRequest) => {
      asked.push(request);
      const full = {
        outcome: 'allow',
        obligations: [],
        reason: 'r',
        reasonCode: 'c',
        matched: true,
      };
      return { ...full, rules: [], ...verdict } as PolicyVerdict;
    },
  });
  beforeEach(() => {
    asked.length = 0;
  });

  it('is asked once, and the stricter stands', async () => {
    const policy = policyOf({ outcome: 'block' });
    const input = { output: 'a@example.org', confidence: 0.6 };
    const result = await make({ policy }).validateOutputWithPolicy(input, { context });
    expect(result).toMatchObject({ outcome: 'block', reasonCode: 'policy' });
    expect(asked).toMatchObject([
      { service: 'sf_validate', control: 'output_validation', observed: 0.6 },
    ]);
    const lax = await make({ policy: policyOf({}) }).validateOutputWithPolicy(input, { context });
    expect(lax).toMatchObject({ outcome: 'redact', obligations: [{ types: ['email'] }] });
  });

  it.each([
    ['is not there', undefined],
    ['fails', { decide: () => Promise.reject(new Error('x')) }],
    ['makes no sense', { decide: async () => ({ outcome: 'yes' }) as never }],
    ['is too slow', { decide: () => new Promise<never>(() => {}) }],
  ])('that %s blocks', async (_, policy) => {
    const validate = make({ policyTimeoutMs: 20, ...(policy && { policy }) });
    const result = await validate.validateOutputWithPolicy({ output: 'x' }, { context });
    expect(result).toMatchObject({ outcome: 'block', reasonCode: 'policy_unavailable' });
  });
});

describe('the service', () => {
  it('blocks what it cannot record, and says that it is degraded', async () => {
    const recorder = { append: () => Promise.reject(new Error('down')) };
    const validate = make({ recorder });
    const result = await validate.validateOutput({ output: 'x' }, { context });
    expect(result).toMatchObject({ outcome: 'block', reasonCode: 'evidence_unavailable' });
    expect(await validate.getStatus()).toMatchObject({ status: 'degraded', unrecorded: 1 });
    await expect(validate.enforceEvent({}, { context, enforce: 'warn' })).rejects.toMatchObject({
      code: 'VALIDATE_EVIDENCE_UNAVAILABLE',
    });
  });

  it('blocks a request that it does not understand', async () => {
    const result = await make().validateOutput({ otput: 'x' } as never, { context });
    expect(result).toMatchObject({ valid: false, outcome: 'block', reasonCode: 'request_invalid' });
  });

  it('records events as it enforces them, refused ones too', async () => {
    const validate = make({ source: 'tests@1.0.0' });
    await expect(validate.enforceEvent({ more: 1 }, { context })).rejects.toMatchObject({
      code: 'VALIDATE_EVENT_INVALID',
    });
    const event = { event_type: 'a.b', payload: { email: 'a@example.org' }, tell: 'me' };
    const result = await validate.enforceEvent(event, { context, enforce: 'correct' });
    expect(result.valid).toBe(true);
    expect((await recorded()).map(({ type, body }) => [type, body.outcome])).toEqual([
      ['validate.v1', 'block'],
      ['detection.pii.v1', undefined],
      ['validate.correction.v1', undefined],
      ['validate.v1', 'allow'],
    ]);
    expect(JSON.stringify(await recorded())).not.toContain('tell');
    expect(await validate.listForTrace('trace-1')).toMatchObject([
      { subject: 'event', valid: false, index: 1 },
      { subject: 'event', valid: true },
    ]);
    expect(await validate.getStatus()).toMatchObject({ status: 'ok', validations: 2, valid: 1 });
  });

  it.each([
    { minConfidence: 2 },
    { maxCorrections: 1.5 },
    { maxCorrections: 11 },
    { onSecret: 'no' as never },
    { mode: 'off' as never },
    { types: ['nothing' as never] },
    { detectThreshold: 3 },
    { region: 'XX' },
    { recordTimeoutMs: 0 },
  ])('refuses %j', (options) => {
    expect(() => make(options)).toThrow(
      expect.objectContaining({ code: 'VALIDATE_OPTIONS_INVALID' }),
    );
  });
});

describe('a JSON Schema', () => {
  it.each([
    [{ $async: true, type: 'object' }],
    [{ type: 'nothing' }],
    [{ unknownKeyword: 1 }],
    [{ format: 'unknown' }],
    [{ $ref: '#/nowhere' }],
    [[]],
    ['x'],
  ])('that cannot be relied on is refused: %j', async (bad) => {
    const refused = expect.objectContaining({ code: 'VALIDATE_SCHEMA_INVALID' });
    expect(() => compileSchema(bad)).toThrow(refused);
    await expect(make().validateOutput({ output: 1, schema: bad }, { context })).rejects.toThrow(
      refused,
    );
  });

  it('names places as they are', () => {
    const nested = { properties: { 'a/b': { items: { type: 'number' } } }, required: ['c'] };
    const paths = compileSchema(nested).check({ 'a/b': [1, 'x'] });
    expect(paths.map(({ path, rule }) => [path, rule])).toEqual([
      ['$.c', 'schema.required'],
      ['$["a/b"][1]', 'schema.type'],
    ]);
  });

  it.each([
    ['date-time', '2026-11-21T10:00:00Z', '2026-02-30T10:00:00Z'],
    ['email', 'a@example.org', 'a@b'],
    ['uri', 'https://example.org/a', 'no uri'],
    ['uuid', '123e4567-e89b-12d3-a456-426614174000', '123'],
    ['date', '2026-11-21', '2026-13-01'],
    ['time', '10:00:00Z', '25:00:00Z'],
  ])('checks %s', (format, good, bad) => {
    const { check } = compileSchema({ type: 'string', format });
    expect([check(good).length, check(bad).length]).toEqual([0, 1]);
  });
});

it('finds a difference exactly where there is one', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(diff(a, structuredClone(a))).toEqual([]);
      const same = JSON.stringify(a) === JSON.stringify(b);
      if (!same && diff(a, b).length === 0) expect(a).toEqual(b);
    }),
  );
});
