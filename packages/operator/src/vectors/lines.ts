import type { EvidencePackage } from '../package/members.js';
import { lines, resign, text, unlines, withFiles } from '../verify/test-forge.js';
import type { AddVectors } from './sheet.js';

/** Records and index lines out of step, signed all the same. */
export const addLineVectors: AddVectors = async (sheet, bases) => {
  const { signed } = sheet;
  const { call } = bases;
  const records = lines(call, 'records.jsonl');
  const index = lines(call, 'records.index');
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
  await signed('bytes that are not UTF-8', 'not_utf8', {
    'records.index': Uint8Array.of(0xff, 0x0a),
  });
  await addRepeats(sheet, bases);
};

const NOTHING_READ = [
  'disclosure_without_record:args',
  'disclosure_without_record:request',
  'duplicate_record',
  'policy_without_record',
];

/** What is said beside `duplicate_record`: an index that comes again ends the reading, a leaf does not. */
async function addRepeats(
  { add }: Parameters<AddVectors>[0],
  { call, packages, signers }: Parameters<AddVectors>[1],
): Promise<void> {
  const put = async (
    name: string,
    base: string,
    pkg: EvidencePackage,
    files: (records: readonly string[], index: readonly string[]) => readonly (readonly string[])[],
    reasons: readonly string[],
  ): Promise<void> => {
    const [records = [], index = []] = files(
      lines(pkg, 'records.jsonl'),
      lines(pkg, 'records.index'),
    );
    const forged = withFiles(pkg, {
      'records.jsonl': unlines(records),
      'records.index': unlines(index),
      ...(base === 'call' ? { 'proofs/999.tlog-proof': text(call, 'proofs/0.tlog-proof') } : {}),
    });
    const resigned = await resign(forged, signers);
    add(name, base, resigned, 'invalid', 'duplicate_record', { reasons });
  };
  const first = (all: readonly string[]): readonly string[] => all.slice(0, 1);
  const twice = (all: readonly string[]) => [...first(all), ...all];
  const repeated = (all: readonly string[]) => [...first(all), ...first(all), ...all.slice(2)];
  await put(
    'an index twice, and a proof too many',
    'call',
    call,
    (records, index) => [twice(records), twice(index)],
    NOTHING_READ,
  );
  await put(
    'a leaf twice, and a proof too many',
    'call',
    call,
    (records, index) => [repeated(records), index],
    ['duplicate_record', 'not_in_checkpoint', 'proof_without_record'],
  );
  await put(
    'a leaf twice under tiles',
    'tiles',
    packages.tiles ?? call,
    (records, index) => [repeated(records), index],
    ['duplicate_record'],
  );
}
