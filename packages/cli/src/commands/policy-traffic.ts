import type { Command } from 'commander';
import { type AddCommands, addStateCommand } from '../command.js';
import { policyReplay } from './replay.js';
import { policySimulate } from './simulate.js';

/** Options of every command that reads recorded traffic. */
export function addTrafficOptions(command: Command): Command {
  return command
    .option('--runs <file>', 'recorded runs, one JSON object per line (default: the evidence log)')
    .option('--at <time>', "judge runs at this time (default: the bundle's effective_at)")
    .option('--agent <id>', 'the agent assumed to make the recorded calls')
    .option('--actor <id>', 'the actor assumed for the recorded calls')
    .option('--tenant <name>', 'only decisions of this tenant (log only)')
    .option('--trace <id>', 'only decisions of this trace (log only)')
    .option('--application <name>', 'only decisions of this application (log only)')
    .option('--any-environment', "also decisions made in environments other than the bundle's");
}

/** Adds a command that writes a report of every decision. */
function addTrafficCommand(parent: Command, usage: string, description: string): Command {
  return addTrafficOptions(addStateCommand(parent, usage, description))
    .option('--output <file>', 'write each decision to this file, one JSON object per line')
    .option('--strict', 'exit with 3 if a decision could not be replayed');
}

/** `policy simulate` and `policy replay`. */
export const addTrafficCommands: AddCommands = (policy, act) => {
  addTrafficCommand(policy, 'simulate <bundle>', 'evaluate a bundle on recorded traffic').action(
    act(policySimulate),
  );
  addTrafficCommand(
    policy,
    'replay [bundle]',
    'show which decisions on recorded traffic a bundle would change',
  )
    .option('--policy <file>', 'the bundle, instead of the argument')
    .option('--baseline <bundle>', 'compare with this bundle (default: the recorded decisions)')
    .option('--html <file>', 'write an HTML page that shows the differences')
    .option('--report <file>', 'the same as --output')
    .option('--threads <number>', 'threads that replay the evidence log (log only)')
    .option('--allow-looser', 'exit with 0 even if decisions become looser')
    .action(act(policyReplay));
};
