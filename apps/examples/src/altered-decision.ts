import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RecordDraft, readRecords } from '@spanforge/core-events';
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
import { createOperator, verifyPackage } from '@spanforge/operator';
import { writePackage } from '@spanforge/operator/node';
import { rederive, verify } from '@spanforge/operator/verifier';
import { createPolicy } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';

const origin = 'shop.example/evidence';
const logKey = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
const packageKey = await generateSigningKey({ alg: 'Ed25519', role: 'package' });
const trusted = [formatVkey(origin, logKey), formatJwks([toVerificationKey(packageKey)])];
const context = {
  ...{ tenant: 'shop', project: 'support', env: 'prod', run: 'run-1', traceId: 'order-1' },
  ...{ agent: 'helpdesk', actor: 'alice', source: 'example@1.0.0' },
};

/** A log, and the package of the trace that whoever holds its keys makes of it, values and all. */
async function openLog() {
  const store = createMemoryStore();
  const log = await openEvidenceLog({ store, origin, writer: 'example', hmac: false });
  const signing = { store, origin, signer: logKey, mark: createMemoryMark(), holder: 'example' };
  const operator = createOperator({
    ...{ reader: log, checkpointer: createCheckpointer(signing), packageKeys: [packageKey] },
    logKey: formatVkey(origin, logKey),
  });
  const exported = () => operator.exportPackage({ traceId: 'order-1' }, { disclose: () => true });
  return { log, exported };
}

// The policy blocks a refund of 50000.
const honest = await openLog();
const setup = { ...context, run: 'setup', traceId: 'setup' };
const policy = createPolicy({ recorder: honest.log, reader: honest.log, context: setup });
const bundle = new URL('../bundles/refunds.yaml', import.meta.url);
await policy.lifecycle.activate(parseBundleYaml(await readFile(bundle, 'utf8')));
await policy.evaluate(
  {
    ...{ service: 'sf_govern', control: 'tool_call', tool: 'refund', action: 'write' },
    ...{ agent: { id: 'helpdesk' }, actor: { id: 'alice' }, env: 'prod' },
    args: { order: 'A-2', amount: 50_000 },
  },
  { context },
);

// Somebody with every key writes the whole log anew: new leaves, a new tree, new signatures. Only
// the decision is another; the policy and the request cannot be, for others know their digests.
const forged = await openLog();
const allowed = {
  outcome: 'allow',
  rules: [],
  reason: 'Fine.',
  reason_code: 'default',
  matched: false,
};
for (const record of await readRecords(honest.log, {})) {
  if (record.index === 0) continue; // the new log has said that it was opened
  const { type, index, policy: by } = record;
  const isDecision = type === 'spanforge.policy.decision.v1';
  const draft: RecordDraft = {
    ...{ type, context: record.context, disclosures: await honest.log.disclosures(index) },
    body: isDecision ? { ...record.body, ...allowed } : record.body,
    ...(by ? { policy: by } : {}),
  };
  await forged.log.append([draft]);
}

const folder = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'altered-decision-'));
for (const [name, key] of trusted.entries()) {
  await writeFile(join(folder, ['log.vkey', 'package.jwks.json'][name] ?? ''), key);
}
for (const [name, { exported }] of Object.entries({ honest, forged })) {
  const evidence = await exported();
  await writePackage(join(folder, `${name}.json`), evidence);
  const signed = await verifyPackage(evidence, { keys: trusted });
  const derived = await verifyPackage(evidence, { keys: trusted, rederive });
  const alone = await verify(evidence, { keys: trusted });
  console.log(`${name}, signatures and proofs alone: ${signed.verdict}`);
  console.log(`${name}, decisions taken again: ${derived.verdict}`);
  if (derived.firstBad)
    console.log(`  record ${derived.firstBad.index}: ${derived.firstBad.reason}`);
  console.log(`${name}, by verify.mjs: ${alone.verdict}`);
}
console.log(`
The packages are in ${folder}:
  spanforge operator verify forged.json --key log.vkey --key package.jwks.json`);
await Promise.all([honest.log.close(), forged.log.close()]);
