import { Agent, Runner, tool } from '@openai/agents';
import { describeTold } from '@spanforge-tooling/bypass/told-contract';
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
    const refund = tool({
      name: 'refund',
      description: 'Pays money back.',
      parameters: z.object({ to: z.string(), amount: z.number() }),
      execute: async () => 'paid',
    });
    const call = (id: string) => [{ id, tool: 'refund', input: args }];
    const agent = new Agent({
      name: 'helpdesk',
      tools: governTools([refund], { governor: world.another(parts), context: CONTEXT }),
      model: scripted(call('c1'), call('c2'), 'done'),
    });
    const result = await new Runner({ tracingDisabled: true }).run(agent, 'x');
    const answers = result.newItems.flatMap((item) =>
      'output' in item ? [String(item.output)] : [],
    );
    return { answers, everything: JSON.stringify(result.history) };
  },
});
