import { detect, PII_TYPES, type PiiType } from '@spanforge/detect';
import { familySamples } from './families.js';
import { type Finder, ours, secretlint, stopProfilingSecretlint } from './finders.js';
import { formatShare } from './format-share.js';
import { hardNegatives } from './hard-negatives.js';
import {
  dataFolder,
  type PiiSample,
  readLockFiles,
  readPii,
  readSecrets,
  type SecretSample,
} from './samples.js';
import { formatTable } from './table.js';
import { unseenSamples } from './unseen.js';

/** Types of the samples, and the types of ours that answer to them. */
const answers: readonly (readonly [string, PiiType])[] = [
  ['EMAIL_ADDRESS', 'email'],
  ['CREDIT_CARD', 'payment_card'],
  ['IBAN_CODE', 'iban'],
  ['US_SSN', 'us_ssn'],
  ['IP_ADDRESS', 'ip_address'],
  ['PHONE_NUMBER', 'phone'],
];

interface Span {
  readonly start: number;
  readonly end: number;
}
const meet = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;

/** A span counts as found when a finding of its type meets it; a finding as right likewise. */
function piiRow(
  samples: readonly PiiSample[],
  [label, type]: readonly [string, PiiType],
): readonly string[] {
  const counts = { spans: 0, found: 0, findings: 0, right: 0 };
  for (const { text, spans } of samples) {
    const wanted = spans.filter((span) => span.type === label);
    const findings = detect(text, { types: PII_TYPES }).filter((finding) => finding.type === type);
    counts.spans += wanted.length;
    counts.found += wanted.filter((span) => findings.some((one) => meet(one, span))).length;
    counts.findings += findings.length;
    counts.right += findings.filter((one) => wanted.some((span) => meet(one, span))).length;
  }
  return [
    ...[label, type],
    formatShare(counts.found, counts.spans),
    formatShare(counts.right, counts.findings),
  ];
}

interface Tally {
  positives: number;
  hit: number;
  negatives: number;
  wrong: number;
}

async function tallies(
  samples: readonly SecretSample[],
  finder: Finder,
): Promise<ReadonlyMap<string, Tally>> {
  const all: Tally = { positives: 0, hit: 0, negatives: 0, wrong: 0 };
  const byFamily = new Map<string, Tally>();
  for (const { text, type, label } of samples) {
    const tally = byFamily.get(type) ?? { positives: 0, hit: 0, negatives: 0, wrong: 0 };
    byFamily.set(type, tally);
    const found = (await finder.find(text)) > 0 ? 1 : 0;
    for (const one of [tally, all]) {
      if (label === 1) {
        one.positives += 1;
        one.hit += found;
      } else {
        one.negatives += 1;
        one.wrong += found;
      }
    }
  }
  return new Map([...[...byFamily].sort(([a], [b]) => (a < b ? -1 : 1)), ['all', all]]);
}

const recall = ({ hit, positives }: Tally): string => formatShare(hit, positives);
const precision = ({ hit, wrong }: Tally): string => formatShare(hit, hit + wrong);

async function reportSecrets(
  samples: readonly SecretSample[],
  finders: readonly Finder[],
): Promise<void> {
  const columns = await Promise.all(finders.map((finder) => tallies(samples, finder)));
  const [first] = columns;
  const rows = [...(first?.keys() ?? [])].map((family) => [
    family,
    ...columns.flatMap((column) => {
      const tally = column.get(family);
      return tally === undefined ? ['-', '-'] : [recall(tally), precision(tally)];
    }),
  ]);
  const titles = finders.flatMap(({ name }) => [`${name}: recall %`, 'precision %']);
  console.log(`\n## Secrets, by family\n\n${formatTable(['family', ...titles], rows)}`);
}

/** F1 of the default threshold and the peer: the harmonic mean of recall and precision. */
async function reportF1(
  samples: readonly SecretSample[],
  finders: readonly Finder[],
): Promise<void> {
  const rows: string[][] = [];
  for (const finder of finders) {
    const all = (await tallies(samples, finder)).get('all');
    if (all === undefined) continue;
    const f1 = (2 * all.hit) / (2 * all.hit + all.wrong + all.positives - all.hit);
    rows.push([finder.name, recall(all), precision(all), f1.toFixed(3)]);
  }
  const titles = ['', 'recall %', 'precision %', 'F1'];
  console.log(`\n## Secrets, in all\n\n${formatTable(titles, rows)}`);
}

