import type { EvidenceLog } from '@spanforge/core-events/log';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ScopeError } from './error.js';
import { createScope } from './scope.js';
import { CONTEXT, createSwitchboard, openLog, type Switchboard } from './testing/fixtures.js';
import type { Scope, ScopeOptions } from './types.js';

const call = { context: CONTEXT };
const READ = { agentId: 'a', resource: 'claims', action: 'read' };
const OPEN = 'circuit breaker is open; failing secure';

let log: EvidenceLog;
let board: Switchboard;
let time: { now: number };

async function setUp(options: Partial<ScopeOptions> = {}): Promise<Scope> {
  const scope = createScope({
    recorder: board.recorder,
    reader: board.reader,
    clock: () => time.now,
    lookupTimeoutMs: 200,
    recordTimeoutMs: 200,
    ...options,
  });
  await scope.register({ agentId: 'a', resourceActions: { claims: ['read'] } }, call);
  board.attempts = 0;
  return scope;
}

const evaluateMany = async (scope: Scope, count: number): Promise<string[]> => {
  const codes: string[] = [];
  for (let n = 0; n < count; n += 1) codes.push((await scope.evaluate(READ, call)).reasonCode);
  return codes;
};

beforeEach(async () => {
  log = await openLog();
  board = createSwitchboard(log);
  time = { now: 1_000_000 };
});

describe('when the log does not take records', () => {
  it.each(['rejects', 'throws', 'hangs'] as const)(
    'never allows, opens after five failures and stops trying (%s)',
    async (how) => {
      const scope = await setUp();
      board.append = how;
      expect(await evaluateMany(scope, 8)).toEqual([
        ...Array.from({ length: 5 }, () => 'evidence_unavailable'),
        ...Array.from({ length: 3 }, () => 'circuit_open'),
      ]);
      expect(board.attempts).toBe(5);
      const result = await scope.evaluate(READ, call);
      expect(result).toMatchObject({ outcome: 'block', allowed: false, reason: OPEN });
      expect(result.recordId).toBeUndefined();
      expect(await scope.getStatus()).toMatchObject({
        ...{ status: 'unavailable', reasonCode: 'circuit_open', breaker: 'open' },
        ...{ totalChecks: 9, blockedChecks: 9, unrecordedChecks: 9 },
      });
    },
  );

  it('asks neither manifests nor policy nor log while the circuit is open', async () => {
    const scope = await setUp({ cbThreshold: 1 });
    board.append = 'rejects';
    await evaluateMany(scope, 1);
    board.read = 'hangs';
    board.append = 'works';
    expect((await scope.evaluateWithPolicy(READ, call)).reasonCode).toBe('circuit_open');
    expect(board.attempts).toBe(1);
  });

  it('half-opens for one probe in a race, and closes on its success', async () => {
    const scope = await setUp({ cbThreshold: 2, cbResetSeconds: 30 });
    board.append = 'rejects';
    await evaluateMany(scope, 2);
    board.append = 'works';
    time.now += 29_999;
    expect(await evaluateMany(scope, 1)).toEqual(['circuit_open']);
    time.now += 1;
    const racing = await Promise.all(Array.from({ length: 10 }, () => scope.evaluate(READ, call)));
    expect(racing.filter(({ outcome }) => outcome === 'allow')).toHaveLength(1);
    expect(racing.filter(({ reason }) => reason === OPEN)).toHaveLength(9);
    expect(await evaluateMany(scope, 1)).toEqual(['granted']);
  });

  it('opens again when the probe fails', async () => {
    const scope = await setUp({ cbThreshold: 2 });
    board.append = 'rejects';
    await evaluateMany(scope, 2);
    time.now += 30_000;
    expect(await evaluateMany(scope, 2)).toEqual(['evidence_unavailable', 'circuit_open']);
  });

  it('records what it answered as soon as the log answers again, each once', async () => {
    const scope = await setUp({ cbThreshold: 2 });
    board.append = 'rejects';
    await evaluateMany(scope, 5);
    board.append = 'works';
    expect(await scope.listForTrace('trace-1')).toHaveLength(0);
    time.now += 30_000;
    expect(await evaluateMany(scope, 1)).toEqual(['granted']);
    await scope.flush();
    const codes = (await scope.listForTrace('trace-1')).map(({ reasonCode, reason }) =>
      reasonCode === 'circuit_open' ? reason : reasonCode,
    );
    expect(codes.sort()).toEqual([
      ...[OPEN, OPEN, OPEN, 'evidence_unavailable', 'evidence_unavailable', 'granted'],
    ]);
    expect(await scope.getStatus()).toMatchObject({ status: 'ok', unrecordedChecks: 0 });
    await scope.flush();
    expect(await scope.listForTrace('trace-1')).toHaveLength(6);
  });

  it('needs nobody to ask for that: a decision that is recorded takes the others along', async () => {
    const scope = await setUp({ cbThreshold: 5 });
    board.append = 'rejects';
    await evaluateMany(scope, 2);
    board.append = 'works';
    await evaluateMany(scope, 1);
    await vi.waitFor(async () => {
      expect(await scope.listForTrace('trace-1')).toHaveLength(3);
    });
  });

  it('writes nothing twice when the log was slow rather than broken', async () => {
    const scope = await setUp();
    board.append = 'lands_unheard';
    expect(await evaluateMany(scope, 1)).toEqual(['evidence_unavailable']);
    await scope.flush();
    expect((await scope.getStatus()).unrecordedChecks).toBe(1);
    board.append = 'works';
    await scope.flush();
    expect((await scope.getStatus()).unrecordedChecks).toBe(0);
    const codes = (await scope.listForTrace('trace-1')).map(({ reasonCode }) => reasonCode);
    expect(codes).toEqual(['granted', 'evidence_unavailable']);
  });

  it('counts what it cannot keep, and records the count', async () => {
    const scope = await setUp({ cbThreshold: 1, maxLateRecords: 3 });
    board.append = 'rejects';
    await evaluateMany(scope, 10);
    await scope.flush();
    expect(await scope.getStatus()).toMatchObject({ unrecordedChecks: 10 });
    board.append = 'works';
    await scope.flush();
    const recorded = await scope.listForTrace('trace-1');
    expect(recorded.map(({ reasonCode }) => reasonCode)).toEqual([
      ...['evidence_unavailable', 'circuit_open', 'circuit_open', 'decisions_missed'],
    ]);
    expect(recorded[3]).toMatchObject({ allowed: false, outcome: 'block' });
    expect(recorded[3]?.reason).toMatch(/^7 /);
    expect(await scope.getStatus()).toMatchObject({ unrecordedChecks: 0 });
  });

  it('does not let one bad context open the circuit for everybody', async () => {
    const scope = await setUp();
    const bad = { context: { ...CONTEXT, traceId: 'line\nbreak' } };
    for (let n = 0; n < 10; n += 1) {
      expect((await scope.evaluate(READ, bad)).reasonCode).toBe('evidence_unavailable');
    }
    expect(await evaluateMany(scope, 1)).toEqual(['granted']);
    await scope.flush();
    expect(await scope.getStatus()).toMatchObject({
      ...{ breaker: 'closed', unrecordedChecks: 0, unrecordableChecks: 10 },
    });
  });

  it('rejects administrative writes', async () => {
    const scope = await setUp();
    board.append = 'rejects';
    await expect(scope.register({ agentId: 'b' }, call)).rejects.toMatchObject({
      code: 'SCOPE_EVIDENCE_UNAVAILABLE',
    });
    await expect(scope.unregister('a', call)).rejects.toSatisfy(ScopeError.is);
    expect(await scope.getManifest('a', { tenant: 'acme' })).toBeDefined();
  });

  it('says which member of an incomplete context is missing', async () => {
    const scope = await setUp();
    const { run: _run, ...context } = CONTEXT;
    await expect(scope.register({ agentId: 'b' }, { context } as typeof call)).rejects.toThrow(
      'the change cannot be recorded: record: $.run is not valid',
    );
  });
});

