import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createGate, type GateRun, SFGatePipelineError } from '@spanforge/gate';
import { createSeededRandom } from '@spanforge/gate/statistics';

const WORDS =
  'const return import function value options result async await string number field entry path error index'.split(
    ' ',
  );

/** A tree of so many files that look like sources, a lock file, events, traces and a golden set. */
export function growTree(root: string, files: number): void {
  const random = createSeededRandom(1);
  const pick = (): string => WORDS[Math.floor(random() * WORDS.length)] ?? 'x';
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  };
  for (let file = 0; file < files; file += 1) {
    const lines = Array.from({ length: 20 + Math.floor(random() * 160) }, (_, line) => {
      const id = Math.floor(random() * 2 ** 32).toString(16);
      return `${pick()} ${pick()}_${line} = ${pick()}('${pick()}-${id}', { ${pick()}: ${line} });`;
    });
    write(`src/part-${file % 100}/file-${file}.ts`, `${lines.join('\n')}\n`);
  }
  const packages = Object.fromEntries(
    Array.from({ length: 800 }, (_, at) => [`node_modules/p-${at}`, { version: `1.${at}.0` }]),
  );
  write('package-lock.json', JSON.stringify({ lockfileVersion: 3, packages }));
  const advisory = (at: number) => ({
    id: `GHSA-${at}`,
    affected: [
      {
        package: { ecosystem: 'npm', name: `p-${at}` },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '0.9.0' }] }],
      },
    ],
  });
  const rows = (count: number, make: (at: number) => object): string =>
    Array.from({ length: count }, (_, at) => `${JSON.stringify(make(at))}\n`).join('');
  write('.sf-gate/advisories/all.jsonl', rows(5000, advisory));
  write(
    'events.jsonl',
    rows(10_000, (at) => ({ schema_version: '2.0', source: 'a@1.0.0', payload: { at } })),
  );
  write(
    'traces.jsonl',
    rows(5000, (at) => ({ duration_ms: 10 + (at % 97) })),
  );
  const row = (at: number) => ({
    ...{ session_id: `s${at >> 1}`, length: 100 * random(), case_id: `c${at}`, passed: true },
    ...{ latency_ms: 100 + (at % 7), cost: 0.001, tokens: 100 },
  });
  write('golden.jsonl', rows(500, row));
  write('production.jsonl', rows(500, row));
}

const PIPELINE = `gates:
  - { id: schema-validation, type: schema_validation }
  - { id: secrets-scan, type: secrets_scan }
  - { id: dependency-audit, type: dependency_security }
  - { id: perf-regression, type: performance_regression, pass_condition: "p99_latency_ms < 2000", with: { traces: traces.jsonl } }
  - { id: prri-check, type: halluccheck_prri, with: { score: 12 } }
  - { id: golden-drift, type: golden_drift, with: { golden: golden.jsonl, production: production.jsonl } }
`;

/** Runs six gates over a tree. */
export async function runSix(root: string): Promise<GateRun> {
  writeFileSync(join(root, 'pipeline.yaml'), PIPELINE);
  try {
    return await createGate({ root }).runPipeline('pipeline.yaml');
  } catch (error) {
    if (error instanceof SFGatePipelineError) return error.run;
    throw error;
  }
}

/** The tools that the gates stand beside, as their own documents run them. */
const TOOLS: readonly (readonly string[])[] = [
  ['gitleaks', 'dir', '.', '--no-banner', '--exit-code', '0'],
  ['trufflehog', 'filesystem', '.', '--json', '--no-verification', '--no-update'],
  ['secretlint', '**/*'],
  ['osv-scanner', 'scan', 'source', '--recursive', '.'],
  ['trivy', 'filesystem', '--quiet', '--offline-scan', '.'],
];

const [, script, count = '10000'] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  const root = mkdtempSync(join(tmpdir(), 'gate-tree-'));
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  try {
    growTree(root, Number(count));
    const run = await runSix(root);
    say(`six gates over ${count} files`);
    say('| gate | verdict | ms | |\n|---|---|---|---|');
    for (const { gateId, verdict, durationMs, reason } of run.artifacts) {
      say(`| ${gateId} | ${verdict} | ${Math.round(durationMs)} | ${reason} |`);
    }
    say(`| all six, side by side | ${run.verdict} | ${run.durationMs} | |`);
    for (const [tool = '', ...args] of TOOLS) {
      const started = performance.now();
      const ran = spawnSync(tool, args, { cwd: root, stdio: 'ignore', timeout: 600_000 });
      const ms = Math.round(performance.now() - started);
      say(
        `| ${tool} | ${ran.error ? 'not installed' : `exit code ${ran.status}`} | ${ran.error ? '' : ms} | |`,
      );
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
