import { parseArgs } from 'node:util';
import { PROBES, QUICK_PROBES } from './evidence/probes.js';
import { tryAttacks } from './evidence/try-attacks.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const probes = values.quick ? QUICK_PROBES : Object.keys(PROBES);
const outcomes = await tryAttacks(probes);
const attacked = outcomes.filter(({ id }) => id !== '');
const missed = attacked.filter(({ noticed, failsOpen }) => !noticed || failsOpen);
const falseAlarms = outcomes.filter(({ id, noticed }) => id === '' && noticed);

if (values.json) {
  console.log(JSON.stringify({ outcomes, missed: missed.map(({ name }) => name) }, undefined, 2));
} else {
  const heads = probes;
  console.log(`| | attack | ${heads.join(' | ')} |\n|${'---|'.repeat(heads.length + 2)}`);
  for (const { id, name, answers } of outcomes) {
    const cells = heads.map((head) => `${answers[head]?.exit} ${answers[head]?.says}`);
    console.log(`| ${id} | ${name} | ${cells.join(' | ')} |`);
  }
  for (const { name } of missed) console.log(`\nNOT NOTICED, or failed open: ${name}`);
  for (const { name } of falseAlarms) console.log(`\nFALSE ALARM: ${name}`);
}
process.exitCode = missed.length + falseAlarms.length === 0 ? 0 : 1;
