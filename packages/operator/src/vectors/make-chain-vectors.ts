import { logOpenedV1 } from '@spanforge/core-events/records';
import {
  formatCheckpoint,
  formatJwks,
  formatVkey,
  generateSigningKey,
  leafHash,
  limitKey,
  type SigningKey,
  signNote,
  toHex,
  toVerificationKey,
} from '@spanforge/core-signing';
import { readNote } from '../log-state.js';
import type { EvidencePackage } from '../package/members.js';
import { openTestLog, recordCall } from '../test-log.js';
import { lines, predicate, resign, text, unlines, withFiles } from '../verify/test-forge.js';
import { filesOf, type VectorFile } from './vector.js';

/** Several packages, and what every verifier has to say to them together. */
export interface ChainVector {
  readonly name: string;
  readonly packages: readonly string[];
  readonly keys: readonly string[];
  readonly verdicts: readonly string[];
  readonly links: readonly {
    readonly from: number;
    readonly to: number;
    readonly relation: string;
  }[];
  readonly exit_code: number;
}

/** The published file. */
export interface ChainVectorFile {
  readonly v: 'spanforge.chain-vectors.v1';
  readonly keys: Readonly<Record<string, string>>;
  readonly packages: VectorFile['bases'];
  readonly vectors: readonly ChainVector[];
}

/** The package of a log's first record. */
export async function exportOpening({ log, operator }: Awaited<ReturnType<typeof openTestLog>>) {
  const { records } = await log.query({ types: [logOpenedV1.key], limit: 1 });
  return operator.exportPackage({ traceId: records[0]?.context.traceId ?? '' });
}

/** Another first record in a log of this one record, by somebody who has all keys to it. */
export async function reopen(
  link: EvidencePackage,
  keys: { readonly log: SigningKey; readonly ed25519: SigningKey; readonly es256: SigningKey },
  change: (opening: string) => string,
): Promise<EvidencePackage> {
  const [opening = ''] = lines(link, 'records.jsonl').map(change);
  const { origin } = readNote(text(link, 'checkpoint'));
  const root = leafHash(opening);
  const body = formatCheckpoint({ origin, size: 1, root });
  const note = await signNote(body, [{ name: origin, key: keys.log }]);
  const files = {
    'records.jsonl': unlines([opening]),
    'records.index': unlines(['{"index":0}']),
    checkpoint: note,
    'proofs/0.tlog-proof': `c2sp.org/tlog-proof@v1\nindex 0\n\n${note}`,
    'index-proof.txt': undefined,
  };
  const said = predicate({ root: toHex(root) });
  return resign(withFiles(link, files), [keys.ed25519, keys.es256], said);
}

async function makePackages() {
  const first = await openTestLog();
  const { keys } = first;
  await recordCall(first.log, 'trace-1');
  const before = await first.operator.exportPackage({ traceId: 'trace-1' });
  const since = text(before, 'checkpoint');
  await recordCall(first.log, 'trace-2');
  const last = await first.operator.exportPackage({ traceId: 'trace-2' }, { since });
  const end = readNote(text(last, 'checkpoint'));
  await recordCall(first.log, 'trace-3');
  const beyond = await first.operator.exportPackage({ traceId: 'trace-3' });
  const twin = await openTestLog();
  await recordCall(twin.log, 'trace-1');

  const logKey = await generateSigningKey({ alg: 'Ed25519', role: 'log' });
  const named = {
    predecessor: first.origin,
    predecessorSize: end.size,
    predecessorRoot: toHex(end.root),
    reason: 'rolled_back',
  };
  const open = (opened: typeof named, more = {}) =>
    openTestLog({ origin: 'log.example/next', logKey, opened, ...more });
  const next = await open(named);
  const link = await exportOpening(next);
  await recordCall(next.log, 'trace-4');
  const kept = { since: text(link, 'checkpoint') };
  const after = await next.operator.exportPackage({ traceId: 'trace-4' }, kept);
  const grown = [...after.keys()].find((name) => name.startsWith('consistency-')) ?? '';
  const falsely = text(after, grown).replace(/\n[A-Za-z0-9+/]{43}=\n/, `\n${'A'.repeat(43)}=\n`);
  const packages = {
    before,
    last,
    beyond,
    twin: await twin.operator.exportPackage({ traceId: 'trace-1' }),
    link,
    after,
    after_alone: await next.operator.exportPackage({ traceId: 'trace-4' }),
    after_false: await resign(withFiles(after, { [grown]: falsely }), [keys.ed25519, keys.es256]),
    other_root: await exportOpening(await open({ ...named, predecessorRoot: 'ab'.repeat(32) })),
    other_log: await exportOpening(await open({ ...named, predecessor: 'log.example/other' })),
    stolen: await exportOpening(await open(named, { logKey: keys.log })),
    altered: withFiles(link, {
      'records.jsonl': text(link, 'records.jsonl').replace('rolled_back', 'rolled_bock'),
    }),
    malformed: await reopen(link, { ...keys, log: logKey }, (opening) =>
      opening.replace('"reason":"rolled_back"', '"reason":7'),
    ),
    unnamed: await reopen(link, { ...keys, log: logKey }, (opening) =>
      opening.replace(/"predecessor_root":"[0-9a-f]+",/, ''),
    ),
  };
  const revoked = limitKey(toVerificationKey(keys.log), { lastGoodSize: end.size });
  const texts = {
    package: first.jwks,
    log: first.vkey,
    next: formatVkey('log.example/next', toVerificationKey(logKey)),
    log_revoked: formatJwks([revoked]),
    log_revoked_named: formatJwks([{ ...revoked, origin: first.origin }]),
    log_named_next: formatJwks([{ ...revoked, origin: 'log.example/next' }]),
  };
  return { packages, keys: texts };
}

