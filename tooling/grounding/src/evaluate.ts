import { brevity, overlap } from './baselines.js';
import { groupBy, interval } from './bootstrap.js';
import { bucket, dataFolder, isHeldOut, readSamples, type Sample } from './data.js';
import { measureAnswer } from './features.js';
import { auc, balancedAccuracy, bestThreshold, type Scored } from './metrics.js';
import { type Prepared, prepare, SHIPPED, scoreAnswer, train } from './model.js';
import { grounds, MISSED_PAIRS, MORE_PAIRS, PAIRS } from './pairs.js';
import { namesIn, perturb, restate } from './perturb.js';
import { table, three, two } from './table.js';

const FOLDS = 5;
const SCORERS = [
  'this scorer',
  'unigram overlap',
  'mean of both',
  'bigram overlap',
  'brevity',
] as const;

interface Judged extends Scored {
  readonly sample: Sample;
  readonly threshold: number;
}

type ByScorer = ReadonlyMap<string, readonly Judged[]>;

const baseline: Readonly<Record<string, (sample: Sample) => number>> = {
  'unigram overlap': ({ answer, source }) => overlap(answer, source, 1),
  'bigram overlap': ({ answer, source }) => overlap(answer, source, 2),
  brevity: ({ answer }) => brevity(answer),
};

/** By one of the baselines, by this scorer, or by the mean of it and unigram overlap. */
function scoreBy(name: string, sample: Sample, own: () => number): number {
  if (name === 'mean of both') return (own() + overlap(sample.answer, sample.source, 1)) / 2;
  return baseline[name]?.(sample) ?? own();
}

/** Scores the second list with what was learned on the first; baselines learn a threshold. */
function judge(learn: readonly Prepared[], apply: readonly Prepared[]): ByScorer {
  const coefficients = train(learn);
  const own = ({ measured }: Prepared): number => scoreAnswer(measured, coefficients);
  return new Map(
    SCORERS.map((name) => {
      const score = (one: Prepared): number => scoreBy(name, one.sample, () => own(one));
      const scored = (list: readonly Prepared[]) =>
        list.map((one) => ({
          score: score(one),
          grounded: one.sample.grounded,
          sample: one.sample,
        }));
      const threshold = bestThreshold(scored(learn));
      return [name, scored(apply).map((one) => ({ ...one, threshold }))];
    }),
  );
}

function crossValidate(prepared: readonly Prepared[], foldOf: (one: Prepared) => string): ByScorer {
  const folds = [...new Set(prepared.map(foldOf))];
  const parts = folds.map((fold) =>
    judge(
      prepared.filter((one) => foldOf(one) !== fold),
      prepared.filter((one) => foldOf(one) === fold),
    ),
  );
  return new Map(SCORERS.map((name) => [name, parts.flatMap((part) => part.get(name) ?? [])]));
}

const accuracy = (judged: readonly Judged[]): number =>
  balancedAccuracy(
    judged.map(({ score, threshold, grounded }) => ({ score: score - threshold, grounded })),
    0,
  );

const bySource = (judged: readonly Judged[]): readonly (readonly Judged[])[] =>
  groupBy(judged, ({ sample }) => sample.source.toLowerCase());

const withInterval = (judged: readonly Judged[], figure: (list: readonly Judged[]) => number) => {
  const [low, high] = interval(bySource(judged), figure);
  return `${three(figure(judged))} (${two(low)}–${two(high)})`;
};

/** How much better than unigram overlap, with an interval over the same resamples. */
function gain(results: ByScorer, keep: (sample: Sample) => boolean): string {
  const own = results.get('this scorer') ?? [];
  const other = new Map(results.get('unigram overlap')?.map((one) => [one.sample.id, one]));
  const pairs = own
    .filter(({ sample }) => keep(sample))
    .map((one) => ({ ...one, other: other.get(one.sample.id)?.score ?? 0 }));
  const figure = (list: readonly (Judged & { other: number })[]): number =>
    auc(list) - auc(list.map(({ other: score, grounded }) => ({ score, grounded })));
  const groups = groupBy(pairs, ({ sample }) => sample.source.toLowerCase());
  const [low, high] = interval(groups, figure);
  return `${three(figure(pairs))} (${two(low)} to ${two(high)})`;
}

