import { Command } from '@langchain/langgraph';
import { type HeldCall, resolveReview } from '@spanforge/govern';
import { createAgent } from 'langchain';
import { expect, it } from 'vitest';
import { pendingReviews } from './pending-reviews.js';
import { createWorld, pay, payTool, scripted } from './testing/fixtures.js';

const thread = { configurable: { thread_id: 'pending' } };

it.each(['approved', 'rejected'] as const)(
  'questions are announced, awaited, %s elsewhere, and resumed with anything',
  async (resolution) => {
    const announced: HeldCall[] = [];
    const { start, effects, checkpointer } = createWorld();
    const onHeld = (held: HeldCall) => announced.push(held);
    const { governance, reviews, log } = await start({}, { onHeld });
    const agent = createAgent({
      model: scripted([pay('c1', 5)], [pay('c2', 500)]),
      tools: [payTool(effects)],
      middleware: [governance.middleware()],
      checkpointer,
    });
    const held = await agent.invoke({ messages: 'pay both' }, thread);
    const [pending, ...more] = pendingReviews(held, reviews);
    if (pending === undefined) throw new Error('nothing was held');
    expect(more).toEqual([]);
    const { reviewId, interruptId, question } = pending;
    expect(question).toMatchObject({ tool: 'pay', callId: 'c2' });
    expect(announced).toMatchObject([{ callId: 'c2', reviewId }]);
    const [stored] = pendingReviews(await agent.graph.getState(thread), reviews);
    expect(stored).toMatchObject({ reviewId, interruptId });
    const stop = new AbortController();
    const givenUp = pending.decided({ signal: stop.signal, pollMs: 5 });
    stop.abort(new Error('no longer'));
    await expect(givenUp).rejects.toThrow('no longer');
    const decided = pending.decided({ pollMs: 5 });
    await resolveReview(log, { reviewId, resolution, reviewer: 'bob' });
    expect(await decided).toBe(resolution);
    await agent.invoke(new Command({ resume: 'decided' }), thread);
    expect(effects).toHaveLength(resolution === 'approved' ? 2 : 1);
  },
);

it('what is no question of ours is not pending', async () => {
  const { start } = createWorld();
  const { reviews } = await start();
  const others = [{ value: { kind: 'other', reviewId: 'r' } }, { value: 'spanforge_review' }];
  expect(pendingReviews({ __interrupt__: others }, reviews)).toEqual([]);
  expect(pendingReviews({}, reviews)).toEqual([]);
});
