import { type AddCommands, addStateCommand } from '../command.js';
import { operatorExport } from './export.js';
import { operatorInspect } from './inspect.js';
import { operatorList } from './list-traces.js';
import { operatorApprove, operatorReject, operatorReviews } from './reviews.js';
import { addVerifyCommand } from './verify.js';

/** `operator list`, `inspect`, `export`, `verify`, `reviews`, `approve` and `reject`. */
export const addOperatorCommands: AddCommands = (root, act) => {
  const operator = root.command('operator').description('inspect, review, export, verify');
  addStateCommand(operator, 'list', 'find traces, newest first')
    .option('--tool <name>', 'with a call of this tool')
    .option('--outcome <outcome>', 'with a call decided so, such as block')
    .option('--agent <id>', 'of this agent')
    .option('--actor <id>', 'on behalf of this actor')
    .option('--run <id>', 'of this run')
    .option('--from <time>', 'from this time on, such as 2026-11-01T00:00:00Z')
    .option('--to <time>', 'before this time')
    .option('--limit <count>', 'how many traces', '20')
    .action(act(operatorList));
  addStateCommand(operator, 'inspect <trace>', 'what happened in a trace, and why').action(
    act(operatorInspect),
  );
  addStateCommand(operator, 'export <trace>', 'make a signed evidence package of a trace')
    .requiredOption('--output <path>', 'x.json, x.zip, or a folder')
    .option('--disclose <names>', 'values the recipient may see: all, none, or a,b,c', 'none')
    .option('--since <file>', 'a checkpoint the recipient kept')
    .action(act(operatorExport));
  addVerifyCommand(operator, act);
  addStateCommand(
    operator,
    'reviews [review]',
    'calls that were held for a person, or one with its arguments',
  )
    .option('--pending', 'only those nobody has decided')
    .option('--watch', 'go on printing as calls are held and decided, until stopped')
    .action(act(operatorReviews));
  for (const [name, handler] of [
    ['approve', operatorApprove],
    ['reject', operatorReject],
  ] as const) {
    addStateCommand(operator, `${name} <review>`, `${name} a held call`)
      .requiredOption('--reviewer <id>', 'who decides; never who asked')
      .option('--note <text>', 'why')
      .action(act(handler));
  }
};
