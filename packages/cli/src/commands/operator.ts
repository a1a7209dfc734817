import { type AddCommands, addStateCommand } from '../command.js';
import { operatorExport } from './export.js';
import { operatorInspect } from './inspect.js';
import { operatorApprove, operatorReject, operatorReviews } from './reviews.js';
import { addVerifyCommand } from './verify.js';

/** `operator inspect`, `export`, `verify`, `reviews`, `approve` and `reject`. */
export const addOperatorCommands: AddCommands = (root, act) => {
  const operator = root.command('operator').description('inspect, review, export, verify');
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
    'calls that wait for a person, or one with its arguments',
  ).action(act(operatorReviews));
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
