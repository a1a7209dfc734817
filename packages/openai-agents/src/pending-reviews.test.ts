import { Agent, Runner, RunState, tool } from '@openai/agents';
import { createReviews, type HeldCall, resolveReview } from '@spanforge/govern';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { pendingReviews } from './pending-reviews.js';
import { CONTEXT, openWorld } from './testing/fixtures.js';
import { scripted } from './testing/models.js';
import { governTools } from './tool-governor.js';

const runner = new Runner({ tracingDisabled: true });
const call = (id: string, amount: number) => ({
  id,
  tool: 'refund',
  input: { order: 'A', amount },
});

it.each(['approved', 'rejected'] as const)(
  'interruptions are announced, awaited, %s elsewhere, and resumed from a stored state',
  async (resolution) => {
    const world = await openWorld();
    const paid: number[] = [];
    const announced: HeldCall[] = [];
    const governor = world.another({ onHeld: (held) => announced.push(held) });
    const refund = tool({
      name: 'refund',
      description: 'Pays money back.',
      parameters: z.object({ order: z.string(), amount: z.number() }),
      execute: async ({ amount }) => String(paid.push(amount)),
    });
    const tools = governTools([refund], { governor, context: CONTEXT });
    const agent = new Agent({
      name: 'helpdesk',
      tools,
      model: scripted([call('c1', 5), call('c2', 500)], 'done'),
    });
    const stored = (await runner.run(agent, 'refund both')).state.toString();
    const state = await RunState.fromString(agent, stored);
    const reviews = createReviews({ log: world.log });
    const [pending, ...more] = await pendingReviews({ state, reviews, context: CONTEXT });
    if (pending === undefined) throw new Error('nothing was held');
    expect(more).toEqual([]);
    expect(announced).toMatchObject([{ callId: 'c2', reviewId: pending.reviewId }]);
    const stop = new AbortController();
    const givenUp = pending.decided({ signal: stop.signal, pollMs: 5 });
    stop.abort(new Error('no longer'));
    await expect(givenUp).rejects.toThrow('no longer');
    const decided = pending.decided({ pollMs: 5 });
    const { reviewId, interruption } = pending;
    await resolveReview(world.log, { reviewId, resolution, reviewer: 'bob' });
    expect(await decided).toBe(resolution);
    if (resolution === 'approved') state.approve(interruption);
    else state.reject(interruption);
    await runner.run(agent, state);
    expect(paid).toEqual(resolution === 'approved' ? [5, 500] : [5]);
  },
);
