import { parseArgs } from 'node:util';
import { fileAttacks, prepareFiles } from './evidence/file-attacks.js';
import { mixedAttacks } from './evidence/mixed-attacks.js';
import { PROBES } from './evidence/probes.js';
import { type ColumnOutcome, tryColumns } from './evidence/try-columns.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    mixed: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});

const doctor = async (folder: string) => {
  const answer = await PROBES.doctor?.(folder, 'small');
  const { exit = 2, says = '' } = answer ?? {};
  return {
    says: `${exit} ${says.replaceAll(folder, '')}`,
    notices: exit !== 0,
    view: String(exit),
  };
};

const row = ({ table, name, answers, verdict }: ColumnOutcome): string => {
  const said = Object.values(answers).map(({ says }) => says.replaceAll('|', '/'));
  return `| ${[table, name, verdict, ...said].join(' | ').replaceAll('\n', ' ')} |`;
};

let head = values.json;
const outcomes = await tryColumns({
  attacks: values.mixed ? mixedAttacks : fileAttacks,
  long: values.long,
  prepare: prepareFiles,
  looks: { doctor },
  settleMs: 1500,
  choose: ({ table, name }) => `${table} ${name}`.includes(values.only),
  onOutcome(outcome) {
    if (!head) {
      const heads = ['file', 'what', 'verdict', ...Object.keys(outcome.answers)];
      console.log(`| ${heads.join(' | ')} |\n|${heads.map(() => '---|').join('')}`);
      head = true;
    }
    if (!values.json) console.log(row(outcome));
  },
});
const [untouched, ...attacked] = outcomes;
const bad = attacked.filter(({ verdict }) => verdict === 'silent' || verdict === 'worst');
if (values.json) console.log(JSON.stringify(outcomes, undefined, 2));
else {
  console.log('');
  for (const verdict of ['told', 'without effect', 'silent', 'worst']) {
    console.log(`${verdict}: ${attacked.filter((one) => one.verdict === verdict).length}`);
  }
  for (const { table, name, verdict } of bad) console.log(`${verdict}: ${table} ${name}`);
}
process.exitCode = untouched?.verdict === 'without effect' ? 0 : 1;