/** Makes the vectors anew, with new keys: run by hand, and kept as they are from then on. */
export async function makeChainVectors(): Promise<ChainVectorFile> {
  const { packages, keys } = await makePackages();
  type Name = keyof typeof packages;
  const vectors: ChainVector[] = [];
  const add = (
    name: string,
    shown: readonly (Name | readonly [Name, verdict: string])[],
    links: readonly (readonly [from: number, to: number, relation: string])[],
    exitCode: number,
    trusted: readonly (keyof typeof keys)[] = ['package', 'log', 'next'],
  ): void => {
    const pairs = shown.map((one) => (typeof one === 'string' ? ([one, 'valid'] as const) : one));
    vectors.push({
      name,
      packages: pairs.map(([each]) => each),
      keys: trusted,
      verdicts: pairs.map(([, verdict]) => verdict),
      links: links.map(([from, to, relation]) => ({ from, to, relation })),
      exit_code: exitCode,
    });
  };
  const succeeded = [[0, 1, 'successor']] as const;
  const apart = [[0, 1, 'not_related']] as const;
  const forked = [[0, 1, 'fork']] as const;
  add(
    'the last, the link, and after',
    ['last', 'link', 'after'],
    [...succeeded, [1, 2, 'grown']],
    0,
  );
  const other = [
    [2, 1, 'successor'],
    [0, 2, 'grown'],
  ] as const;
  add('the same in another order', ['after', 'last', 'link'], other, 0);
  add('the link first', ['link', 'last'], succeeded, 0);
  const unshown = [[0, 1, 'succession_not_shown']] as const;
  add('a successor of a larger checkpoint', ['before', 'link'], unshown, 3);
  add('a successor of a larger checkpoint of another history', ['twin', 'link'], unshown, 3);
  add('the last good checkpoint itself', ['last', 'link'], succeeded, 0);
  const both = [
    [0, 1, 'grown'],
    [1, 2, 'successor'],
  ] as const;
  add('two of the log that ended', ['before', 'last', 'link'], both, 0);
  add('beyond the last good checkpoint', ['beyond', 'link'], [[0, 1, 'beyond']], 3);
  add('a successor that names another root', ['last', 'other_root'], forked, 1);
  add('a successor of another log', ['last', 'other_log'], apart, 3);
  add('a successor that names no root', ['last', 'unnamed'], apart, 3);
  add('without the link', ['before', 'after'], apart, 3);
  add('growth that is not shown', ['link', 'after_alone'], [[0, 1, 'growth_not_shown']], 3);
  add('a false proof of growth', ['link', 'after_false'], forked, 1);
  add('two histories of one log', ['before', 'twin'], forked, 1);
  add('one package twice', ['before', 'before'], [[0, 1, 'same']], 0);
  add('an altered link', ['before', ['altered', 'invalid']], apart, 1);
  add('a first record that is malformed', ['last', ['malformed', 'invalid']], apart, 1);
  add('a link whose log nobody trusts', ['last', 'link'], apart, 3, ['package', 'log']);
  const revoked = ['package', 'log', 'next', 'log_revoked'] as const;
  add('the key of the log that ended, revoked', ['last', 'link'], succeeded, 0, revoked);
  add('beyond what the revoked key signs', [['beyond', 'invalid'], 'link'], apart, 1, revoked);
  const stolen = ['last', ['stolen', 'untrusted']] as const;
  add('a successor signed by the revoked key', stolen, apart, 3, revoked);
  const rotated = ['package', 'next', 'log_revoked_named'] as const;
  add('a key that left service, of the other log', [stolen[1]], [], 3, rotated);
  const moved = ['package', 'next', 'log_named_next'] as const;
  add('a key that left service, of this log', ['stolen', 'link'], forked, 1, moved);
  const both_named = ['package', 'next', 'log_revoked_named', 'log_named_next'] as const;
  add('a key that two logs claim', [['link', 'failed']], [], 2, both_named);
  const files = Object.entries(packages).map(([name, pkg]) => [name, filesOf(pkg)] as const);
  return { v: 'spanforge.chain-vectors.v1', keys, packages: Object.fromEntries(files), vectors };
}
