import { parseArgs } from 'node:util';
import { createProgress } from 'spanforge';
import { formatRows, type Row, toRow } from './report.js';
import { scenarios } from './scenarios.js';
import { simulate } from './simulate.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    'power-runs': { type: 'string', default: '1000' },
    units: { type: 'string', default: '20000' },
    'step-units': { type: 'string', default: '1000' },
    alpha: { type: 'string', default: '0.05' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

function positive(name: 'runs' | 'power-runs' | 'units' | 'step-units' | 'seed'): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value > 0) return value;
  process.stderr.write(`--${name} is a whole number above 0\n`);
  process.exit(2);
}

const [runs, powerRuns, seed] = [positive('runs'), positive('power-runs'), positive('seed')];
const alpha = Number(values.alpha);
if (!(alpha > 0 && alpha < 1)) {
  process.stderr.write('--alpha is between 0 and 1\n');
  process.exit(2);
}
const all = scenarios(alpha, positive('units'), positive('step-units'));
const total = all.reduce((sum, { isNull }) => sum + (isNull ? runs : powerRuns), 0);
const progress = createProgress('canaries', process.stderr);
const rows: Row[] = [];
let done = 0;
for (const scenario of all) {
  const count = scenario.isNull ? runs : powerRuns;
  const before = done;
  const onRun = (run: number) => {
    done = before + run;
    progress.update(done, total);
  };
  rows.push(
    toRow(scenario, simulate(scenario.rules, scenario.traffic, { runs: count, seed, onRun })),
  );
}
progress.end();
process.stdout.write(`${values.json ? JSON.stringify({ seed, rows }) : formatRows(rows)}\n`);
// An interval that lies above alpha wholly is a broken promise, not bad luck.
const broken = rows.some((row) => row.kind === 'false_rollback' && row.lower > row.alpha);
process.exitCode = broken ? 1 : 0;