/** Formats of vendors, written by us: those looked at while the rules were written, and the others. */
async function reportFamilies(finders: readonly Finder[]): Promise<void> {
  const samples = familySamples();
  const rows: string[][] = [];
  for (const kept of [false, true]) {
    const half = samples.filter((sample) => sample.kept === kept);
    const row = [kept ? 'kept' : 'looked at', String(new Set(half.map((one) => one.family)).size)];
    for (const { find } of finders) {
      let found = 0;
      for (const { text } of half) found += (await find(text)) > 0 ? 1 : 0;
      row.push(formatShare(found, half.length));
    }
    rows.push(row);
  }
  const titles = ['half', 'families', ...finders.map(({ name }) => `${name}: recall %`)];
  console.log(`\n## Documented key formats, six texts each\n\n${formatTable(titles, rows)}`);
}

/** Secrets of invented vendors beside as many texts without one; `--seed` takes others. */
async function reportUnseen(seed: string, finders: readonly Finder[]): Promise<void> {
  const samples = unseenSamples(seed);
  const kinds = [...new Set(samples.map(({ kind }) => kind))];
  const flagged = new Map<Finder, ReadonlySet<string>>();
  for (const finder of finders) {
    const texts = new Set<string>();
    for (const { text } of samples) if ((await finder.find(text)) > 0) texts.add(text);
    flagged.set(finder, texts);
  }
  const rows = kinds.map((kind) => {
    const of = samples.filter((one) => one.kind === kind);
    const shares = finders.map((finder) =>
      formatShare(of.filter(({ text }) => flagged.get(finder)?.has(text)).length, of.length),
    );
    return [kind, of[0]?.secret ? 'yes' : 'no', ...shares];
  });
  const f1 = finders.map((finder) => {
    const hits = samples.filter(({ text }) => flagged.get(finder)?.has(text));
    const right = hits.filter(({ secret }) => secret).length;
    const secrets = samples.filter(({ secret }) => secret).length;
    return `F1 ${((2 * right) / (hits.length + secrets)).toFixed(3)}`;
  });
  const titles = ['written as', 'secret', ...finders.map(({ name }) => `${name}: flagged %`)];
  const table = formatTable(titles, [...rows, ['all', '', ...f1]]);
  console.log(`\n## Secrets of invented vendors, seed "${seed}"\n\n${table}`);
}

async function reportNegatives(
  lockFiles: readonly string[],
  finders: readonly Finder[],
): Promise<void> {
  const rows: string[][] = [];
  for (const { kind, texts } of hardNegatives(lockFiles)) {
    const row = [kind, String(texts.length)];
    for (const { find } of finders) {
      let flagged = 0;
      let findings = 0;
      for (const text of texts) {
        const found = await find(text);
        findings += found;
        flagged += found > 0 ? 1 : 0;
      }
      row.push(`${formatShare(flagged, texts.length)}, ${findings} findings`);
    }
    rows.push(row);
  }
  const titles = ['kind', 'texts', ...finders.map(({ name }) => `${name}: flagged %`)];
  console.log(`\n## False positives on hard negatives\n\n${formatTable(titles, rows)}`);
}

stopProfilingSecretlint();
const folder = dataFolder(process.env);
const finders = [ours(0.85), ours(0.75), secretlint];
const pii = readPii(folder);
const secrets = readSecrets(folder);
if (pii === undefined || secrets === undefined) {
  console.warn('skipped: the public samples are not there; set SPANFORGE_DATA');
}
console.log('Shares in percent, with 95 % Wilson intervals and counts.');
if (pii) {
  const rows = answers.map((answer) => piiRow(pii, answer));
  console.log(
    `\n## Personal data\n\n${formatTable(['sample', 'type', 'recall %', 'precision %'], rows)}`,
  );
}
if (secrets) {
  await reportF1(secrets, finders);
  await reportSecrets(secrets, finders);
}
await reportFamilies(finders);
const seedAt = process.argv.indexOf('--seed');
await reportUnseen(seedAt < 0 ? 'unseen' : (process.argv[seedAt + 1] ?? ''), finders);
await reportNegatives(readLockFiles(folder), finders);
