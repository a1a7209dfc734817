import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { GROUPS } from './groups.js';

const PAGE = readFileSync(
  new URL('../../../docs/reference/command-line.md', import.meta.url),
  'utf8',
);
/** Options of every command that has them; the page says so once. */
const COMMON = ['--json', '--state'];

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

/** The rows of a command and of what is below it: how it is called, what it does, its other options. */
function rowsOf(command: Command, path = command.name()): readonly string[] {
  if (command.commands.length > 0) {
    return command.commands.flatMap((one) => rowsOf(one, `${path} ${one.name()}`));
  }
  const usage = command.registeredArguments.map(({ required, variadic }, at) => {
    const name = `${command.registeredArguments[at]?.name()}${variadic ? '...' : ''}`;
    return required ? `<${name}>` : `[${name}]`;
  });
  const options = command.options.filter(({ long }) => !COMMON.includes(long ?? ''));
  const required = options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags);
  const others = options.filter(({ mandatory }) => !mandatory).map(({ flags }) => code(flags));
  const called = code([path, ...usage, ...required].join(' '));
  return [
    `| ${called} | ${command.description()} | ${others.join(' ')} |`.replace(/ {2}\|$/, ' |'),
  ];
}

async function rows(): Promise<readonly string[]> {
  const root = new Command('spanforge');
  for (const { load } of GROUPS) (await load())(root, () => async () => undefined);
  return root.commands.flatMap((command) => rowsOf(command));
}

describe('the page about the command line', () => {
  it('has each command as its help has it, and no other', async () => {
    const section = PAGE.slice(PAGE.indexOf('\n## Commands'), PAGE.indexOf('\n## Output'));
    const written = section.split('\n').filter((line) => line.startsWith('| `'));
    expect(written).toEqual(await rows());
  }, 300_000);
});
