import { beforeEach, describe, expect, it } from 'vitest';
import { createGovernor, type Governor } from '../index.js';
import { CONTEXT, openLog } from '../testing/fixtures.js';
import { createAdmissions } from './admissions.js';
import { openGate } from './gate.js';

let governor: Governor;
beforeEach(async () => {
  governor = createGovernor({ log: await openLog() });
});

const outside = (tool: string): Error => new Error(`outside: ${tool}`);

const input = { order: 'A', amount: 5 };
const context = { ...CONTEXT, callId: 'c1' };

describe('an admitted call', () => {
  it.each(['before', 'after'])('cancelled %s it is taken does not run', async (when) => {
    const ran: unknown[] = [];
    const admissions = createAdmissions(60_000);
    const gate = openGate(governor, { name: 'refund' }, outside);
    expect(await admissions.admit(gate, 'key', input, context)).toBe(false);
    const controller = new AbortController();
    if (when === 'before') controller.abort(new Error('enough'));
    const result = admissions.take('key')?.go((given) => ran.push(given), controller.signal);
    // In the same turn of the loop: the tool was supplied and has not begun.
    if (when === 'after') controller.abort(new Error('enough'));
    expect(await result).toMatchObject({ status: 'cancelled' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(ran).toEqual([]);
    expect(admissions.take('key')).toBeUndefined();
  });

  it('is taken once, the oldest of its key first', async () => {
    const admissions = createAdmissions(60_000);
    const gate = openGate(governor, { name: 'refund' }, outside);
    await admissions.admit(gate, 'key', input, context);
    await admissions.admit(gate, 'key', input, context);
    const first = await admissions.take('key')?.go(() => 'ran', undefined);
    const second = await admissions.take('key')?.go(() => 'ran', undefined);
    expect(first).toMatchObject({ status: 'completed', value: 'ran' });
    expect(second).toMatchObject({ status: 'blocked', reasonCode: 'already_started' });
    expect(admissions.take('key')).toBeUndefined();
  });
});

describe('a gate', () => {
  it('runs what belongs to the call, once, also from within', async () => {
    const gate = openGate(governor, { name: 'refund' }, outside);
    const inner: unknown[] = [];
    const outer = await gate.start(input, context, async () => {
      inner.push(await governor.call('refund', input, { ...CONTEXT, callId: 'c2' }));
      return 'outer';
    });
    expect(outer).toMatchObject({ status: 'completed', value: 'outer' });
    expect(inner).toMatchObject([{ status: 'failed', error: { message: 'outside: refund' } }]);
  });

  it('keeps calls apart that are under way at once', async () => {
    const gate = openGate(governor, { name: 'refund' }, outside);
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        gate.start(input, { ...CONTEXT, callId: `c${at}` }, async () => {
          await new Promise((resolve) => setTimeout(resolve, (at * 7) % 5));
          return at;
        }),
      ),
    );
    expect(all.map((one) => one.status === 'completed' && one.value)).toEqual([
      ...Array.from({ length: 20 }).keys(),
    ]);
  });
});
