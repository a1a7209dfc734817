import { resolve } from 'node:path';
import { calibrateResults, readResults } from '@spanforge/gate';
import { CliError } from '../error.js';
import { readRegular } from '../files/read.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { formatTable } from '../output/table.js';

interface CalibrateArguments {
  readonly alpha?: string;
  readonly margin?: string;
  readonly rounds?: string;
}

const MAX_BYTES = 256 * 1024 * 1024;

function numberOf(text: string | undefined, option: string, low: number, high: number): number {
  const value = Number(text);
  if (value >= low && value <= high) return value;
  throw new CliError('CLI_USAGE', `${option}: expected a number from ${low} to ${high}`);
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** `spanforge gate calibrate RESULTS`: compares a baseline with itself. */
export async function calibrate(
  io: CommandIo,
  options: CalibrateArguments,
  name: string,
): Promise<CommandResult> {
  const alpha = numberOf(options.alpha, '--alpha', 0.0001, 0.2);
  const margin = numberOf(options.margin, '--margin', 0.001, 0.5);
  const rounds = Math.round(numberOf(options.rounds, '--rounds', 1, 100_000));
  const results = readResults(await readRegular(resolve(io.cwd, name), MAX_BYTES), name);
  const found = calibrateResults(results, { alpha, margin, rounds });
  const { once, sequential, falsePass } = found;
  const rows = [
    [
      'looked at once',
      percent(once.pass),
      percent(once.fail),
      percent(once.inconclusive),
      percent(falsePass.once),
    ],
    [
      'after every case',
      percent(sequential.pass),
      percent(sequential.fail),
      percent(sequential.inconclusive),
      percent(falsePass.sequential),
    ],
  ];
  const table = formatTable(
    [
      { title: 'design' },
      { title: 'PASS' },
      { title: 'FAIL' },
      { title: 'INCONCLUSIVE' },
      { title: 'PASS though worse' },
    ],
    rows,
  );
  const sound =
    Math.max(once.fail, sequential.fail, falsePass.once, falsePass.sequential) <= alpha * 1.5;
  return {
    exitCode: sound ? EXIT.ok : EXIT.failed,
    text: [
      `${found.cases} cases, ${percent(found.passRate)} pass, ${rounds} comparisons of the baseline with itself`,
      `allowed error ${percent(alpha)}; "PASS though worse" is a candidate worse by the margin of ${percent(margin)}`,
      '',
      table,
    ].join('\n'),
    json: {
      ...{ cases: found.cases, rounds, pass_rate: found.passRate, alpha, margin, once, sequential },
      false_pass: falsePass,
    },
  };
}
