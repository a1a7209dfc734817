import type { AddCommands } from '../command.js';
import { addCanaryCommands, addLifecycleCommands, addReviewCommands } from './policy-lifecycle.js';
import { addTrafficCommands } from './policy-traffic.js';
import { addWritingCommands } from './policy-writing.js';

/** `policy`. */
export const addPolicyCommands: AddCommands = (root, act) => {
  const policy = root
    .command('policy')
    .description('test, compare, activate and roll out policies');
  addWritingCommands(policy, act);
  addTrafficCommands(policy, act);
  addLifecycleCommands(policy, act);
  addReviewCommands(policy, act);
  addCanaryCommands(policy, act);
};
