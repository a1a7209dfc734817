import { describeTold } from '@spanforge-tooling/bypass/told-contract';
import { createAgent } from 'langchain';
import { expect } from 'vitest';
import { CONTEXT, createWorld, HELLO, payTool, scripted } from './testing/fixtures.js';

describeTold({
  environment: CONTEXT.env,
  policyId: 'desk',
  async run({ bundle, parts, args }) {
    const { start, effects } = createWorld();
    const { governance, policy } = await start({}, parts);
    await policy.lifecycle.activate(bundle);
    const call = (id: string) => [{ name: 'pay', args, id }];
    const { messages } = await createAgent({
      model: scripted(call('c1'), call('c2')),
      tools: [payTool(effects)],
      middleware: [governance.middleware()],
    }).invoke(HELLO);
    expect(effects).toEqual([]);
    const answers = messages.filter((one) => one.type === 'tool').map(({ text }) => text);
    return { answers, everything: JSON.stringify(messages) };
  },
});
