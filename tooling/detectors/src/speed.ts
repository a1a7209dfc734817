import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detect, PII_TYPES } from '@spanforge/detect';
import { ours, secretlint } from './finders.js';
import { dataFolder, readLockFiles, readPii } from './samples.js';
import { formatTable } from './table.js';

const ROUNDS = 5;

/** Much of what our patterns look for, as one alternation for `grep -E`. */
const ALTERNATION = [
  '(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}',
  'gh[pousr]_[A-Za-z0-9]{36,}',
  'github_pat_[A-Za-z0-9_]{22,}',
  'npm_[A-Za-z0-9]{36}',
  'xox[abeoprscd]-[A-Za-z0-9-]{10,}',
  '[sr]k_(live|test)_[A-Za-z0-9]{16,}',
  'SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}',
  'AIza[A-Za-z0-9_-]{35}',
  'sk-(proj|ant|svcacct)-[A-Za-z0-9_-]{20,}',
  'gl(pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,}',
  'hf_[A-Za-z0-9]{34}',
  'eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]*',
  '-----BEGIN [A-Z ]*PRIVATE KEY',
  '[Bb]earer [A-Za-z0-9._~+/=-]{16,}',
  '[a-z+]{2,20}://[^[:space:]/:@]+:[^[:space:]/@]+@',
  '(token|secret|passw|api_?key|credential)[A-Za-z_]*["\': =]{1,8}[A-Za-z0-9_+/.~-]{16,}',
].join('|');

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function rate(bytes: number, run: () => unknown): Promise<string> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now();
    await run();
    rounds.push(bytes / 1e3 / (performance.now() - began));
  }
  return median(rounds).toFixed(1);
}

const folder = dataFolder(process.env);
const sources = readFileSync(new URL(import.meta.url), 'utf8').repeat(100);
const texts: Readonly<Record<string, string>> = {
  'lock files': readLockFiles(folder).join('\n').repeat(4),
  sentences: (readPii(folder) ?? [])
    .map(({ text }) => text)
    .join('\n')
    .repeat(20),
  'source code': sources,
};
const place = mkdtempSync(join(tmpdir(), 'spanforge-detectors-'));
try {
  const rows: string[][] = [];
  for (const [name, text] of Object.entries(texts)) {
    if (text === '') continue;
    const bytes = Buffer.byteLength(text);
    const file = join(place, 'text');
    writeFileSync(file, text);
    const grep = () =>
      spawnSync('grep', ['-cE', ALTERNATION, file], { env: { ...process.env, LC_ALL: 'C' } });
    rows.push([
      name,
      (bytes / 1e6).toFixed(1),
      await rate(bytes, () => ours(0.85).find(text)),
      await rate(bytes, () => secretlint.find(text)),
      await rate(bytes, grep),
      await rate(bytes, () => detect(text, { types: PII_TYPES })),
      await rate(bytes, () => detect(text)),
    ]);
  }
  const titles = ['text', 'MB', 'secrets', 'secretlint', 'grep -E', 'personal data', 'both'];
  console.log(
    `MB a second, medians of ${ROUNDS} rounds, one core; grep starts a process a round.\n`,
  );
  console.log(formatTable(titles, rows));
} finally {
  rmSync(place, { recursive: true, force: true });
}
