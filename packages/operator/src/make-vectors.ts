import { createDiscloser } from '@spanforge/core-events';
import {
  formatJwks,
  formatVkey,
  fromUtf8,
  generateSigningKey,
  toBase64,
  toVerificationKey,
  utf8,
} from '@spanforge/core-signing';
import type { EvidencePackage } from './package/members.js';
import {
  bundleDraft,
  contextOf,
  openTestLog,
  policyDraft,
  rbacDraft,
  record,
  recordCall,
  scopeDraft,
  startedDraft,
} from './test-log.js';
import {
  lines,
  predicate,
  resign,
  statementOf,
  text,
  unlines,
  withFiles,
} from './verify/test-forge.js';

type Content = { readonly text: string } | { readonly base64: string };

/** One case: files of a base package, changed, and what every verifier has to say to them. */
export interface Vector {
  readonly name: string;
  readonly base: string;
  /** New contents by name; null takes a file away. */
  readonly set: Readonly<Record<string, Content | null>>;
  /** Names of the trusted keys; all when absent. */
  readonly keys?: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly verdict: string;
  readonly exit_code: number;
  /** Is among the reasons the verifier gives; absent for `valid`. */
  readonly reason?: string;
}

/** The published file. */
export interface VectorFile {
  readonly v: 'spanforge.package-vectors.v1';
  readonly keys: Readonly<Record<string, string>>;
  readonly bases: Readonly<Record<string, Readonly<Record<string, Content>>>>;
  readonly vectors: readonly Vector[];
}

const EXIT: Readonly<Record<string, number>> = {
  valid: 0,
  invalid: 1,
  violation: 1,
  failed: 2,
  unsupported: 3,
  untrusted: 3,
  incomplete: 3,
};

function contentOf(bytes: Uint8Array): Content {
  try {
    return { text: fromUtf8(bytes) };
  } catch {
    return { base64: toBase64(bytes) };
  }
}

const filesOf = (pkg: EvidencePackage): Record<string, Content> =>
  Object.fromEntries([...pkg].map(([name, bytes]) => [name, contentOf(bytes)]));

function changesOf(base: EvidencePackage, forged: EvidencePackage): Vector['set'] {
  const set: Record<string, Content | null> = {};
  for (const [name, bytes] of forged) {
    if (base.get(name) !== bytes) set[name] = contentOf(bytes);
  }
  for (const name of base.keys()) if (!forged.has(name)) set[name] = null;
  return set;
}

const flip = (bytes: Uint8Array | undefined, at: number): Uint8Array => {
  const changed = Uint8Array.from(bytes ?? []);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
};

