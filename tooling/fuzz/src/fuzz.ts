import { compileBundle, type PolicyBundle, parseBundle } from '@spanforge/policy';
import {
  createRandom,
  differenceOn,
  type Question,
  randomBundle,
  randomCounted,
  randomRequest,
} from '@spanforge-tooling/policy-reference';
import { readArguments } from './arguments.js';
import { shrink } from './shrink.js';

/** A new bundle is made after so many requests to one. */
const REQUESTS_PER_BUNDLE = 10;
const PROGRESS_EVERY = 50_000;

interface Pair extends Question {
  readonly written: object;
}

function load(written: object): PolicyBundle | undefined {
  try {
    return parseBundle(written);
  } catch {
    return undefined;
  }
}

function differs({ written, ...question }: Pair): boolean {
  const bundle = load(written);
  return bundle !== undefined && differenceOn(bundle, question) !== undefined;
}

function report(pair: Pair, seed: number): void {
  const { written, ...question } = shrink(pair, differs);
  const bundle = load(written);
  const difference = bundle === undefined ? undefined : differenceOn(bundle, question);
  process.stdout.write(`DIFFERENCE (seed ${seed}), made as small as it goes:\n`);
  process.stdout.write(`${JSON.stringify({ written, ...question, ...difference }, null, 2)}\n`);
}

function main(): number {
  const { pairs, seed } = readArguments(process.argv.slice(2));
  const random = createRandom(seed);
  const counts = new Map<string, number>();
  const note = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const started = performance.now();
  let done = 0;
  while (done < pairs) {
    const written = randomBundle(random);
    const bundle = parseBundle(written);
    const decider = compileBundle(bundle);
    for (let asked = 0; asked < REQUESTS_PER_BUNDLE && done < pairs; asked += 1) {
      const question = { request: randomRequest(random), counted: randomCounted(random) };
      if (differenceOn(bundle, question, decider) !== undefined) {
        report({ written, ...question }, seed);
        return 1;
      }
      const { outcome, rules } = decider.decide(question.request);
      note(outcome);
      for (const { finding } of rules) note(`rule ${finding}`);
      done += 1;
      if (done % PROGRESS_EVERY === 0) process.stderr.write(`${done} pairs\n`);
    }
  }
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(
    `${done} pairs, seed ${seed}, no difference, ${Math.round(done / seconds)} pairs a second\n`,
  );
  for (const [what, count] of [...counts].sort()) process.stdout.write(`${what}: ${count}\n`);
  return 0;
}

process.exitCode = main();
