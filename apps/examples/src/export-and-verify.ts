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

const origin = 'shop.example/evidence';
const store = createMemoryStore();
const log = await openEvidenceLog({ store, origin, writer: 'example', hmac: false });
const logKey = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const packageKeys = [
  await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
  await generateSigningKey({ alg: 'ES256', role: 'package' }),
];

// Something happens under the trace order-1.
const governor = createGovernor({ log });
const greet = governor.govern((name: string) => `hello ${name}`, { name: 'greet', effect: 'read' });
await greet('Ada', {
  tenant: 'shop',
  project: 'support',
  env: 'prod',
  run: 'run-1',
  traceId: 'order-1',
  agent: 'helpdesk',
  actor: 'alice',
});

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
