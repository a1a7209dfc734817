// Prints precision and recall per type on the public samples, with 95 % Wilson intervals.
// Build the package first; SPANFORGE_DATA names the folder of the samples.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { detect, PII_TYPES, SECRET_TYPES } from '../dist/index.js';

const root = resolve(import.meta.dirname, '../../..');
const data = resolve(root, process.env.SPANFORGE_DATA ?? '../shared/data');
const files = {
  pii: join(data, 'pii/presidio_synth_v2_public.jsonl'),
  secrets: join(data, 'secrets/gitleaks_public.jsonl'),
};
const verbose = process.argv.includes('--verbose');

/** Types of the samples that a type of ours answers to. */
const answers = {
  EMAIL_ADDRESS: ['email'],
  CREDIT_CARD: ['payment_card'],
  IBAN_CODE: ['iban'],
  US_SSN: ['us_ssn'],
  IP_ADDRESS: ['ip_address'],
  PHONE_NUMBER: ['phone'],
};

function read(file) {
  if (existsSync(file)) {
    return readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  }
  console.warn(`skipped: ${file} is not there; set SPANFORGE_DATA`);
  return undefined;
}

/** Wilson's score interval for a proportion. */
function wilson(successes, trials) {
  if (trials === 0) return 'no samples';
  const z = 1.959964;
  const share = successes / trials;
  const middle = (share + (z * z) / (2 * trials)) / (1 + (z * z) / trials);
  const half =
    (z / (1 + (z * z) / trials)) *
    Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  const percent = (value) => `${(100 * Math.min(1, Math.max(0, value))).toFixed(1)}`;
  const [low, high] = [middle - half, middle + half].map(percent);
  return `${percent(share)} % [${low}, ${high}] (${successes}/${trials})`;
}

function reportPii(samples) {
  for (const [label, types] of Object.entries(answers)) {
    let [hit, missed, right, wrong] = [0, 0, 0, 0];
    for (const { text, spans } of samples) {
      const wanted = spans.filter((span) => span.type === label);
      const findings = detect(text, { types: PII_TYPES }).filter(({ type }) =>
        types.includes(type),
      );
      const meet = (a, b) => a.start < b.end && b.start < a.end;
      for (const span of wanted) {
        if (findings.some((finding) => meet(finding, span))) hit += 1;
        else missed += 1;
        if (verbose && !findings.some((finding) => meet(finding, span))) {
          console.log('  missed', label, JSON.stringify(span.value), JSON.stringify(text));
        }
      }
      for (const finding of findings) {
        if (wanted.some((span) => meet(finding, span))) right += 1;
        else wrong += 1;
        if (verbose && !wanted.some((span) => meet(finding, span))) {
          console.log(
            '  wrong',
            label,
            text.slice(finding.start, finding.end),
            JSON.stringify(text),
          );
        }
      }
    }
    console.log(`${label}\n  recall    ${wilson(hit, hit + missed)}`);
    console.log(`  precision ${wilson(right, right + wrong)}`);
  }
}

function reportSecrets(samples, threshold) {
  const counts = new Map();
  const total = [0, 0, 0, 0];
  for (const { text, type, label } of samples) {
    const found = detect(text, { types: SECRET_TYPES, threshold }).length > 0;
    const row = counts.get(type) ?? [0, 0, 0, 0];
    const cell = (label === 1 ? 0 : 2) + (found ? 0 : 1);
    row[cell] += 1;
    total[cell] += 1;
    counts.set(type, row);
    if (verbose && threshold === 0.85 && found !== (label === 1)) {
      console.log(`  ${found ? 'wrong ' : 'missed'} ${type} ${JSON.stringify(text).slice(0, 160)}`);
    }
  }
  for (const [type, [hit, missed, wrong, passed]] of [...counts, ['all', total]]) {
    console.log(`${type}, threshold ${threshold}\n  recall    ${wilson(hit, hit + missed)}`);
    console.log(`  precision ${wilson(hit, hit + wrong)}`);
    console.log(`  specificity ${wilson(passed, wrong + passed)}`);
  }
}

const pii = read(files.pii);
if (pii !== undefined) reportPii(pii);
const secrets = read(files.secrets);
if (secrets !== undefined) for (const threshold of [0.85, 0.75]) reportSecrets(secrets, threshold);
