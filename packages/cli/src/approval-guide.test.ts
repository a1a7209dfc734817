import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { useFolder } from './test-cli.js';

const ROOT = new URL('../../..', import.meta.url).pathname;
const BIN = `${ROOT}packages/cli/dist/bin.js`;
const page = readFileSync(`${ROOT}docs/guides/an-approval-in-two-terminals.md`, 'utf8');

/** The code blocks of a language, in order. */
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text = '']) => text,
  );

const { path } = useFolder();
let service: ChildProcess | undefined;
afterEach(() => void service?.kill('SIGKILL'));

/** Runs the commands of one block as a shell would, with what stands for ids filled in. */
function runBlock(text: string, ids: Readonly<Record<string, string>>) {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const filled = line
        .replace(/<(\w+)>/g, (_, name: string) => ids[name] ?? '')
        .replace(/^npx spanforge/, `"${process.execPath}" "${BIN}"`)
        .replace(/^node /, `"${process.execPath}" `);
      const run = spawnSync('sh', ['-c', filled], { cwd: path(), encoding: 'utf8' });
      return { code: run.status, out: run.stdout, err: run.stderr };
    });
}

it('an approval in two terminals goes as its guide says', { timeout: 120_000 }, async () => {
  mkdirSync(path('node_modules'));
  symlinkSync(`${ROOT}packages/cli`, path('node_modules/spanforge'));
  const [init, serve, look, own, edit, approve, after] = blocks('sh') as [
    ...(readonly [string, string, string, string, string, string, string]),
  ];
  expect(runBlock(init, {})).toMatchObject([{ code: 0 }]);
  writeFileSync(path('refunds.yaml'), blocks('yaml')[0] ?? '');
  writeFileSync(path('service.mjs'), blocks('js')[0] ?? '');

  const [, file = ''] = serve.trim().split(' ');
  service = spawn(process.execPath, [file], { cwd: path() });
  let printed = '';
  service.stdout?.on('data', (chunk) => {
    printed += String(chunk);
  });
  const ended = new Promise((resolve) => service?.on('exit', resolve));
  const [held = '', shown = '', ran = ''] = blocks('text');
  await expect.poll(() => printed, { timeout: 60_000 }).toBe(held);

  const pending = runBlock('npx spanforge operator reviews --pending --json', {});
  const [{ review_id: review }] = JSON.parse(pending[0]?.out ?? '').reviews;
  const looked = runBlock(look, { review });
  expect(looked).toMatchObject([{ code: 0 }, { code: 0 }]);
  expect(looked[0]?.out).toContain(review);
  expect(looked[1]?.out).toContain(shown.trim());
  expect(looked[1]?.out).toContain('2 people');

  const [alone] = runBlock(own, { review });
  expect([alone?.code, alone?.err]).toEqual([
    1,
    expect.stringContaining('GOVERN_REVIEW_SELF_APPROVAL'),
  ]);
  const [bob, carol, seen] = runBlock(edit, { review });
  expect([bob?.code, carol?.code, seen?.code]).toEqual([0, 1, 0]);
  expect(carol?.err).toContain('GOVERN_REVIEW_EDITED');
  expect(seen?.out).toContain('"amount":300');
  const digest = /^approves\s+(\S+)$/m.exec(seen?.out ?? '')?.[1] ?? '';
  expect(runBlock(approve, { review, digest })).toMatchObject([{ code: 0 }]);

  expect(await ended).toBe(0);
  expect(printed).toBe(`${held}${ran}`);

  const [again, statistics, inspected] = runBlock(after, {});
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('blocked: ') });
  expect(again?.out).not.toContain('paid');
  expect(statistics?.out).toContain('1 executed');
  expect(inspected).toMatchObject({ code: 0, out: expect.stringContaining('refund') });
});
