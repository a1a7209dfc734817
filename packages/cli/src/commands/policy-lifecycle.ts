import { type AddCommands, addCommand, addStateCommand } from '../command.js';
import { canaryPlan, canarySimulate, canaryStatus } from './canary.js';
import { policyActivate, policyDeactivate, policyPromote, policyRollback } from './lifecycle.js';
import { policyHistory } from './policy-history.js';
import { policyReview } from './policy-review.js';
import { addTrafficOptions } from './policy-traffic.js';
import { policySuggestThreshold } from './suggest-threshold.js';

const ACTOR = ['--actor <id>', 'who does it; stands in the record'] as const;
const ENVIRONMENT = ['--environment <name>', 'default: that of the workspace'] as const;

/** The steps in the life of bundles: each is a record. */
export const addLifecycleCommands: AddCommands = (policy, act) => {
  addStateCommand(policy, 'activate <bundle>', 'put a bundle in force in its environment')
    .requiredOption(...ACTOR)
    .option('--shadow', 'let it decide beside the active bundle, without effect')
    .option('--rollback', 'even where its version is older')
    .option('--replace', 'take the place of a policy with another id that is in force there')
    .option('--tools <names>', 'tools there are beside those the bundle declares, with commas')
    .option('--allow-unknown-tools', 'even where rules are about tools that nobody declares')
    .action(act(policyActivate));
  addStateCommand(policy, 'deactivate', 'take the bundle of an environment out of force')
    .requiredOption(...ACTOR)
    .option(...ENVIRONMENT)
    .option('--shadow', 'end the shadow instead')
    .action(act(policyDeactivate));
  addStateCommand(policy, 'promote', 'take the bundle of one environment into another')
    .requiredOption(...ACTOR)
    .requiredOption('--from <environment>', 'where it is in force')
    .requiredOption('--to <environment>', 'where it comes in force')
    .option('--replace', 'take the place of a policy with another id that is in force there')
    .action(act(policyPromote));
  addStateCommand(policy, 'rollback', 'go back to an earlier bundle')
    .requiredOption(...ACTOR)
    .option(...ENVIRONMENT)
    .option('--to <version>', 'the version to go back to (default: the one before)')
    .action(act(policyRollback));
  addStateCommand(policy, 'history', 'the steps on record for an environment')
    .option(...ENVIRONMENT)
    .action(act(policyHistory));
};

/** What is learnt from reviews. */
export const addReviewCommands: AddCommands = (policy, act) => {
  addStateCommand(policy, 'review <decision>', 'say of a decision whether it was right')
    .requiredOption('--reviewer <id>', 'who judges')
    .requiredOption('--verdict <verdict>', 'true_positive, false_positive or needs_tuning')
    .option('--note <text>', 'why; kept as a value, not in the record')
    .option('--trace <id>', 'the trace of the decision')
    .action(act(policyReview));
  addStateCommand(policy, 'suggest-threshold <rule>', 'a threshold with its bound, from reviews')
    .requiredOption('--goal <goal>', 'false_positive_rate or miss_rate')
    .requiredOption('--at-most <share>', 'what that rate may be at most')
    .option('--confidence <share>', 'with which the bound holds (default: 0.95)')
    .option('--flags <side>', 'above or below: which side the rule flags', 'above')
    .option(...ENVIRONMENT)
    .action(act(policySuggestThreshold));
};

const PLAN = [
  ['--steps <list>', 'percent of the units on the candidate (default: 10,50,100)'],
  ['--alpha <share>', 'how often a candidate that is no different may be rolled back'],
  ['--min-units <count>', 'units on the candidate that a step needs'],
] as const;

/** `policy canary`, and what belongs to it. */
export const addCanaryCommands: AddCommands = (policy, act) => {
  const canary = policy.command('canary').description('a candidate on a part of the traffic');
  const simulate = canary
    .command('simulate <bundle>', { isDefault: true })
    .description('send recorded traffic through a canary of a bundle')
    .option('--json', 'print one JSON document, errors too')
    .option('--state <folder>', 'the workspace folder (default: .spanforge)');
  addTrafficOptions(simulate)
    .requiredOption('--baseline <bundle>', 'the bundle that is in force')
    .option('--unit <unit>', 'trace or tenant: what is put on one side as a whole', 'trace')
    .option('--salt <text>', 'spreads units over the buckets', 'rehearsal');
  const plan = addCommand(canary, 'plan', 'the rules a canary would go by');
  for (const command of [simulate, plan]) {
    for (const [flags, description] of PLAN) command.option(flags, description);
  }
  simulate.action(act(canarySimulate));
  plan.action(act(canaryPlan));
  addStateCommand(canary, 'status <canary>', 'how a canary stands, from the log').action(
    act(canaryStatus),
  );
};
