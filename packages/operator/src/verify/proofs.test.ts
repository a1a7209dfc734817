import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readNote } from '../log-state.js';
import { filesOfVector, type VectorFile } from '../vectors/vector.js';
import { readLines } from './lines.js';
import { proveShown } from './proofs.js';
import { createLedger } from './report.js';
import { lines, text, unlines, withFiles } from './test-forge.js';

/** Records of published packages under their checkpoint: what is proven, and what is wrong. */
const file = JSON.parse(
  readFileSync(new URL('../../vectors/verdicts.json', import.meta.url), 'utf8'),
) as VectorFile;
const packageNamed = (name: string) => {
  const vector = file.vectors.find((one) => one.name === name);
  if (vector === undefined) throw new Error(`no vector ${name}`);
  return filesOfVector(file, vector);
};

function prove(pkg: ReadonlyMap<string, Uint8Array>, more: { readonly root?: Uint8Array } = {}) {
  const ledger = createLedger();
  const note = text(pkg, 'checkpoint');
  const checkpoint = { ...readNote(note), ...more };
  const shown = readLines(pkg, 1000, ledger) ?? [];
  const checked = { checkpoint, note, trusted: true, cosignatures: [] };
  const proven = proveShown(pkg, shown, checked, ledger);
  const { verdict, checks } = ledger.report();
  expect(checks.every(({ name }) => name === 'inclusion')).toBe(true);
  expect(verdict).toBe(checks.every(({ ok }) => ok) ? 'valid' : 'invalid');
  return [proven.length, ...checks.map(({ detail }) => detail)];
}

describe('records with a proof each', () => {
  const pkg = packageNamed('as it was exported');
  const indexes = lines(pkg, 'records.index').map(
    (line) => (JSON.parse(line) as { index: number }).index,
  );
  const [first = 0] = indexes;
  const proof = `proofs/${first}.tlog-proof`;
  const rest = indexes.length - 1;

  it('are in the checkpoint, all of them', () => {
    const said = `${indexes.length} record(s) are in the checkpoint, byte for byte`;
    expect(prove(pkg)).toEqual([indexes.length, said]);
  });

  it('are proven one by one', () => {
    const fault = (content: string | Uint8Array | undefined) =>
      prove(withFiles(pkg, { [proof]: content }));
    const written = text(pkg, proof);
    expect(fault(undefined)).toEqual([rest, `record ${first}: proof_missing`]);
    expect(fault('nothing')).toEqual([rest, `record ${first}: proof_malformed`]);
    expect(fault(Uint8Array.of(0xff))).toEqual([rest, `record ${first}: proof_malformed`]);
    const [head = '', ...after] = written.split('\n');
    const extra = [head, 'extra AAAA', ...after].join('\n');
    expect(fault(extra)).toEqual([rest, `record ${first}: proof_malformed`]);
    const index = written.replace(`index ${first}\n`, 'index 0\n');
    expect(fault(index)).toEqual([rest, `record ${first}: proof_of_another_index`]);
    const elsewhere = written.replace('log.example/acme', 'log.example/other');
    expect(fault(elsewhere)).toEqual([rest, `record ${first}: proof_of_another_checkpoint`]);
  });

  it('have no proof more than there are records', () => {
    const more = withFiles(pkg, { 'proofs/900.tlog-proof': text(pkg, proof) });
    expect(prove(more)).toEqual([
      ...[indexes.length, 'proofs/900.tlog-proof: proof_without_record'],
    ]);
  });

  it('are each another record', () => {
    const twice = withFiles(pkg, {
      'records.jsonl': unlines([
        ...lines(pkg, 'records.jsonl'),
        lines(pkg, 'records.jsonl')[0] ?? '',
      ]),
      'records.index': unlines([...lines(pkg, 'records.index'), '{"index":900}']),
    });
    expect(prove(twice)).toEqual([
      ...[indexes.length, 'record 900: duplicate_record', 'record 900: proof_missing'],
    ]);
  });

  it('are proven under this root and no other', () => {
    const none = prove(pkg, { root: new Uint8Array(32) });
    expect(none).toEqual([0, ...indexes.map((index) => `record ${index}: not_in_checkpoint`)]);
  });
});

describe('records with tiles', () => {
  const pkg = packageNamed('as tiles');
  const tiles = [...pkg.keys()].filter((name) => name.startsWith('tile/')).sort();
  const [tile = ''] = tiles;
  const { size } = readNote(text(pkg, 'checkpoint'));
  const all = lines(pkg, 'records.index').length;

  it('are in the checkpoint, all of them', () => {
    expect(prove(pkg)).toEqual([all, `${all} record(s) are in the checkpoint, byte for byte`]);
  });

  it('need every tile, of its length, and no other file', () => {
    const bytes = pkg.get(tile) ?? new Uint8Array();
    expect(prove(withFiles(pkg, { [tile]: undefined }))).toEqual([0, `${tile}: tile_missing`]);
    expect(prove(withFiles(pkg, { [tile]: bytes.slice(1) }))).toEqual([0, `${tile}: tile_length`]);
    for (const stray of ['tile/7/000', 'proofs/1.tlog-proof']) {
      expect(prove(withFiles(pkg, { [stray]: bytes }))).toEqual([
        ...[0, `${stray}: proof_without_record`],
      ]);
    }
  });

  it('are those that lead to the root', () => {
    const [head = '', ...more] = lines(pkg, 'records.jsonl');
    const index = (JSON.parse(lines(pkg, 'records.index')[0] ?? '') as { index: number }).index;
    const changed = withFiles(pkg, { 'records.jsonl': unlines([`${head} `, ...more]) });
    expect(prove(changed)).toEqual([0, `record ${index}: not_in_checkpoint`]);
    expect(prove(pkg, { root: new Uint8Array(32) })).toEqual([0, 'tile/: root_mismatch']);
    const upper = tiles.find((name) => !name.startsWith('tile/0/')) ?? '';
    const torn = (pkg.get(upper) ?? new Uint8Array()).slice();
    torn[0] = (torn[0] ?? 0) ^ 1;
    expect(prove(withFiles(pkg, { [upper]: torn }))).toEqual([0, 'tile/: not_in_checkpoint']);
  });

  it('are below the size of the log', () => {
    for (const index of [size, size + 5]) {
      const beyond = withFiles(pkg, {
        'records.index': unlines([
          ...lines(pkg, 'records.index').slice(0, -1),
          `{"index":${index}}`,
        ]),
      });
      expect(prove(beyond)).toEqual([0, `record ${index}: not_in_checkpoint`]);
    }
  });
});