/** Makes the vectors anew, with new keys: run by hand, and kept as they are from then on. */
export async function makeVectors(): Promise<VectorFile> {
  const test = await openTestLog();
  await record(test.log, bundleDraft());
  await recordCall(test.log, 'trace-1');
  const first = await test.checkpointer.checkpoint();
  await recordCall(test.log, 'trace-2');
  const bad = contextOf('bad');
  const blocked = await record(test.log, scopeDraft(bad, 'block'));
  await record(test.log, startedDraft(bad, blocked));
  const reused = contextOf('reused');
  const once = await record(test.log, policyDraft(reused, 'allow'));
  await record(test.log, startedDraft(reused, once, 'c1'), startedDraft(reused, once, 'c2'));
  const elsewhere = contextOf('elsewhere');
  const foreign = await record(test.log, scopeDraft({ ...elsewhere, agent: 'other' }, 'allow'));
  await record(test.log, startedDraft(elsewhere, foreign));
  const args = createDiscloser()('args', { amount: 1 });
  const shared = contextOf('shared');
  await record(
    test.log,
    {
      ...startedDraft(shared, []),
      mode: 'shadow',
      disclosures: [args],
      body: { ...(startedDraft(shared, []).body as object), values: { args: args.digest } },
    },
    {
      ...startedDraft(shared, []),
      mode: 'shadow',
      disclosures: [],
      body: { ...(startedDraft(shared, []).body as object), values: { args: args.digest } },
    },
  );
  const { operator, keys } = test;
  const all = { disclose: () => true };
  const other = await openTestLog({ origin: 'log.example/other' });
  await recordCall(other.log, 'trace-1');
  const call = await operator.exportPackage(
    { traceId: 'trace-1' },
    { ...all, since: first?.note ?? '' },
  );
  const bases: Record<string, EvidencePackage> = {
    call,
    other: await other.operator.exportPackage({ traceId: 'trace-1' }, all),
    empty: await operator.exportPackage({ traceId: 'nobody' }),
    parts: await operator.exportPackage({ query: { types: ['spanforge.rbac.v1'] } }),
    blocked: await operator.exportPackage({ traceId: 'bad' }),
    reused: await operator.exportPackage({ traceId: 'reused' }),
    elsewhere: await operator.exportPackage({ traceId: 'elsewhere' }),
    shared: await operator.exportPackage({ traceId: 'shared' }, all),
  };
  await record(
    test.log,
    ...Array.from({ length: 257 }, () => ({ ...rbacDraft(contextOf('tiles')) })),
  );
  bases.tiles = await operator.exportPackage({ traceId: 'tiles' });
  const stranger = await generateSigningKey({ alg: 'Ed25519', role: 'package' });
  const strangeLog = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
  const forger = [keys.ed25519, keys.es256];
  const named = {
    package: test.jwks,
    log: test.vkey,
    stranger: formatJwks([toVerificationKey(stranger)]),
    strange_log: formatVkey(test.origin, toVerificationKey(strangeLog)),
    other_log: other.vkey,
    eddsa: formatJwks([toVerificationKey(keys.ed25519)]),
  };
  const vectors: Vector[] = [];
  type More = Pick<Vector, 'keys' | 'options'>;
  const add = (
    name: string,
    base: string,
    forged: EvidencePackage | undefined,
    verdict: string,
    reason?: string,
    more: More = {},
  ): void => {
    const from = bases[base] ?? call;
    const set = forged ? changesOf(from, forged) : {};
    vectors.push({
      name,
      base,
      set,
      ...more,
      verdict,
      exit_code: EXIT[verdict] ?? 2,
      ...(reason ? { reason } : {}),
    });
  };
  const signed = async (
    name: string,
    reason: string,
    files: Parameters<typeof withFiles>[1],
    base = 'call',
    verdict = 'invalid',
  ): Promise<void> => {
    add(name, base, await resign(withFiles(bases[base] ?? call, files), forger), verdict, reason);
  };
  const said = async (
    name: string,
    change: Record<string, unknown>,
    reason: string,
  ): Promise<void> => {
    add(name, 'call', await resign(call, forger, predicate(change)), 'invalid', reason);
  };
  const records = lines(call, 'records.jsonl');
  const index = lines(call, 'records.index');
  const [at = 0, next = 0] = index.map((line) => (JSON.parse(line) as { index: number }).index);
  const proof = (n: number): string => `proofs/${n}.tlog-proof`;
  const values = lines(call, 'disclosures.jsonl');
  const disclosed = (n: number) => JSON.parse(values[n] ?? '{}') as Record<string, string | number>;
  const value = (change: object, n = 0): string =>
    unlines(
      values.map((line, k) =>
        k === n
          ? JSON.stringify(
              Object.fromEntries(
                Object.entries({ ...disclosed(n), ...change }).sort(([a], [b]) => (a < b ? -1 : 1)),
              ),
            )
          : line,
      ),
    );
  const policy = [...call.keys()].find((name) => name.startsWith('policy/')) ?? '';
  const stated = statementOf(call).predicate as unknown as Record<string, Record<string, unknown>>;

  add('as it was exported', 'call', undefined, 'valid');
  add('as tiles', 'tiles', undefined, 'valid');
  add('records of one type', 'parts', undefined, 'valid');
  add('one value under two records', 'shared', undefined, 'valid');
  add('with the package keys alone', 'call', undefined, 'valid', undefined, { keys: ['package'] });
  add('with a checkpoint that was kept', 'call', undefined, 'valid', undefined, {
    options: { since: first?.note },
  });
  add('without evidence', 'empty', undefined, 'incomplete', 'no_evidence');
  add('with the log key alone', 'call', undefined, 'incomplete', 'no_trusted_package_key', {
    keys: ['log'],
  });
  add('without keys', 'call', undefined, 'untrusted', 'no_trusted_key', { keys: [] });
  add('with a stranger as exporter', 'call', undefined, 'untrusted', 'untrusted_key', {
    keys: ['stranger', 'log'],
  });
  add('with a stranger as log', 'call', undefined, 'untrusted', 'untrusted_key', {
    keys: ['package', 'strange_log'],
  });
  add('with the key of another log', 'call', undefined, 'invalid', 'origin_mismatch', {
    keys: ['package', 'other_log'],
  });
  add('ran although blocked', 'blocked', undefined, 'violation', 'executed_not_authorised');
  add('one decision for two executions', 'reused', undefined, 'violation', 'decision_reused');
  add('a decision about another agent', 'elsewhere', undefined, 'violation', 'decision_mismatch');
  add('shorter than a known size', 'call', undefined, 'invalid', 'rollback', {
    options: { known_size: 1_000_000 },
  });
  add(
    'a file more',
    'call',
    withFiles(call, { 'keys/more.vkey': 'x' }),
    'invalid',
    'unlisted_file',
  );
  add(
    'a file of no meaning',
    'call',
    withFiles(call, { 'notes.txt': 'x' }),
    'invalid',
    'unknown_file',
  );
  add(
    'a file less',
    'call',
    withFiles(call, { 'VERIFY.md': undefined }),
    'invalid',
    'missing_file',
  );
  add(
    'a changed file',
    'call',
    withFiles(call, { 'VERIFY.md': '# trust me\n' }),
    'invalid',
    'digest_mismatch',
  );
  add(
    'a changed record',
    'call',
    withFiles(call, { 'records.jsonl': flip(call.get('records.jsonl'), 100) }),
    'invalid',
    'not_in_checkpoint',
  );
  add(
    'statement spelled otherwise',
    'call',
    withFiles(call, { 'package.dsse.json': `${text(call, 'package.dsse.json')} ` }),
    'invalid',
    'not_canonical',
  );
  add(
    'no envelope',
    'call',
    withFiles(call, { 'package.dsse.json': '{}' }),
    'invalid',
    'not_an_envelope',
  );
  const envelope = JSON.parse(text(call, 'package.dsse.json')) as {
    payload: string;
    payloadType: string;
    signatures: { keyid: string; sig: string }[];
  };
  const { payload, payloadType, signatures } = envelope;
  const envelopeOf = (change: object): EvidencePackage =>
    withFiles(call, {
      'package.dsse.json': JSON.stringify({ payload, payloadType, signatures, ...change }),
    });
  add('no signature', 'call', envelopeOf({ signatures: [] }), 'invalid', 'not_signed');
  add(
    'one signature of two',
    'call',
    envelopeOf({ signatures: signatures.slice(0, 1) }),
    'invalid',
    'signature_missing',
  );
  add(
    'signatures swapped',
    'call',
    envelopeOf({
      signatures: signatures.map(({ keyid }, n) => ({ keyid, sig: signatures[1 - n]?.sig })),
    }),
    'invalid',
    'signature_invalid',
  );
  add(
    'another payload type',
    'call',
    envelopeOf({ payloadType: 'application/json' }),
    'invalid',
    'signature_invalid',
  );
  add(
    'another predicate type',
    'call',
    await resign(call, forger, (statement) => ({
      ...statement,
      predicateType: 'https://example.com/v9',
    })),
    'unsupported',
    'predicate_type',
  );
  add(
    'a predicate with more in it',
    'call',
    await resign(call, forger, predicate({ more: 1 })),
    'invalid',
    'predicate_malformed',
  );
  await said('false outcome', { outcome: 'block' }, 'outcome_mismatch');
  await said('false strictest', { strictest: 'block' }, 'strictest_mismatch');
  await said(
    'false summary',
    { summary: { ...stated.summary, allowed: 'All is well.' } },
    'summary.allowed_mismatch',
  );
  await said(
    'false chain',
    { summary: { ...stated.summary, chain: 'Yes.' } },
    'summary.chain_mismatch',
  );
  await said(
    'false completeness',
    { completeness: [{ code: 'started_not_ended', index: 3, message: 'x' }] },
    'completeness_mismatch',
  );
  await said(
    'false selected',
    { counts: { ...stated.counts, selected: 4 } },
    'counts.selected_mismatch',
  );
  await said(
    'false redacted',
    { counts: { ...stated.counts, redacted: 4 } },
    'counts.redacted_mismatch',
  );
  await said(
    'false withheld',
    { counts: { ...stated.counts, withheld: 4 } },
    'counts.withheld_mismatch',
  );
  await said('false origin', { log_origin: 'log.example/x' }, 'log_origin_mismatch');
  await said('false root', { root: '0'.repeat(64) }, 'root_mismatch');
  await said('false size', { size_range: { from: 0, to: 1 } }, 'size_range_mismatch');
  await said(
    'false missing policies',
    { missing_policies: ['0'.repeat(64)] },
    'missing_policies_mismatch',
  );
  await said('another query', { query: { trace_id: 'trace-2' } }, 'record_outside_query');
  await signed('lines not ended', 'lines_malformed', {
    'records.jsonl': text(call, 'records.jsonl').slice(0, -1),
  });
  await signed('a line more', 'line_count_mismatch', {
    'records.index': unlines([...index, '{"index":99}']),
  });
  await signed('index spelled otherwise', 'line_1_malformed', {
    'records.index': text(call, 'records.index').replace('{', '{ '),
  });
  await signed('records swapped', 'out_of_order', {
    'records.index': unlines([index[1] ?? '', index[0] ?? '', ...index.slice(2)]),
    'records.jsonl': unlines([records[1] ?? '', records[0] ?? '', ...records.slice(2)]),
  });
  await signed('a record twice', 'duplicate_record', {
    'records.index': unlines([index[0] ?? '', ...index]),
    'records.jsonl': unlines([records[0] ?? '', ...records]),
  });
  await signed('an empty record', 'record_length', {
    'records.jsonl': `\n${unlines(records.slice(1))}`,
  });
  await signed('no proof', 'proof_missing', { [proof(at)]: undefined });
  await signed('a malformed proof', 'proof_malformed', {
    [proof(at)]: text(call, proof(at)).replace('tlog-proof@v1', 'tlog-proof@v2'),
  });
  await signed('the proof of another', 'proof_of_another_index', {
    [proof(at)]: text(call, proof(next)),
  });
  await signed('a proof under another checkpoint', 'proof_of_another_checkpoint', {
    [proof(at)]: `${text(call, proof(at))}x\n`,
  });
  await signed('a proof without record', 'proof_without_record', {
    'proofs/999.tlog-proof': text(call, proof(at)),
  });
  await signed('a changed record, signed again', 'not_in_checkpoint', {
    'records.jsonl': flip(call.get('records.jsonl'), 100),
  });
  await signed('no checkpoint', 'note_malformed', { checkpoint: 'x\n' });
  await signed('a checkpoint of another root', 'signature_invalid', {
    checkpoint: text(call, 'checkpoint').replace(
      /\n(\d+)\n/,
      (_, n: string) => `\n${Number(n) + 1}\n`,
    ),
  });
  await signed('the checkpoint of another log', 'origin_mismatch', {
    checkpoint: text(bases.other ?? call, 'checkpoint'),
  });
  const consistency = [...call.keys()].find((name) => name.startsWith('consistency-')) ?? '';
  await signed('a malformed consistency file', 'consistency_malformed', {
    [consistency]: text(call, consistency).replace('old ', 'odd '),
  });
  add(
    'without the consistency that was asked for',
    'parts',
    undefined,
    'incomplete',
    'consistency_missing',
    { options: { since: first?.note } },
  );
  add(
    'a false consistency proof',
    'call',
    await resign(
      withFiles(call, {
        [consistency]: text(call, consistency).replace(
          /\n[A-Za-z0-9+/]{43}=\n/,
          `\n${'A'.repeat(43)}=\n`,
        ),
      }),
      forger,
    ),
    'invalid',
    'consistency_invalid',
    { options: { since: first?.note } },
  );
  await signed('a value of another record', 'value_not_committed:nothing', {
    'disclosures.jsonl': value({ name: 'nothing' }),
  });
  await signed('a value twice', `disclosure_repeated:${disclosed(0).name}`, {
    'disclosures.jsonl': unlines([values[0] ?? '', ...values]),
  });
  await signed(
    'a value without record',
    `disclosure_without_record:${disclosed(values.length - 1).name}`,
    { 'disclosures.jsonl': value({ index: 999 }, values.length - 1) },
  );
  await signed('a changed value', `disclosure_mismatch:${disclosed(0).name}`, {
    'disclosures.jsonl': value({ disclosure: String(disclosed(1).disclosure) }),
  });
  await signed('a value that opens nothing', `disclosure_malformed:${disclosed(0).name}`, {
    'disclosures.jsonl': value({ disclosure: 'AAAA' }),
  });
  await signed('a malformed line of values', 'line_malformed', { 'disclosures.jsonl': '{}\n' });
  await signed('a changed bundle', 'digest_mismatch', { [policy]: '{}' });
  await signed('a bundle nobody decided by', 'policy_without_record', {
    'policy/44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a.json': '{}',
  });
  const tile = [...(bases.tiles?.keys() ?? [])].filter((name) => name.startsWith('tile/'));
  await signed('a tile less', 'tile_missing', { [tile[0] ?? '']: undefined }, 'tiles');
  await signed('a short tile', 'tile_length', { [tile[0] ?? '']: 'x' }, 'tiles');
  await signed(
    'a changed tile',
    'not_in_checkpoint',
    { [tile[0] ?? '']: flip(bases.tiles?.get(tile[0] ?? ''), 32 * 200) },
    'tiles',
  );
  const complete = text(call, 'index-proof.txt');
  const head = complete.indexOf('\n\n');
  await signed('the index proof of another trace', 'index_proof_other_term', {
    'index-proof.txt': text(bases.blocked ?? call, 'index-proof.txt'),
  });
  await signed('a malformed index proof', 'index_proof_malformed', {
    'index-proof.txt': complete.replace('v1', 'v2'),
  });
  await signed('an index head of a stranger', 'index_proof_head_signature', {
    'index-proof.txt': `${complete.slice(0, head)}\n\n${text(call, 'checkpoint').replace('\n', '/index\n')}`,
  });
  await signed('an index proof under another head', 'index_proof_head_mismatch', {
    'index-proof.txt': `${complete.slice(0, head)}\n\n${text(call, 'checkpoint')}`,
  });
  await signed('another place in the index', 'index_proof_records_differ', {
    'index-proof.txt': complete.replace(
      /present (\d+)/,
      (_, n: string) => `present ${Number(n) + 1}`,
    ),
  });
  await signed('bytes that are not UTF-8', 'not_utf8', {
    'records.index': Uint8Array.of(0xff, 0x0a),
  });
  add('one key for two roles', 'call', undefined, 'failed', 'OPERATOR_ANCHOR_INVALID', {
    keys: ['package', 'other_log', 'log'],
  });
  const published = Object.fromEntries(
    Object.entries(bases).map(([name, pkg]) => [name, filesOf(pkg)]),
  );
  return { v: 'spanforge.package-vectors.v1', keys: named, bases: published, vectors };
}

/** The files of a vector. */
export function filesOfVector(
  { bases }: VectorFile,
  { base, set }: Vector,
): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const [name, content] of Object.entries({ ...bases[base], ...set })) {
    if (content === null) continue;
    files.set(
      name,
      'text' in content
        ? utf8(content.text)
        : Uint8Array.from(Buffer.from(content.base64, 'base64')),
    );
  }
  return files;
}
