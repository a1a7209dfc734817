import { examine } from '@spanforge/rag/calibration';
import { overlap } from './baselines.js';
import { groupBy, interval } from './bootstrap.js';
import { bucket, dataFolder, isHeldOut, readSamples, type Sample } from './data.js';
import { measureAnswer, withoutLimits } from './features.js';
import { type Coefficients, claimScore, fitModel } from './fit.js';
import { auc } from './metrics.js';
import { ANSWER_RIDGE, meanOf, type Prepared, prepare, train } from './model.js';
import { table, three } from './table.js';

const FOLDS = 5;
/** Each divides the sources into folds in another way. */
const PARTITIONS = ['fold', 'a', 'b', 'c', 'd', 'e'];

const words = (text: string): readonly string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Words of an answer, with function words, that do not stand in the source letter by letter. */
function unknownWords({ answer, source }: Sample): number {
  const known = new Set(words(source));
  return words(answer).filter((word) => !known.has(word)).length;
}

const saturating = (count: number): number => count / (count + 3);
const claimsOf = ({ answer, source }: Sample): number =>
  Math.max(1, examine(answer, [{ id: 's', text: source }]).length);

/** What the score of an answer is fitted on beside the mean of its claims. */
type Columns = (one: Prepared) => readonly number[];

const shipped: Columns = ({ measured }) => [1 - measured.overlap];

const COLUMNS: Readonly<Record<string, Columns>> = {
  'as shipped': shipped,
  'and unknown words': (one) => [...shipped(one), saturating(unknownWords(one.sample))],
  'and unknown words a claim': (one) => [
    ...shipped(one),
    saturating(unknownWords(one.sample) / claimsOf(one.sample)),
  ],
  'and the length of the answer': (one) => [
    ...shipped(one),
    words(one.sample.answer).length / (words(one.sample.answer).length + 15),
  ],
  'and unigram overlap': (one) => [
    ...shipped(one),
    1 - overlap(one.sample.answer, one.sample.source, 1),
  ],
};

interface Judged {
  readonly sample: Sample;
  readonly grounded: boolean;
  readonly score: number;
}

/** One fold of one partition, with the coefficients of claims that the others give. */
interface Fold {
  readonly learn: readonly Prepared[];
  readonly test: readonly Prepared[];
  readonly claims: Coefficients;
}

function foldsOf(prepared: readonly Prepared[]): readonly Fold[] {
  return PARTITIONS.flatMap((partition) =>
    Array.from({ length: FOLDS }, (_, fold): Fold => {
      const isTest = ({ sample }: Prepared) => bucket(sample, FOLDS, partition) === fold;
      const learn = prepared.filter((one) => !isTest(one));
      return { learn, test: prepared.filter(isTest), claims: train(learn).claims };
    }),
  );
}

/** Mean score of each answer, out of fold, over all partitions. */
function scoresOf(folds: readonly Fold[], columns: Columns): readonly Judged[] {
  const judged = new Map<string, Judged>();
  for (const { learn, test, claims } of folds) {
    const meanIn = ({ measured }: Prepared): number => meanOf(measured.rows, claims);
    const rowOf = (one: Prepared): readonly number[] => [1 - meanIn(one), ...columns(one)];
    const examples = learn
      .filter((one) => meanIn(one) > 0)
      .map((one) => ({ rows: [rowOf(one)], grounded: one.sample.grounded }));
    const features = examples[0]?.rows[0]?.length ?? 0;
    const weights = fitModel(examples, { features, ridge: ANSWER_RIDGE });
    for (const one of test) {
      const { sample } = one;
      const score = meanIn(one) === 0 ? 0 : claimScore(rowOf(one), weights);
      const before = judged.get(sample.id)?.score ?? 0;
      const { grounded } = sample;
      judged.set(sample.id, { sample, grounded, score: before + score / PARTITIONS.length });
    }
  }
  return [...judged.values()];
}

const share = ({ answer, source }: Sample): number => overlap(answer, source, 1);
const GROUPS: readonly (readonly [string, (sample: Sample) => boolean])[] = [
  ['all', () => true],
  ['overlap .4–.9', (one) => share(one) >= 0.4 && share(one) <= 0.9],
];

function rowsOf(name: string, own: readonly Judged[], base: readonly Judged[]) {
  const scores = new Map(base.map(({ sample, score }) => [sample.id, score]));
  return GROUPS.map(([group, keep]) => {
    const list = own
      .filter(({ sample }) => keep(sample))
      .map((one) => ({ ...one, before: scores.get(one.sample.id) ?? 0 }));
    const gain = (some: readonly (Judged & { readonly before: number })[]): number =>
      auc(some) - auc(some.map(({ before, grounded }) => ({ score: before, grounded })));
    const bySource = groupBy(list, ({ sample }) => sample.source.toLowerCase());
    const [low, high] = interval(bySource, gain);
    return [
      name,
      group,
      three(auc(list)),
      `${three(gain(list))} (${three(low)} to ${three(high)})`,
    ];
  });
}

/** Tries what could be added to the score of an answer; the quarter that is held out is not read. */
function main(): void {
  const folder = dataFolder(process.env);
  const samples = readSamples(folder, 'begin_wow_dev_PUBLIC.jsonl');
  if (!samples) {
    console.error(`no data in ${folder}: set SPANFORGE_DATA`);
    process.exitCode = 2;
    return;
  }
  const open = samples.filter((one) => !isHeldOut(one));
  const folds = foldsOf(prepare(open));
  const base = scoresOf(folds, shipped);
  const rows = Object.entries(COLUMNS).flatMap(([name, columns]) =>
    rowsOf(name, scoresOf(folds, columns), base),
  );
  const unlimited = prepare(open, (answer, sources) =>
    measureAnswer(answer, sources, withoutLimits),
  );
  rows.push(...rowsOf('without dropped qualifiers', scoresOf(foldsOf(unlimited), shipped), base));
  const blended = base.map((one) => ({ ...one, score: (one.score + share(one.sample)) / 2 }));
  rows.push(...rowsOf('plain mean with unigram overlap', blended, base));
  console.log(
    table(['score of an answer', 'answers', 'area under ROC', 'gain over as shipped'], rows),
  );
}

main();
