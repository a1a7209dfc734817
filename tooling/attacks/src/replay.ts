import { parseArgs } from 'node:util';
import { formatPercent } from '@spanforge-tooling/statistics';
import { isHeldOut, isOfSecondSet, readCorpus } from './corpus.js';
import { type Counts, count } from './count.js';
import type { JudgedCall } from './judge.js';
import { ROWS } from './policies.js';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, set: { type: 'string', default: 'both' } },
});
const { json, set } = values;
if (!['first', 'second', 'both'].includes(set)) {
  throw new TypeError('--set is first, second or both');
}

const corpus = readCorpus().filter(
  (one) => set === 'both' || isOfSecondSet(one) === (set === 'second'),
);
const tables = [
  { title: 'rules were written looking at it', heldOut: false },
  { title: 'held out', heldOut: true },
].map(({ title, heldOut }) => {
  const sequences = corpus.filter((one) => isHeldOut(one) === heldOut);
  return { title, rows: ROWS.map((row) => count(row, sequences)) };
});

const plain = ({ sequence: { id, note }, call: { tool }, rules }: JudgedCall) => ({
  ...{ id, tool, rules },
  ...(note === undefined ? {} : { note }),
});

function print({
  title,
  rows,
}: {
  readonly title: string;
  readonly rows: readonly Counts[];
}): void {
  const heads = ["attacker's calls stopped", 'attacks stopped whole'];
  heads.push('wanted writes let through', 'wanted tasks done whole');
  console.log(`\n| ${title} | ${heads.join(' | ')} |\n|---|---|---|---|---|`);
  for (const { title: row, stopped, stoppedWhole, through, throughWhole } of rows) {
    const shares = [stopped, stoppedWhole, through, throughWhole].map(formatPercent);
    console.log(`| ${row} | ${shares.join(' | ')} |`);
  }
  const { missed = [], hindered = [] } = rows.at(-1) ?? {};
  console.log('\nMissed by the last row:');
  for (const [line, times] of grouped(missed, ({ sequence: { id, title, note }, call }) => {
    return `${id}: ${title}, by ${call.tool}${note === undefined ? '' : ` (${note})`}`;
  })) {
    console.log(`- ${line}${times > 1 ? `, ${times} times` : ''}`);
  }
  console.log('\nWanted and stopped by the last row:');
  for (const { sequence, call, rules } of hindered) {
    console.log(`- ${sequence.id}: ${sequence.title}, ${call.tool}, by ${rules.join(', ')}`);
  }
}

function grouped<Item>(items: readonly Item[], lineOf: (item: Item) => string) {
  const lines = new Map<string, number>();
  for (const item of items) lines.set(lineOf(item), (lines.get(lineOf(item)) ?? 0) + 1);
  return lines;
}

if (json) {
  const all = tables.map(({ title, rows }) => ({
    title,
    rows: rows.map(({ missed, hindered, ...row }) => ({
      ...row,
      missed: missed.map(plain),
      hindered: hindered.map(plain),
    })),
  }));
  console.log(JSON.stringify(all, null, 2));
} else {
  for (const table of tables) print(table);
}
