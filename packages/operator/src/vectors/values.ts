import { lines, unlines } from '../verify/test-forge.js';
import type { AddVectors } from './sheet.js';

/** Disclosed values and policy bundles that no record committed to. */
export const addValueVectors: AddVectors = async ({ signed }, { call }) => {
  const values = lines(call, 'disclosures.jsonl');
  const disclosed = (n: number) => JSON.parse(values[n] ?? '{}') as Record<string, string | number>;
  const changed = (n: number, change: object): string => {
    const members = Object.entries({ ...disclosed(n), ...change });
    return JSON.stringify(Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1))));
  };
  const value = (change: object, n = 0): string =>
    unlines(values.map((line, at) => (at === n ? changed(n, change) : line)));
  const policy = [...call.keys()].find((name) => name.startsWith('policy/')) ?? '';
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
};