function groupsOf(
  samples: readonly Sample[],
): readonly (readonly [string, (s: Sample) => boolean])[] {
  const share = ({ answer, source }: Sample): number => overlap(answer, source, 1);
  const lengths = samples.map(({ answer }) => -brevity(answer)).sort((a, b) => a - b);
  const cut = (third: number): number => lengths[Math.floor((lengths.length * third) / 3)] ?? 0;
  const length = ({ answer }: Sample): number => -brevity(answer);
  return [
    ['all', () => true],
    ['overlap < .4', (one) => share(one) < 0.4],
    ['overlap .4–.9', (one) => share(one) >= 0.4 && share(one) <= 0.9],
    ['overlap > .9', (one) => share(one) > 0.9],
    [`up to ${cut(1) - 1} words`, (one) => length(one) < cut(1)],
    [`${cut(1)} to ${cut(2) - 1} words`, (one) => length(one) >= cut(1) && length(one) < cut(2)],
    [`${cut(2)} words and more`, (one) => length(one) >= cut(2)],
    [
      'overlap .4–.9, copied runs left out',
      (one) => share(one) >= 0.4 && share(one) <= 0.9 && overlap(one.answer, one.source, 2) < 0.6,
    ],
  ];
}

function printResults(title: string, results: ByScorer): void {
  const samples = (results.get('this scorer') ?? []).map(({ sample }) => sample);
  console.log(`\n### ${title}\n`);
  const rows = groupsOf(samples).map(([group, keep]) => {
    const of = (name: string) => (results.get(name) ?? []).filter(({ sample }) => keep(sample));
    const [own = []] = [of('this scorer')];
    const yes = own.filter(({ grounded }) => grounded).length;
    const figures = SCORERS.map((name) =>
      name === 'this scorer' || name === 'unigram overlap' || name === 'mean of both'
        ? withInterval(of(name), auc)
        : three(auc(of(name))),
    );
    return [group, `${own.length} / ${yes}`, ...figures, gain(results, keep)];
  });
  console.log(
    table(['area under ROC', 'answers / grounded', ...SCORERS, 'gain over unigram'], rows),
  );
  const right = SCORERS.map((name) => [
    name,
    withInterval(results.get(name) ?? [], accuracy),
    ...middle(results, name),
  ]);
  console.log(
    `\n${table(['balanced accuracy, threshold learned beside', 'all', 'overlap .4–.9'], right)}`,
  );
}

function middle(results: ByScorer, name: string): readonly string[] {
  const judged = results.get(name) ?? [];
  const keep = groupsOf(judged.map(({ sample }) => sample)).find(
    ([group]) => group === 'overlap .4–.9',
  )?.[1];
  return keep
    ? [
        withInterval(
          judged.filter(({ sample }) => keep(sample)),
          accuracy,
        ),
      ]
    : [];
}

function printCalibration(judged: readonly Judged[]): void {
  const bins = [0, 0.2, 0.4, 0.6, 0.8, 1.01];
  const rows = bins.slice(0, -1).map((low, at) => {
    const high = bins[at + 1] ?? 1.01;
    const inside = judged.filter(({ score }) => score >= low && score < high);
    const mean = inside.reduce((sum, { score }) => sum + score, 0) / inside.length;
    const share = inside.filter(({ grounded }) => grounded).length / inside.length;
    return [`${two(low)}–${two(Math.min(1, high))}`, inside.length, two(mean), two(share)];
  });
  const brier =
    judged.reduce((sum, { score, grounded }) => sum + (score - (grounded ? 1 : 0)) ** 2, 0) /
    judged.length;
  console.log(`\n### Calibration, out of fold (Brier score ${three(brier)})\n`);
  console.log(table(['average score', 'answers', 'mean score', 'share grounded'], rows));
  const passing = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9].map((threshold) => {
    const share = (grounded: boolean): string => {
      const of = judged.filter((one) => one.grounded === grounded);
      return two(of.filter(({ score }) => score >= threshold).length / of.length);
    };
    return [threshold, share(true), share(false)];
  });
  console.log(
    `\n${table(['threshold', 'of grounded answers at or over', 'of ungrounded answers'], passing)}`,
  );
}