describe('with a staged recorder', () => {
  it('counts how the commit went, later', async () => {
    const scope = await setUp({ cbThreshold: 2 });
    board.append = 'fails_late';
    expect(await evaluateMany(scope, 1)).toEqual(['granted']);
    await evaluateMany(scope, 1);
    expect(await evaluateMany(scope, 1)).toEqual(['circuit_open']);
  });

  it('writes through the recorder of the call, and knows its record before the commit', async () => {
    const scope = await setUp();
    const stage = log.stage();
    const result = await scope.evaluate(READ, { context: CONTEXT, recorder: stage });
    expect(result).toMatchObject({ outcome: 'allow' });
    expect(await scope.listForTrace('trace-1')).toHaveLength(0);
    await stage.commit();
    expect((await scope.listForTrace('trace-1'))[0]?.id).toBe(result.recordId);
    expect(board.attempts).toBe(0);
  });
});

describe('when the log cannot be read', () => {
  it.each(['rejects', 'hangs'] as const)('blocks beyond the allowed lag (%s)', async (how) => {
    const scope = await setUp({ maxLagMs: 1000 });
    board.read = how;
    time.now += 900;
    if (how === 'rejects') expect((await scope.evaluate(READ, call)).outcome).toBe('allow');
    time.now += 200;
    expect(await scope.evaluate(READ, call)).toMatchObject({
      ...{ outcome: 'block', reasonCode: 'store_unavailable' },
    });
    expect(await scope.getStatus()).toMatchObject({
      status: 'unavailable',
      reasonCode: 'state_unavailable',
    });
    await expect(scope.getManifest('a', { tenant: 'acme' })).rejects.toMatchObject({
      code: 'SCOPE_STATE_UNAVAILABLE',
    });
  });

  it('never answers from nothing: a first read that fails blocks', async () => {
    board.read = 'rejects';
    const scope = createScope({ recorder: board.recorder, reader: board.reader });
    expect((await scope.evaluate(READ, call)).reasonCode).toBe('store_unavailable');
  });
});
