import { createPolicy } from '@spanforge/policy';
import { describeTold, type ToldRun } from '@spanforge-tooling/bypass/told-contract';
import { expect } from 'vitest';
import { CONTEXT, openLog } from './testing/fixtures.js';
import { connectRaw, fakeServer, text, tool } from './testing/raw-client.js';

/** What a client receives that makes one call twice. */
async function received({ bundle, parts, args }: ToldRun): Promise<readonly unknown[]> {
  const log = await openLog();
  const setup = { ...CONTEXT, actor: 'platform', source: 'test@1.0.0' };
  const policy = createPolicy({ recorder: log, reader: log, context: setup });
  await policy.lifecycle.activate(bundle);
  const server = fakeServer(({ method }) =>
    method === 'tools/list' ? { tools: [tool('pay')] } : text('done'),
  );
  const governor = { log, policy, ...parts };
  const client = await connectRaw({ governor, context: CONTEXT, server: server.transport });
  for (const id of [1, 2]) {
    const params = { name: 'pay', arguments: args };
    client.send({ jsonrpc: '2.0', id, method: 'tools/call', params });
    await client.when(() => client.received.some((one) => one.id === id));
  }
  await client.close();
  await log.close();
  return [...client.received];
}

describeTold({
  environment: CONTEXT.env,
  policyId: 'desk',
  async run(run) {
    const all = await received(run);
    const answers = [1, 2].map((id) =>
      JSON.stringify(all.find((one) => (one as { readonly id?: unknown }).id === id)),
    );
    // Beside the sentences, a client gets the same as structured content.
    if (run.parts.adviceFor) {
      expect(answers[0]).toContain('"bounds":[{"path":"amount","max":1000}]');
    }
    expect(answers[1]).toContain('"finality":"final"');
    return { answers, everything: JSON.stringify(all) };
  },
});
