import { createReviews, type HeldCall, resolveReview } from '@spanforge/govern';
import { generateText, type ModelMessage, tool } from 'ai';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pendingReviews } from './pending-reviews.js';
import { CONTEXT, openWorld, type World } from './testing/fixtures.js';
import { scripted } from './testing/models.js';
import { governTools } from './tool-governor.js';

let world: World;
let paid: number[];
let announced: HeldCall[];
beforeEach(async () => {
  world = await openWorld();
  paid = [];
  announced = [];
});

const call = (id: string, amount: number) => ({
  id,
  tool: 'refund',
  input: { order: 'A', amount },
});

function governed() {
  const governor = world.another({ onHeld: (held) => announced.push(held) });
  const refund = tool({
    inputSchema: z.object({ order: z.string(), amount: z.number() }),
    execute: async ({ amount }) => paid.push(amount),
  });
  return governTools({ refund }, { governor, context: CONTEXT });
}

async function held(...calls: readonly ReturnType<typeof call>[]) {
  const tools = governed();
  const messages: ModelMessage[] = [{ role: 'user', content: 'refund it' }];
  const { response } = await generateText({ model: scripted(calls), tools, messages });
  messages.push(...response.messages);
  const reviews = createReviews({ log: world.log });
  return {
    tools,
    messages,
    pending: await pendingReviews({ messages, reviews, context: CONTEXT }),
  };
}

describe('calls of a conversation that wait', () => {
  it.each(['approved', 'rejected'] as const)(
    'are announced, awaited, %s elsewhere, and resumed',
    async (resolution) => {
      const { tools, messages, pending } = await held(call('c1', 5), call('c2', 500));
      expect(pending).toMatchObject([{ toolCallId: 'c2' }]);
      const [one] = pending;
      expect(announced).toMatchObject([{ callId: 'c2', reviewId: one?.reviewId }]);
      const decided = [one?.decided({ pollMs: 5 }), announced[0]?.review?.decided({ pollMs: 5 })];
      const reviewId = one?.reviewId ?? '';
      await resolveReview(world.log, { reviewId, resolution, reviewer: 'bob' });
      expect(await Promise.all(decided)).toEqual([resolution, resolution]);
      const answer = one?.resume(resolution === 'approved');
      await generateText({
        model: scripted('done'),
        tools,
        messages: [...messages, ...(answer ? [answer] : [])],
      });
      expect(paid).toEqual(resolution === 'approved' ? [5, 500] : [5]);
    },
  );

  it('run nothing because of a yes alone, and are pending no more once answered', async () => {
    const { tools, messages, pending } = await held(call('c1', 500));
    const answer = pending[0]?.resume(true);
    const all = [...messages, ...(answer ? [answer] : [])];
    await generateText({ model: scripted('done'), tools, messages: all });
    expect(paid).toEqual([]);
    const reviews = createReviews({ log: world.log });
    expect(await pendingReviews({ messages: all, reviews, context: CONTEXT })).toEqual([]);
    const elsewhere = { ...CONTEXT, tenant: 'other' };
    expect(await pendingReviews({ messages, reviews, context: elsewhere })).toEqual([]);
  });

  it('are given up when the signal says so', async () => {
    const { pending } = await held(call('c1', 500));
    const stop = new AbortController();
    const decided = pending[0]?.decided({ signal: stop.signal, pollMs: 5 });
    stop.abort(new Error('no longer'));
    await expect(decided).rejects.toThrow('no longer');
  });
});
