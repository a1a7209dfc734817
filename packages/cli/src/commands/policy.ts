import { type AddCommands, addStateCommand } from '../command.js';
import { policyReplay } from './replay.js';

/** `policy replay`. */
export const addPolicyCommands: AddCommands = (root, act) => {
  const policy = root.command('policy').description('policies over recorded traffic');
  addStateCommand(policy, 'replay', 'govern recorded runs by a bundle, without running anything')
    .requiredOption('--runs <file>', 'recorded runs, one JSON object per line')
    .requiredOption('--policy <file>', 'the bundle, YAML or JSON')
    .option('--report <file>', 'where each decision goes, one JSON object per line')
    .option('--at <time>', "judge every call at this time (default: the bundle's effective_at)")
    .option('--agent <id>', 'the agent the calls are judged as')
    .option('--actor <id>', 'the actor the calls are judged for')
    .action(act(policyReplay));
};
