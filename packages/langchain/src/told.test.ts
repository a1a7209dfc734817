import { createAgent } from 'langchain';
import { expect, it } from 'vitest';
import { createWorld, HELLO, payTool, scripted } from './testing/fixtures.js';

it('the model is told what would help, and that a call refused over and over is final', async () => {
  const { start, effects } = createWorld();
  const adviceFor = () => ({ bounds: [{ path: 'amount', max: 1000 }] });
  const { governance } = await start({}, { adviceFor, refusals: { limit: 1 } });
  const call = (id: string) => [{ name: 'pay', args: { to: 'ada', amount: 5000 }, id }];
  const state = await createAgent({
    model: scripted(call('c1'), call('c2')),
    tools: [payTool(effects)],
    middleware: [governance.middleware()],
  }).invoke(HELLO);
  const told = state.messages.filter((one) => one.type === 'tool').map(({ text }) => text);
  expect(told[0]).toContain('Another call may be allowed. It needs: amount at most 1000.');
  expect(told[1]).toContain('refused several times');
  expect(told[1]).toContain('This is final: do not make this call again.');
  expect(effects).toEqual([]);
});
