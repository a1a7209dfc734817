import { readFile } from 'node:fs/promises';
import {
  createCheckpointer,
  createMemoryMark,
  createMemoryStore,
  openEvidenceLog,
} from '@spanforge/core-events/log';
import {
  formatJwks,
  formatVkey,
  generateSigningKey,
  toVerificationKey,
} from '@spanforge/core-signing';
import { createGovernor } from '@spanforge/govern';
import { createOperator, verifyPackage } from '@spanforge/operator';
import { createPolicy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';

const origin = 'shop.example/evidence';
const store = createMemoryStore();
const log = await openEvidenceLog({ store, origin, writer: 'example', hmac: false });
const logKey = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const packageKeys = [
  await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
  await generateSigningKey({ alg: 'ES256', role: 'package' }),
];

// Something happens under the trace order-1. A call that ran without a decision would be a violation.
const context = {
  tenant: 'shop',
  project: 'support',
  env: 'prod',
  run: 'run-1',
  traceId: 'order-1',
  agent: 'helpdesk',
  actor: 'alice',
};
const setup = { ...context, traceId: 'setup', source: 'example@1.0.0' };
const policy = createPolicy({ recorder: log, reader: log, context: setup });
const bundle = new URL('../bundles/refunds.yaml', import.meta.url);
await policy.lifecycle.activate(parseBundleYaml(await readFile(bundle, 'utf8')));
const governor = createGovernor({ log, policy });
const greet = governor.govern((name: string) => `hello ${name}`, { name: 'greet', effect: 'read' });
await greet('Ada', context);

// The operator exports it; the auditor has the public keys by another way.
const mark = createMemoryMark();
const operator = createOperator({
  reader: log,
  checkpointer: createCheckpointer({ store, origin, signer: logKey, mark, holder: 'example' }),
  packageKeys,
  logKey: formatVkey(origin, logKey),
});
const evidence = await operator.exportPackage({ traceId: 'order-1' });
const keys = [formatVkey(origin, logKey), formatJwks(packageKeys.map(toVerificationKey))];
const whole = await verifyPackage(evidence, { keys });
console.log(`as exported: ${whole.verdict}, ${whole.counts.records} records, ${whole.level}`);

const records = Uint8Array.from(evidence.get('records.jsonl') ?? []);
records[10] = (records[10] ?? 0) ^ 1;
const forged = await verifyPackage(new Map(evidence).set('records.jsonl', records), { keys });
console.log(`one bit later: ${forged.verdict}, ${forged.firstBad?.reason}`);

const stranger = await verifyPackage(evidence, { keys: [] });
console.log(`without keys: ${stranger.verdict}`);
await log.close();
