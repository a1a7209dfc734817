import {
  canonicalize,
  createStatement,
  encodeStatement,
  formatEnvelope,
  type JsonValue,
  type SigningKey,
  STATEMENT_PAYLOAD_TYPE,
  sha256,
  signEnvelope,
  toHex,
  utf8,
} from '@spanforge/core-signing';
import { readNote } from '../log-state.js';
import type { EvidencePackage } from '../package/members.js';
import { openTestLog, recordCall } from '../test-log.js';
import { predicate, resign, statementOf, text, withFiles } from '../verify/test-forge.js';
import { createSheet, type VectorSheet } from './sheet.js';
import { filesOf, type VectorFile } from './vector.js';

const TYPE = 'https://spanforge.dev/enterprise-package/v1';
const digestOf = (pkg: EvidencePackage, name: string): string =>
  toHex(sha256(pkg.get(name) ?? new Uint8Array()));

/** The checksums of all files but those that come last. */
function checksummed(pkg: EvidencePackage): EvidencePackage {
  const names = [...pkg.keys()].filter((name) => !/^(SHA256SUMS|package\.dsse\.json)$/.test(name));
  const lines = names.sort().map((name) => `${digestOf(pkg, name)}  ${name}\n`);
  return withFiles(pkg, { SHA256SUMS: lines.join('') });
}

const line = (value: object): Uint8Array => utf8(`${canonicalize(value)}\n`);

/** Signs a package as the specification says. */
async function signPackage(
  pkg: EvidencePackage,
  origin: string,
  signers: readonly SigningKey[],
  change: object,
): Promise<EvidencePackage> {
  const { size, root } = readNote(text(pkg, 'operator/checkpoint'));
  const said = {
    ...{ tenant: 'acme', log_origin: origin, log_size: size, root: toHex(root) },
    outcome: 'allow',
    operator_statement: digestOf(pkg, 'operator/package.dsse.json'),
    checksums: digestOf(pkg, 'SHA256SUMS'),
    generated_at: '2026-05-02T10:00:00.000Z',
    ...change,
  };
  const subjects = [...pkg.keys()]
    .filter((name) => name !== 'package.dsse.json')
    .map((name) => ({ name, sha256: digestOf(pkg, name) }));
  const statement = createStatement({
    subjects,
    predicateType: TYPE,
    predicate: said as JsonValue,
  });
  const payload = encodeStatement(statement);
  const common = { payloadType: STATEMENT_PAYLOAD_TYPE, keys: signers };
  const envelope = await signEnvelope({ ...common, payload });
  return withFiles(pkg, { 'package.dsse.json': formatEnvelope(envelope) });
}

/** An enterprise package, and how others like it are made. */
async function openScene() {
  const test = await openTestLog();
  const { keys, origin } = test;
  const signers = [keys.ed25519, keys.es256];
  await recordCall(test.log, 'trace-1');
  const operator = await test.operator.exportPackage({ traceId: 'trace-1' });
  const parts = {
    'profile.json': line({ v: 'spanforge.deployment-profile.v1', facts: [] }),
    'controls.json': line({ v: 'spanforge.enterprise-controls.v1', tenant_id: 'acme' }),
    'status.json': line({ v: 'spanforge.enterprise-status.v1', log: { origin } }),
    'architectures.json': line({ v: 'spanforge.reference-architectures.v1', matches: [] }),
  };
  const wrap = (inner: EvidencePackage): EvidencePackage =>
    checksummed(
      new Map([
        ...Object.entries(parts),
        ['VERIFY.md', utf8('# How to verify this package\n')],
        ...[...inner].map(([name, bytes]) => [`operator/${name}`, bytes] as const),
      ]),
    );
  const sign = (pkg: EvidencePackage, change: object = {}) =>
    signPackage(pkg, origin, signers, change);
  const enterprise = await sign(wrap(operator));
  return { keys, signers, jwks: test.jwks, vkey: test.vkey, operator, wrap, sign, enterprise };
}

type Scene = Awaited<ReturnType<typeof openScene>>;

/** Adds a package that is invalid. */
type AddInvalid = (name: string, forged: EvidencePackage, reason: string) => void;

function addTrusted({ add }: VectorSheet): void {
  add('an enterprise package', 'enterprise', undefined, 'valid');
  add('under the keys of the package alone', 'enterprise', undefined, 'valid', undefined, {
    keys: ['package'],
  });
  add('under the key of the log alone', 'enterprise', undefined, 'incomplete', undefined, {
    keys: ['log'],
  });
  add('without any key', 'enterprise', undefined, 'untrusted', 'no_trusted_key', { keys: [] });
}

