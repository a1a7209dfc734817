import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { useFolder } from './test-cli.js';

const page = readFileSync(
  new URL('../../../docs/guides/rotate-and-revoke-keys.md', import.meta.url),
  'utf8',
);
const folder = useFolder();

const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text = '']) => text,
  );

const ids: Record<string, string> = {};
const fill = (text: string): string =>
  text.replace(/<(\w+)>/g, (_, name: string) => ids[name] ?? name);

/** Runs the lines of a block; each must succeed. Answers what the last `keys list` printed. */
async function runBlock(text: string): Promise<string> {
  let listed = '';
  for (const line of text.trim().split('\n')) {
    const words = fill(line.replace(/^npx spanforge /, '')).match(/"[^"]*"|\S+/g) ?? [];
    const run = await folder.run(...words.map((word) => word.replace(/^"|"$/g, '')));
    expect([line, run.exitCode, run.exitCode === 0 ? '' : run.stdout + run.stderr]).toEqual([
      line,
      0,
      '',
    ]);
    if (words[1] === 'list') listed = run.stdout;
  }
  return listed;
}

async function nameKeys(...names: readonly string[]): Promise<void> {
  const { keys } = (await folder.run('keys', 'list', '--json')).json() as {
    readonly keys: readonly { readonly kid: string }[];
  };
  names.forEach((name, at) => {
    ids[name] = keys[at]?.kid ?? '';
  });
}

it('keys are rotated and revoked as the guide says', { timeout: 120_000 }, async () => {
  const [begin, rotate, verify, revoke] = blocks('sh') as [string, string, string, string];
  const [first, last] = blocks('text') as [string, string];
  const before = await runBlock(begin);
  await nameKeys('log', 'eddsa', 'es256', 'record');
  expect(before).toBe(fill(first));
  await runBlock(rotate);
  await nameKeys('log', 'eddsa', 'es256', 'record', 'newlog');
  await runBlock(verify);
  const after = await runBlock(revoke);
  await nameKeys('log', 'eddsa', 'es256', 'record', 'newlog', 'heir');
  expect(after).toBe(fill(last));
});
