import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ADAPTERS, ROWS } from './rows.js';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

/** `stopped`: the way round led nowhere and is on record. */
type Cell = 'stopped' | 'BYPASSED' | 'does not apply' | 'not tried';

interface Assertion {
  readonly title: string;
  readonly status: string;
}

function testsOf(folder: string): Promise<readonly Assertion[]> {
  const arguments_ = ['vitest', 'run', 'src/bypass.test.ts', '--reporter=json'];
  const child = spawn('npx', arguments_, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', () => {
      const start = output.indexOf('{');
      if (start < 0) return reject(new Error(`no report from ${folder}`));
      const report = JSON.parse(output.slice(start)) as {
        readonly testResults: readonly { readonly assertionResults: readonly Assertion[] }[];
      };
      resolve(report.testResults.flatMap((file) => file.assertionResults));
    });
  });
}

/** A row may have several tests, which must all pass; `[B-05 n/a]` says that it cannot happen. */
function cellOf(id: string, tests: readonly Assertion[]): Cell {
  const mine = tests.filter(({ title }) => title.startsWith(`[${id}`));
  if (mine.length === 0) return 'not tried';
  if (mine.some(({ status }) => status === 'failed')) return 'BYPASSED';
  if (mine.every(({ title }) => title.startsWith(`[${id} n/a]`))) return 'does not apply';
  return mine.some(({ status }) => status === 'passed') ? 'stopped' : 'not tried';
}

const columns: Record<string, Readonly<Record<string, Cell>>> = {};
for (const adapter of ADAPTERS) {
  const folder = fileURLToPath(new URL(`../../../packages/${adapter}`, import.meta.url));
  const tried = existsSync(`${folder}/src/bypass.test.ts`);
  const tests = tried ? await testsOf(folder) : [];
  columns[adapter] = Object.fromEntries(Object.keys(ROWS).map((id) => [id, cellOf(id, tests)]));
}

if (values.json) console.log(JSON.stringify(columns, null, 2));
else {
  console.log(`| way around | ${ADAPTERS.join(' | ')} |`);
  console.log(`|---|${ADAPTERS.map(() => '---').join('|')}|`);
  for (const [id, what] of Object.entries(ROWS)) {
    const cells = ADAPTERS.map((adapter) => columns[adapter]?.[id] ?? 'not tried');
    console.log(`| ${id} ${what} | ${cells.join(' | ')} |`);
  }
}
const all = Object.values(columns).flatMap((column) => Object.values(column));
process.exitCode = all.some((cell) => cell === 'BYPASSED' || cell === 'not tried') ? 1 : 0;
