import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { policyDecisionV1 } from '@spanforge/core-events/records';
import { expect, it } from 'vitest';
import { type CliRun, useFolder } from './test-cli.js';
import { openWorkspace } from './workspace/workspace.js';

const GUIDE = new URL('../../../docs/guides/calibrate-a-policy.md', import.meta.url);
const page = readFileSync(GUIDE, 'utf8');
const folder = useFolder();

/** The code blocks of a language, in order. */
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text = '']) => text,
  );

/** What the program of the guide imports, from the sources. */
const MODULES: Readonly<Record<string, () => Promise<object>>> = {
  '@spanforge/explain': () => import('@spanforge/explain'),
  '@spanforge/policy': () => import('@spanforge/policy'),
  '@spanforge/rag': () => import('@spanforge/rag'),
  '@spanforge/scope': () => import('@spanforge/scope'),
  spanforge: () => import('./index.js'),
};

/** Runs the program of the guide, over the workspace of this test. */
async function runProgram(day: string): Promise<void> {
  const source = (blocks('js')[0] ?? '')
    .replace(/^import (\{[^}]*\}) from ('[^']+');$/gm, 'const $1 = await load($2);')
    .replace('process.argv[2]', JSON.stringify(day))
    .replace("'.spanforge'", JSON.stringify(folder.path('.spanforge')));
  const make = new Function('load', `return (async () => {${source}})();`);
  await make((name: string) => MODULES[name]?.());
}

async function runLine(line: string): Promise<CliRun | undefined> {
  const [program, name, ...argv] = line.split(' ');
  if (program === 'npx' && name === 'spanforge') return folder.run(...argv);
  if (program === 'node') return void (await runProgram(argv[0] ?? ''));
  expect(spawnSync('sh', ['-c', line], { cwd: folder.path() }).status).toBe(0);
  return undefined;
}

/** What stands in a line in angle brackets. */
type Filling = Readonly<Record<string, string>>;

async function runBlock(at: number, fill: Filling = {}): Promise<readonly CliRun[]> {
  const runs: CliRun[] = [];
  for (const line of (blocks('sh')[at] ?? '').trim().split('\n')) {
    const run = await runLine(line.replace(/<(\w+)>/g, (_, name: string) => fill[name] ?? ''));
    if (run) runs.push(run);
  }
  return runs;
}

const codesOf = (runs: readonly CliRun[]) => runs.map(({ exitCode }) => exitCode);
const firstLines = (runs: readonly CliRun[]) =>
  runs.map(({ stdout }) => stdout.slice(0, stdout.indexOf('\n')));

interface Line {
  readonly id: string;
  readonly service: string;
  readonly verdict: string;
  readonly before: { readonly outcome: string };
  readonly after: { readonly outcome: string };
}

const linesOf = (file: string): readonly Line[] =>
  readFileSync(folder.path(file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

async function decisionsOf(run: string) {
  const workspace = await openWorkspace(folder.path('.spanforge'), 'test');
  const { records } = await workspace.log.query({
    types: [policyDecisionV1.key],
    run,
    limit: 1000,
  });
  await workspace.close();
  return records;
}

const scoreOf = (n: number): number => (n % 10 === 9 ? 0.3 : n % 4 < 2 ? 0.9 : 0.6);

it('a policy is calibrated as its guide says', { timeout: 240_000 }, async () => {
  writeFileSync(folder.path('claims.yaml'), blocks('yaml')[0] ?? '');
  expect(codesOf(await runBlock(0))).toEqual([0, 0]);

  const [same] = await runBlock(1);
  expect(same).toMatchObject({ exitCode: 0 });
  expect(same?.stdout).toContain('360 decisions: 0 looser, 0 stricter, 360 same, 0 not replayable');
  const day = linesOf('day.jsonl');
  const perService = (service: string) => day.filter((line) => line.service === service).length;
  expect(['sf_rag', 'sf_scope', 'sf_explain'].map(perService)).toEqual([120, 120, 120]);

  await runBlock(2);
  const replays = await runBlock(3);
  expect(codesOf(replays)).toEqual([0, 0, 0]);
  expect(firstLines(replays)).toEqual([
    '360 decisions: 0 looser, 54 stricter, 306 same, 0 not replayable',
    '360 decisions: 0 looser, 60 stricter, 300 same, 0 not replayable',
    '360 decisions: 0 looser, 30 stricter, 330 same, 0 not replayable',
  ]);
  const changes = (name: string) =>
    new Set(
      linesOf(`${name}.replay.jsonl`)
        .filter(({ verdict }) => verdict === 'stricter')
        .map(({ service, before, after }) => `${service} ${before.outcome} -> ${after.outcome}`),
    );
  expect([...changes('grounding')]).toEqual(['sf_rag allow -> block']);
  expect([...changes('scope')]).toEqual(['sf_scope human_review -> block']);
  expect([...changes('coverage')]).toEqual(['sf_explain allow+log -> human_review']);

  const canaries = await runBlock(4);
  expect(codesOf(canaries)).toEqual([1, 1, 3]);
  expect(firstLines(canaries)).toEqual([
    expect.stringMatching(/^rolled_back \(block_rate_increase\) after .* 0 left out$/),
    expect.stringMatching(/^rolled_back \(block_rate_increase\) after .* 0 left out$/),
    expect.stringMatching(/^unfinished after 120 units, .* 0 left out$/),
  ]);

  const shadows = await runBlock(5);
  expect(codesOf(shadows)).toEqual([0, 0, 0]);
  const tuesday = await decisionsOf('tuesday');
  const outcomes = (mode: string) =>
    tuesday.filter((one) => one.mode === mode).map(({ body }) => [body.service, body.outcome]);
  const after = linesOf('shadow.jsonl').slice(-360);
  expect(outcomes('shadow')).toEqual(after.map((line) => [line.service, line.after.outcome]));
  expect(outcomes('live')).toEqual(after.map((line) => [line.service, line.before.outcome]));
  const inspected = await folder.run('operator', 'inspect', 'tuesday-2');
  expect(inspected.stdout).toMatch(/-> block: An answer without support.* \[SHADOW\]/);

  const answers = day.filter(({ service }) => service === 'sf_rag');
  for (const [n, { id: decision }] of answers.slice(0, 32).entries()) {
    const verdict = scoreOf(n) > 0.6 ? 'false_positive' : 'true_positive';
    const [reviewed] = await runBlock(6, { decision, verdict });
    expect(reviewed?.exitCode).toBe(0);
    if (n === 0) expect((await runBlock(7))[0]?.exitCode).toBe(3);
  }
  expect(await runBlock(7)).toMatchObject([{ exitCode: 0, stdout: blocks('text')[0] }]);

  const ended = await runBlock(8);
  expect(codesOf(ended)).toEqual([0, 0]);
  expect(ended[1]?.stdout).toContain('activated    enforce  claims 1.1');
});
