import { parseArgs } from 'node:util';
import { type ColumnOutcome, tryColumns } from './evidence/try-columns.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});

const row = ({ table, column, name, answers, verdict }: ColumnOutcome): string =>
  `| ${[`${table}.${column}`, name, verdict, ...Object.entries(answers).map(([head, { says }]) => `${head}: ${says}`)].join(' | ').replaceAll('\n', ' ')} |`;

const outcomes = await tryColumns({
  long: values.long,
  choose: ({ table, column, name }) => `${table}.${column} ${name}`.includes(values.only),
  onOutcome: (outcome) => {
    if (!values.json) console.log(row(outcome));
  },
});
const [untouched, ...attacked] = outcomes;
const bad = attacked.filter(({ verdict }) => verdict === 'silent' || verdict === 'worst');
if (values.json) console.log(JSON.stringify(outcomes, undefined, 2));
else {
  for (const verdict of ['told', 'without effect', 'silent', 'worst']) {
    console.log(`${verdict}: ${attacked.filter((one) => one.verdict === verdict).length}`);
  }
  for (const { table, column, name, verdict } of bad)
    console.log(`${verdict}: ${table}.${column} ${name}`);
}
process.exitCode = bad.length === 0 && untouched?.verdict === 'without effect' ? 0 : 1;