function printPerturbations(samples: readonly Sample[]): void {
  const names = samples.flatMap(({ source }) => namesIn(source).map(({ text }) => text));
  const score = (text: string, source: string): number =>
    scoreAnswer(measureAnswer(text, [source]), SHIPPED);
  const found = new Map<string, { before: number; after: number }[]>();
  const add = (kind: string, source: string, changed: string): void => {
    const list = found.get(kind) ?? [];
    list.push({ before: score(source, source), after: score(changed, source) });
    found.set(kind, list);
  };
  for (const [at, { source }] of samples.entries()) {
    for (const [kind, text] of perturb(source, names[(at * 7) % names.length] ?? 'Ottilie'))
      add(kind, source, text);
    for (const [kind, text] of restate(source)) add(`same: ${kind}`, source, text);
  }
  const rows = [...found].map(([kind, list]) => {
    const share = (test: (one: { before: number; after: number }) => boolean): string =>
      two(list.filter(test).length / list.length);
    const mean = list.reduce((sum, { after }) => sum + after, 0) / list.length;
    return [
      kind,
      list.length,
      share(({ before, after }) => after < before),
      share(({ after }) => after < 0.5),
      two(mean),
    ];
  });
  console.log('\n### Sources as answers, made false or said otherwise (shipped coefficients)\n');
  console.log(table(['change', 'sentences', 'score lower', 'score under .5', 'mean score'], rows));
}

function printPairs(): void {
  const lists = [[...PAIRS, ...MISSED_PAIRS], MORE_PAIRS];
  const classes = [...new Set(PAIRS.map(({ about }) => about))];
  const rows = [...classes, 'all'].map((name) => [
    name,
    ...lists.flatMap((pairs) => {
      const of = pairs.filter(({ about }) => name === 'all' || about === name);
      const share = (count: number): string => `${count} of ${of.length}`;
      const right = of.filter(({ source, supported }) => grounds(supported, source));
      const wrong = of.filter(({ source, unsupported }) => !grounds(unsupported, source));
      return [share(right.length), share(wrong.length)];
    }),
  ]);
  const head = ['supported is grounded', 'unsupported is not'];
  console.log('\n### Pairs of our own (shipped coefficients)\n');
  console.log(table(['what differs', ...head, ...head.map((one) => `${one}, second list`)], rows));
}

function printDistractors(samples: readonly Sample[]): void {
  const rows = [0, 1, 4, 9].map((count) => {
    const scored = samples.map(({ answer, source, grounded }, at) => {
      const others = Array.from(
        { length: count },
        (_, n) => samples[(at + 37 * (n + 1)) % samples.length]?.source ?? '',
      );
      return { score: scoreAnswer(measureAnswer(answer, [...others, source]), SHIPPED), grounded };
    });
    return [count, three(auc(scored)), two(balancedAccuracy(scored, 0.5))];
  });
  console.log('\n### The right source among others (shipped coefficients)\n');
  console.log(table(['other sources', 'area under ROC', 'balanced accuracy at .5'], rows));
}

function printSanity(samples: readonly Sample[]): void {
  const rows = SCORERS.map((name) => {
    const scored = samples.map((one) => ({
      score: scoreBy(name, one, () =>
        scoreAnswer(measureAnswer(one.answer, [one.source]), SHIPPED),
      ),
      grounded: one.grounded,
    }));
    return [name, three(auc(scored))];
  });
  console.log(
    `\n### HaluEval QA, ${samples.length} answers: a sanity check only, brevity alone solves it\n`,
  );
  console.log(table(['scorer', 'area under ROC'], rows));
}

function main(): void {
  const folder = dataFolder(process.env);
  const samples = readSamples(folder, 'begin_wow_dev_PUBLIC.jsonl');
  const halueval = readSamples(folder, 'halueval_qa_one-turn_PUBLIC.jsonl');
  if (!samples || !halueval) {
    console.error(`no data in ${folder}: set SPANFORGE_DATA`);
    process.exitCode = 2;
    return;
  }
  const open = samples.filter((one) => !isHeldOut(one));
  const prepared = prepare(open);
  const results = crossValidate(prepared, ({ sample }) => String(bucket(sample, FOLDS, 'fold')));
  printResults(`BEGIN wow dev, ${FOLDS} folds by source, coefficients refitted in each`, results);
  printCalibration(results.get('this scorer') ?? []);
  const models = crossValidate(prepared, ({ sample }) => sample.group);
  printResults('BEGIN wow dev, each model that wrote answers left out in turn', models);
  printPerturbations(open);
  printPairs();
  printDistractors(open);
  printSanity(halueval);
  if (process.argv.includes('--held-out')) {
    const held = prepare(samples.filter(isHeldOut));
    printResults('BEGIN wow dev, the quarter of sources that was held out', judge(prepared, held));
  }
}

main();
