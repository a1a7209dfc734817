import { lines, text } from '../verify/test-forge.js';
import { type AddVectors, flip } from './sheet.js';

/** Inclusion proofs, tiles and index proofs that do not fit. */
export const addProofVectors: AddVectors = async ({ signed }, { call, packages }) => {
  const [at = 0, next = 0] = lines(call, 'records.index').map(
    (line) => (JSON.parse(line) as { index: number }).index,
  );
  const proof = (n: number): string => `proofs/${n}.tlog-proof`;
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
  const tile = [...(packages.tiles?.keys() ?? [])].filter((name) => name.startsWith('tile/'));
  await signed('a tile less', 'tile_missing', { [tile[0] ?? '']: undefined }, 'tiles');
  await signed('a short tile', 'tile_length', { [tile[0] ?? '']: 'x' }, 'tiles');
  await signed(
    'a changed tile',
    'not_in_checkpoint',
    { [tile[0] ?? '']: flip(packages.tiles?.get(tile[0] ?? ''), 32 * 200) },
    'tiles',
  );
  const complete = text(call, 'index-proof.txt');
  const head = complete.indexOf('\n\n');
  await signed('the index proof of another trace', 'index_proof_other_term', {
    'index-proof.txt': text(packages.blocked ?? call, 'index-proof.txt'),
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
};
