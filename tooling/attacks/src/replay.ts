import { parseArgs } from 'node:util';
import { isHeldOut, readCorpus, type Sequence } from './corpus.js';
import { type JudgedCall, judgeSequence } from './judge.js';
import { ROWS } from './policies.js';
import { formatShare, type Share, shareOf } from './wilson.js';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

interface Counts {
  readonly title: string;
  /** Calls the attacker wanted that were stopped. */
  readonly stopped: Share;
  /** Writes the user wanted that were let through. */
  readonly through: Share;
  readonly missed: readonly JudgedCall[];
}

function count(sequences: readonly Sequence[]): readonly Counts[] {
  return ROWS.map(({ title, decider }) => {
    const judged = sequences.flatMap((sequence) => judgeSequence(decider, sequence));
    const attacks = judged.filter(({ call }) => call.by === 'attacker');
    const wanted = judged.filter(({ call }) => call.by === 'user_goal');
    return {
      title,
      stopped: shareOf(attacks.filter(({ stopped }) => stopped).length, attacks.length),
      through: shareOf(wanted.filter(({ stopped }) => !stopped).length, wanted.length),
      missed: attacks.filter(({ stopped }) => !stopped),
    };
  });
}

const corpus = readCorpus();
const halves = [
  ['seen by whoever wrote the rules', corpus.filter((one) => !isHeldOut(one))],
  ['held out', corpus.filter(isHeldOut)],
] as const;
const tables = halves.map(([title, sequences]) => ({ title, rows: count(sequences) }));

if (values.json) {
  const plain = tables.map(({ title, rows }) => ({
    title,
    rows: rows.map(({ missed, ...row }) => ({
      ...row,
      missed: missed.map(({ sequence }) => sequence.id),
    })),
  }));
  console.log(JSON.stringify(plain, null, 2));
} else {
  for (const { title, rows } of tables) {
    console.log(`\n| ${title} | attacker's calls stopped | wanted writes let through |`);
    console.log('|---|---|---|');
    for (const row of rows) {
      console.log(`| ${row.title} | ${formatShare(row.stopped)} | ${formatShare(row.through)} |`);
    }
    const last = rows.at(-1);
    console.log('\nMissed by the bundle:');
    for (const { sequence, call } of last?.missed ?? []) {
      const why = sequence.note === undefined ? '' : ` (${sequence.note})`;
      console.log(`- ${sequence.id}: ${sequence.title}, by ${call.tool}${why}`);
    }
  }
}
