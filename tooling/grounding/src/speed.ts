import { assess } from '@spanforge/rag';
import { dataFolder, readSamples } from './data.js';
import { table } from './table.js';

const samples = readSamples(dataFolder(process.env), 'begin_wow_dev_PUBLIC.jsonl') ?? [];

function seconds(work: () => void): number {
  const started = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
}

/** Answers beside five sources of five sentences each: what a retriever hands over. */
function typical(): readonly { readonly answer: string; readonly sources: readonly string[] }[] {
  return samples.map(({ answer, source }, at) => {
    const sentence = (n: number): string => samples[(at + n * 13) % samples.length]?.source ?? '';
    const sources = [0, 1, 2, 3, 4].map((s) =>
      [0, 1, 2, 3, 4].map((n) => (s === 2 && n === 2 ? source : sentence(s * 5 + n + 1))).join(' '),
    );
    return { answer: `${answer} ${sentence(40)} ${sentence(41)}`, sources };
  });
}

const named = (texts: readonly string[]) => texts.map((text, at) => ({ id: `s${at}`, text }));

function printRates(): void {
  const single = samples.map(({ answer, source }) => ({ answer, sources: [source] }));
  const rows = [
    ['one sentence as source', single],
    ['five sources of five sentences', typical()],
  ] as const;
  const measured = rows.map(([name, list]) => {
    const run = (): void => {
      for (const { answer, sources } of list) assess(answer, named(sources));
    };
    for (let warm = 0; warm < 3; warm += 1) run();
    const rates = [0, 1, 2, 3, 4].map(() => list.length / seconds(run)).sort((a, b) => a - b);
    const size = (of: (one: { answer: string; sources: readonly string[] }) => number): number =>
      Math.round(list.reduce((sum, one) => sum + of(one), 0) / list.length);
    const characters = `${size(({ answer }) => answer.length)} / ${size(({ sources }) => sources.join('').length)}`;
    return [name, characters, Math.round(rates[2] ?? 0)];
  });
  console.log(
    table(['sources', 'characters of answer / sources', 'answers a second of CPU'], measured),
  );
}

function printGrowth(): void {
  const text = samples.map(({ source }) => source).join(' ');
  const rows = [12_500, 25_000, 50_000, 100_000, 200_000].map((length) => {
    const long = text.repeat(Math.ceil(length / text.length)).slice(0, length);
    const flat = 'a '.repeat(length / 2);
    const time = (value: string): string => {
      const runs = [0, 1, 2].map(() => seconds(() => assess(value, named([value]))));
      return (1000 * (runs.sort((a, b) => a - b)[1] ?? 0)).toFixed(0);
    };
    return [length, time(long), time(flat)];
  });
  console.log(
    `\n${table(['characters of answer and of source', 'prose, CPU ms', 'one word repeated, CPU ms'], rows)}`,
  );
}

if (samples.length === 0) {
  console.error('no data: set SPANFORGE_DATA');
  process.exitCode = 2;
} else {
  printRates();
  printGrowth();
}
