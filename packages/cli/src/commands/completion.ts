import { Argument, type Command } from 'commander';
import type { AddCommands } from '../command.js';
import { type CommandResult, EXIT } from '../io.js';
import { type CommandWords, SHELLS, type Shell, writeCompletion } from '../output/completion.js';

function wordsOf(command: Command, path: readonly string[] = []): readonly CommandWords[] {
  const own: CommandWords = {
    path,
    words: command.commands.map((one) => one.name()),
    options: command.options.flatMap(({ long }) => (long === undefined ? [] : [long])),
  };
  return [own, ...command.commands.flatMap((one) => wordsOf(one, [...path, one.name()]))];
}

/** `completion`. */
export const addCompletionCommand: AddCommands = (root, act) => {
  root
    .command('completion')
    .description('print a script that completes commands and options in your shell')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(SHELLS))
    .option('--json', 'print one JSON document, errors too')
    .action(
      act(async (_io, _options, shell): Promise<CommandResult> => {
        const words = wordsOf(root);
        const script = writeCompletion(shell as Shell, words);
        return { exitCode: EXIT.ok, text: script, json: { shell, script } };
      }),
    );
};
