import { describeTold } from '@spanforge-tooling/bypass/told-contract';
import { generateText, stepCountIs, tool } from 'ai';
import { z } from 'zod';
import { CONTEXT, openWorld } from './testing/fixtures.js';
import { scripted } from './testing/models.js';
import { governTools } from './tool-governor.js';

describeTold({
  environment: CONTEXT.env,
  policyId: 'refunds',
  async run({ bundle, parts, args }) {
    const world = await openWorld();
    await world.policy.lifecycle.activate(bundle);
    const inputSchema = z.object({ to: z.string(), amount: z.number() });
    const tools = governTools(
      { refund: tool({ inputSchema, execute: async () => 'paid' }) },
      { governor: world.another(parts), context: CONTEXT },
    );
    const call = (id: string) => [{ id, tool: 'refund', input: args }];
    const { response, steps } = await generateText({
      model: scripted(call('c1'), call('c2'), 'done'),
      tools,
      prompt: 'x',
      stopWhen: stepCountIs(5),
    });
    const answers = steps.flatMap(({ content }) =>
      content.flatMap((part) => (part.type === 'tool-error' ? [String(part.error)] : [])),
    );
    return { answers, everything: JSON.stringify([response.messages, answers]) };
  },
});
