import {
  canonicalize,
  createStatement,
  encodeStatement,
  formatEnvelope,
  generateSigningKey,
  limitKey,
  parseEnvelope,
  parseStatement,
  type SigningKey,
  STATEMENT_PAYLOAD_TYPE,
  signEnvelope,
  toVerificationKey,
  type VerificationKey,
} from '@spanforge/core-signing';
import { beforeAll, expect, it } from 'vitest';
import { createGate } from '../gate.js';
import { createRunCommand } from '../process/run-command.js';
import { useFolder } from '../testing/folder.js';
import { type GatePredicate, subjectsOf, VSA_PREDICATE_TYPE } from './predicate.js';
import { verifyGateStatement } from './verify-statement.js';

const folder = useFolder();
let keys: { readonly [name in 'edwards' | 'nist' | 'next' | 'stranger']: SigningKey };
beforeAll(async () => {
  const make = (alg: 'Ed25519' | 'ES256') => generateSigningKey({ alg, role: 'package' });
  keys = {
    ...{ edwards: await make('Ed25519'), nist: await make('ES256') },
    ...{ next: await make('Ed25519'), stranger: await make('ES256') },
  };
});
type Name = keyof typeof keys;
const trusted = (...names: Name[]) => names.map((name) => toVerificationKey(keys[name]));

/** The predicate of a run of one gate, as the gate writes it. */
async function predicateOf(score: number): Promise<GatePredicate> {
  folder.write('p.yaml', `gates: [{id: prri, type: halluccheck_prri, with: {score: ${score}}}]\n`);
  const runCommand = createRunCommand(process.env);
  const gate = createGate({ root: folder.root, runCommand, keys: [keys.edwards] });
  const { statement = '' } = await gate.runPipeline('p.yaml');
  const payload = Buffer.from(parseEnvelope(statement).payload, 'base64');
  return parseStatement(payload).predicate as unknown as GatePredicate;
}

function sign(predicate: GatePredicate, ...names: Name[]) {
  const statement = createStatement({
    subjects: subjectsOf(predicate),
    predicateType: VSA_PREDICATE_TYPE,
    predicate: JSON.parse(canonicalize(predicate)),
  });
  return signEnvelope({
    payloadType: STATEMENT_PAYLOAD_TYPE,
    payload: encodeStatement(statement),
    keys: names.map((name) => keys[name]),
  });
}

/** Status, signers and problems of a statement that these keys signed. */
async function judged(
  names: readonly Name[],
  against: readonly VerificationKey[],
  options: { readonly threshold?: number; readonly unnamed?: boolean; readonly bad?: Name } = {},
) {
  const { unnamed, bad, ...rest } = options;
  const envelope = await sign(await predicateOf(42.5), ...names);
  const signatures = envelope.signatures.map(({ keyid, sig }) => {
    if (unnamed) return { sig };
    if (bad === undefined || keyid !== keys[bad].kid) return { keyid, sig };
    return { keyid, sig: Buffer.alloc(64, 1).toString('base64') };
  });
  const text = formatEnvelope({ ...envelope, signatures } as typeof envelope);
  const { status, exitCode, signers, problems } = await verifyGateStatement(text, {
    keys: against,
    ...rest,
  });
  const of = (kid: string) => Object.entries(keys).find(([, key]) => key.kid === kid)?.[0];
  return [status, exitCode, signers.map(of).sort(), problems];
}

const VALID = ['valid', 0] as const;
const missing = (alg: string) => [`no trusted ${alg} key signed, and one is expected to`];

it('needs a signature in each algorithm of the trusted keys: a removed one is noticed', async () => {
  const both = trusted('edwards', 'nist');
  expect(await judged(['edwards', 'nist'], both)).toEqual([...VALID, ['edwards', 'nist'], []]);
  expect(await judged(['edwards'], both)).toEqual(['invalid', 1, ['edwards'], missing('ES256')]);
  expect(await judged(['nist'], both)).toEqual(['invalid', 1, ['nist'], missing('Ed25519')]);
  // One of a stranger in its place is none.
  expect(await judged(['edwards', 'stranger'], both)).toEqual([
    ...['invalid', 1, ['edwards'], missing('ES256')],
  ]);
  expect(await judged(['edwards'], trusted('edwards'))).toEqual([...VALID, ['edwards'], []]);
});

