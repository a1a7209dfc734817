import { lines, text, unlines } from '../verify/test-forge.js';
import type { AddVectors } from './sheet.js';

/** Records and index lines out of step, signed all the same. */
export const addLineVectors: AddVectors = async ({ signed }, { call }) => {
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
};
