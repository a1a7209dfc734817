import type { Command } from 'commander';
import { type AddCommands, addStateCommand } from '../command.js';
import { policyReplay } from './replay.js';
import { policySimulate } from './simulate.js';

/** What all have that read recorded traffic. */
export function addTrafficOptions(command: Command): Command {
  return command
    .option('--runs <file>', 'recorded runs, one JSON object per line (default: the evidence log)')
    .option('--at <time>', "judge runs at this time (default: the bundle's effective_at)")
    .option('--agent <id>', 'the agent the calls of runs are judged as')
    .option('--actor <id>', 'the actor the calls of runs are judged for')
    .option('--tenant <name>', 'only decisions of this tenant, of the log')
    .option('--trace <id>', 'only decisions of this trace, of the log')
    .option('--any-environment', "also what was asked elsewhere than the bundle's environment");
}

/** A command that writes a report of every decision. */
function addTrafficCommand(parent: Command, usage: string, description: string): Command {
  return addTrafficOptions(addStateCommand(parent, usage, description))
    .option('--output <file>', 'where each decision goes, one JSON object per line')
    .option('--strict', 'exit with 3 where a decision could not be taken again');
}

/** `policy simulate` and `policy replay`. */
export const addTrafficCommands: AddCommands = (policy, act) => {
  addTrafficCommand(policy, 'simulate <bundle>', 'what a bundle says to recorded traffic').action(
    act(policySimulate),
  );
  addTrafficCommand(policy, 'replay [bundle]', 'what a bundle changes in recorded traffic')
    .option('--policy <file>', 'the bundle, as an option')
    .option('--baseline <bundle>', 'compare with this bundle (default: what had been decided)')
    .option('--html <file>', 'a page that shows the differences')
    .option('--report <file>', 'the same as --output')
    .option('--allow-looser', 'exit with 0 where decisions become looser')
    .action(act(policyReplay));
};
