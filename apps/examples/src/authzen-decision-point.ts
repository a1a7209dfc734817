import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { generateSigningKey } from '@spanforge/core-signing';
import { createGovernor, resolveReview } from '@spanforge/govern';
import { createPolicy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { createDecisionPoint } from './authzen/decision-point.js';

const place = { tenant: 'shop', project: 'support', env: 'prod' };
const origin = 'shop.example/evidence';
const log = await openEvidenceLog({
  ...{ store: createMemoryStore(), origin, writer: 'example', hmac: false },
});
const setup = { ...place, run: 'setup', traceId: 'setup', agent: 'example', actor: 'platform' };
const context = { ...setup, source: 'example@1.0.0' };
const policy = createPolicy({ recorder: log, reader: log, context });
const bundle = new URL('../bundles/refunds.yaml', import.meta.url);
await policy.lifecycle.activate(parseBundleYaml(await readFile(bundle, 'utf8')));
const governor = createGovernor({ log, policy });
// The permission itself: whoever enforces it makes the refund when the answer is true.
governor.govern(() => 'permitted', { name: 'refund' });

const token = 'the-token-of-the-help-desk';
const desk = { name: 'helpdesk', subjects: ['alice'] };
const server = createDecisionPoint({
  ...{ log, governor, place, publicUrl: 'https://pdp.shop.example' },
  key: await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
  callers: new Map([[createHash('sha256').update(token).digest('hex'), desk]]),
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;

/** What any enforcement point does; the addresses are those of the answers. */
async function ask(path: string, body?: object) {
  const url = new URL(
    new URL(path, 'https://pdp.shop.example').pathname,
    `http://127.0.0.1:${port}`,
  );
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const sent = body ? { method: 'POST', body: JSON.stringify(body) } : {};
  const response = await fetch(url, { headers, ...sent });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const refund = (amount: number) => ({
  subject: { type: 'user', id: 'alice' },
  resource: { type: 'tool', id: 'refund' },
  action: { name: 'call', properties: { arguments: { order: 'A-3', amount } } },
});
const EVALUATION = '/access/v1/evaluation';

for (const amount of [20, 50_000]) {
  const { body } = await ask(EVALUATION, refund(amount));
  console.log(
    `${amount}: ${body.decision}, can be asked for: ${'access_request' in (body.context ?? {})}`,
  );
}
const denied = (await ask(EVALUATION, refund(500))).body;
const { access_request: hint, evaluation_id, reason } = denied.context;
console.log(`500: ${denied.decision}, can be asked for: ${hint !== undefined}`);
const { expires_at, binding_token } = hint;
const denial = { evaluation_id, reason, expires_at, binding_token };
const submitted = await ask(hint.endpoint, { ...refund(500), denial });
const { task } = submitted.body;
console.log(`asked for: ${submitted.status}, ${task.status}`);

await resolveReview(log, { reviewId: task.id, resolution: 'approved', reviewer: 'bob' });
const done = (await ask(task.status_endpoint)).body;
console.log(`bob: ${done.task.status}, ${done.result.mode}`);

const { approval } = done.result;
for (const amount of [501, 500, 500]) {
  const { body } = await ask(EVALUATION, { ...refund(amount), context: { approval } });
  console.log(
    `${amount} with it: ${body.decision}${body.context ? `, ${body.context.reason}` : ''}`,
  );
}
server.close();
await log.close();