it('needs one key of an algorithm, not each', async () => {
  const all = trusted('edwards', 'next', 'nist', 'stranger');
  expect(await judged(['next', 'nist'], all)).toEqual([...VALID, ['next', 'nist'], []]);
});

it('tries a signature that names no key with every trusted one', async () => {
  const both = trusted('edwards', 'nist');
  const unnamed = { unnamed: true };
  expect(await judged(['nist', 'edwards'], both, unnamed)).toEqual([
    ...[...VALID, ['edwards', 'nist'], []],
  ]);
  expect(await judged(['edwards'], both, unnamed)).toEqual([
    ...['invalid', 1, ['edwards'], missing('ES256')],
  ]);
});

it('is untrusted where no trusted key signed, and where none is trusted', async () => {
  for (const against of [trusted('nist', 'next'), []]) {
    expect(await judged(['edwards', 'stranger'], against)).toEqual(['untrusted', 3, [], []]);
  }
});

it('is invalid where a signature names a trusted key and is not its own', async () => {
  const problems = ['a trusted key did not make its signature'];
  const both = trusted('edwards', 'nist');
  for (const options of [{}, { threshold: 1 }]) {
    expect(await judged(['edwards', 'nist'], both, { ...options, bad: 'nist' })).toEqual([
      ...['invalid', 1, ['edwards'], problems],
    ]);
  }
  expect(await judged(['nist'], both, { bad: 'nist' })).toEqual(['invalid', 1, [], problems]);
});

it('takes the threshold that is asked for instead', async () => {
  const both = trusted('edwards', 'nist');
  const few = ['fewer trusted keys signed than are required'];
  expect(await judged(['edwards'], both, { threshold: 1 })).toEqual([...VALID, ['edwards'], []]);
  expect(await judged(['edwards'], both, { threshold: 2 })).toEqual(['invalid', 1, [], few]);
  expect(await judged(['stranger'], both, { threshold: 2 })).toEqual(['untrusted', 3, [], []]);
  const three = trusted('edwards', 'nist', 'next');
  expect(await judged(['edwards', 'nist'], three, { threshold: 3 })).toEqual([
    ...['invalid', 1, [], few],
  ]);
  for (const threshold of [0, 3, Number.NaN]) {
    expect((await judged(['edwards', 'nist'], both, { threshold })).slice(0, 2)).toEqual([
      ...['invalid', 1],
    ]);
  }
});

it('does not count a key that was revoked, and counts a retired one', async () => {
  const [edwards, nist] = trusted('edwards', 'nist');
  if (edwards === undefined || nist === undefined) throw new Error('no keys');
  const revoked = limitKey(edwards, { lastGoodSize: 5 });
  expect(await judged(['edwards', 'nist'], [revoked, nist])).toEqual(['untrusted', 3, [], []]);
  expect(await judged(['nist'], [revoked, nist])).toEqual([...VALID, ['nist'], []]);
  expect(await judged(['next', 'nist', 'edwards'], [revoked, nist, ...trusted('next')])).toEqual([
    ...[...VALID, ['next', 'nist'], []],
  ]);
  const retired = limitKey(edwards, { retiredSize: 5 });
  expect(await judged(['edwards', 'nist'], [retired, nist])).toEqual([
    ...[...VALID, ['edwards', 'nist'], []],
  ]);
  expect(await judged(['nist'], [retired, nist])).toEqual([
    ...['invalid', 1, ['nist'], missing('Ed25519')],
  ]);
});

it('holds against a gate what its own facts contradict, not those of another of its id', async () => {
  const predicate = await predicateOf(42.5);
  const run = predicate.spanforge_gate_run;
  const [gate] = run.gates;
  if (gate === undefined) throw new Error('no gate');
  const checks = async (gates: readonly (typeof gate)[]) => {
    const changed = { ...predicate, spanforge_gate_run: { ...run, gates: [...gates] } };
    const text = formatEnvelope(await sign(changed, 'edwards'));
    const report = await verifyGateStatement(text, { keys: trusted('edwards') });
    expect(report.problems).toContain('run: a gate comes twice');
    expect([report.status, report.exitCode]).toEqual(['invalid', 1]);
    return report.gates.map(({ gateId, check }) => `${gateId}: ${check}`);
  };
  const wrong = { ...gate, blocking: !gate.blocking };
  expect(await checks([wrong, gate])).toEqual(['prri: contradicted', 'prri: recomputed']);
  expect(await checks([gate, wrong])).toEqual(['prri: recomputed', 'prri: contradicted']);
});