/** Files that are changed, missing or one too many. */
async function addFiles(bad: AddInvalid, { enterprise, sign }: Scene): Promise<void> {
  bad('a changed part', withFiles(enterprise, { 'profile.json': '{}\n' }), 'digest_mismatch');
  bad('a file more', withFiles(enterprise, { 'more.json': '{}' }), 'unknown_file');
  bad('a file more inside', withFiles(enterprise, { 'operator/more': '' }), 'unknown_file');
  bad('a name that climbs', withFiles(enterprise, { 'operator/../x': '' }), 'unsafe_name');
  bad('a part less', withFiles(enterprise, { 'controls.json': undefined }), 'missing_file');
  bad('no checksums', withFiles(enterprise, { SHA256SUMS: undefined }), 'missing_file');
  bad(
    'a record less inside',
    withFiles(enterprise, { 'operator/records.jsonl': '' }),
    'line_count_mismatch',
  );
  bad(
    'other checksums',
    await sign(withFiles(enterprise, { SHA256SUMS: 'none\n' })),
    'checksum_mismatch',
  );
}

/** Parts changed by whoever has the package keys, everything around them made to fit. */
async function addParts(bad: AddInvalid, { enterprise, sign }: Scene): Promise<void> {
  const made = (files: Parameters<typeof withFiles>[1]) =>
    sign(checksummed(withFiles(enterprise, files)));
  bad('a part that is no JSON', await made({ 'profile.json': 'none' }), 'part_malformed');
  bad('a part that is null', await made({ 'profile.json': 'null\n' }), 'part_malformed');
  bad(
    'a part that is not canonical',
    await made({ 'profile.json': '{"v":"spanforge.deployment-profile.v1", "facts":[]}\n' }),
    'part_malformed',
  );
  bad(
    'a part of another version',
    await made({ 'profile.json': line({ v: 'spanforge.deployment-profile.v2' }) }),
    'part_malformed',
  );
  bad(
    'the status of another log',
    await made({
      'status.json': line({ v: 'spanforge.enterprise-status.v1', log: { origin: 'x' } }),
    }),
    'log_mismatch',
  );
  bad(
    'the controls of another tenant',
    await made({
      'controls.json': line({ v: 'spanforge.enterprise-controls.v1', tenant_id: 'other' }),
    }),
    'tenant_mismatch',
  );
}

/** Predicates that claim something else, or are none. */
async function addClaims(bad: AddInvalid, { enterprise, sign }: Scene): Promise<void> {
  for (const [claim, value] of Object.entries({
    tenant: 'other',
    log_origin: 'other',
    log_size: 1,
    root: '0'.repeat(64),
    outcome: 'block',
    operator_statement: '0'.repeat(64),
    checksums: '0'.repeat(64),
  })) {
    bad(`another ${claim}`, await sign(enterprise, { [claim]: value }), `${claim}_mismatch`);
  }
  for (const [name, change] of Object.entries({
    'a member more': { more: true },
    'a size that is text': { log_size: '1' },
    'no tenant': { tenant: '' },
  })) {
    bad(`a predicate with ${name}`, await sign(enterprise, change), 'predicate_malformed');
  }
}

/** Packages inside, predicate types and signers that are not the right ones. */
async function addOthers({ add }: VectorSheet, bad: AddInvalid, scene: Scene): Promise<void> {
  const { keys, signers, operator, wrap, sign, enterprise } = scene;
  const other = await resign(operator, signers, predicate({ outcome: 'block' }));
  bad('a false claim inside', await sign(wrap(other)), 'outcome_mismatch');
  const outerSaid = await resign(enterprise, signers, (statement) => ({
    ...statement,
    predicateType: 'https://spanforge.dev/operator-package/v1',
  }));
  add('the predicate type of the other', 'enterprise', outerSaid, 'unsupported', 'predicate_type');
  const stranger = await resign(enterprise, [keys.log], () => statementOf(enterprise));
  add('signed by somebody else', 'enterprise', stranger, 'untrusted', 'untrusted_key');
  const nested = await sign(
    checksummed(withFiles(enterprise, { 'operator/operator/package.dsse.json': '{}' })),
  );
  bad('an enterprise package in an enterprise package', nested, 'unknown_file');
}

/**
 * Makes the vectors about enterprise packages, with new keys: run by hand, and kept as they are from then
 * on. The base is put together here from the specification, without the code that makes such packages.
 */
export async function makeEnterpriseVectors(): Promise<VectorFile> {
  const scene = await openScene();
  const { enterprise, jwks, vkey, signers } = scene;
  const keys = { package: jwks, log: vkey };
  const packages = { enterprise };
  const sheet = createSheet({ call: enterprise, packages, keys, signers, since: undefined });
  const bad: AddInvalid = (name, forged, reason) =>
    sheet.add(name, 'enterprise', forged, 'invalid', reason);
  addTrusted(sheet);
  await addFiles(bad, scene);
  await addParts(bad, scene);
  await addClaims(bad, scene);
  await addOthers(sheet, bad, scene);
  return {
    v: 'spanforge.package-vectors.v1',
    keys,
    bases: { enterprise: filesOf(enterprise) },
    vectors: sheet.vectors,
  };
}
