import { type AddCommands, addCommand, addStateCommand } from '../command.js';
import { canaryPlan, canarySimulate, canaryStatus } from './canary.js';
import { policyActivate, policyDeactivate, policyPromote, policyRollback } from './lifecycle.js';
import { policyHistory } from './policy-history.js';
import { policyReview } from './policy-review.js';
import { addTrafficOptions } from './policy-traffic.js';
import { policySuggestThreshold } from './suggest-threshold.js';

const ACTOR = ['--actor <id>', 'who does it; stands in the record'] as const;
const ENVIRONMENT = ['--environment <name>', 'default: that of the workspace'] as const;
const APPLICATION = [
  '--application <name>',
  'one application of the environment with a bundle of its own, such as an MCP server',
] as const;
const TOOLS = [
  '--tools <names>',
  'tools that exist besides those the bundle declares, separated by commas',
] as const;
const UNKNOWN_TOOLS = [
  '--allow-unknown-tools',
  'allow rules about tools that are not declared anywhere',
] as const;

/** The steps in the life of bundles: each is a record. */
export const addLifecycleCommands: AddCommands = (policy, act) => {
  addStateCommand(policy, 'activate <bundle>', 'activate a bundle in its environment')
    .requiredOption(...ACTOR)
    .option(...APPLICATION)
    .option('--shadow', 'evaluate it beside the active bundle, without effect')
    .option('--rollback', 'allow a version older than the active one')
    .option('--replace', 'replace an active policy that has another id')
    .option(...TOOLS)
    .option(...UNKNOWN_TOOLS)
    .action(act(policyActivate));
  addStateCommand(policy, 'deactivate', 'deactivate the bundle of an environment')
    .requiredOption(...ACTOR)
    .option(...APPLICATION)
    .option(...ENVIRONMENT)
    .option('--shadow', 'end the shadow evaluation instead')
    .action(act(policyDeactivate));
  addStateCommand(policy, 'promote', 'activate the bundle of one environment in another')
    .requiredOption(...ACTOR)
    .option(...APPLICATION)
    .requiredOption('--from <environment>', 'the environment it is active in')
    .requiredOption('--to <environment>', 'the environment to activate it in')
    .option('--replace', 'replace an active policy that has another id')
    .option(...TOOLS)
    .option(...UNKNOWN_TOOLS)
    .action(act(policyPromote));
  addStateCommand(policy, 'rollback', 'go back to an earlier bundle')
    .requiredOption(...ACTOR)
    .option(...APPLICATION)
    .option(...ENVIRONMENT)
    .option('--to <version>', 'the version to go back to (default: the one before)')
    .action(act(policyRollback));
  addStateCommand(policy, 'history', 'the recorded lifecycle steps of an environment')
    .option(...APPLICATION)
    .option(...ENVIRONMENT)
    .action(act(policyHistory));
};

/** What is learnt from reviews. */
export const addReviewCommands: AddCommands = (policy, act) => {
  addStateCommand(policy, 'review [decision]', 'say whether decisions were right')
    .requiredOption('--reviewer <id>', 'who judges')
    .option('--verdict <verdict>', 'true_positive, false_positive or needs_tuning')
    .option(
      '--from <file>',
      'several decisions: an id a line, each with its verdict or all with --verdict; - is stdin',
    )
    .option('--note <text>', 'why; kept as a value, not in the record')
    .option('--trace <id>', 'the trace of the decision')
    .action(act(policyReview));
  addStateCommand(
    policy,
    'suggest-threshold <rule>',
    'suggest a threshold and its error bound, from reviewed decisions',
  )
    .requiredOption('--goal <goal>', 'false_positive_rate or miss_rate')
    .requiredOption('--at-most <share>', 'the highest acceptable value of that rate')
    .option('--confidence <share>', 'the confidence of the bound (default: 0.95)')
    .option('--flags <side>', 'above or below: which side the rule flags', 'above')
    .option(...APPLICATION)
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
  const canary = policy.command('canary').description('try a candidate on part of the traffic');
  const simulate = canary
    .command('simulate <bundle>', { isDefault: true })
    .description('send recorded traffic through a canary of a bundle')
    .option('--json', 'print one JSON document, errors too')
    .option('--state <folder>', 'the workspace folder (default: .spanforge)');
  addTrafficOptions(simulate)
    .requiredOption('--baseline <bundle>', 'the active bundle')
    .option(
      '--unit <unit>',
      'trace or tenant: the unit that is assigned to one side as a whole',
      'trace',
    )
    .option('--salt <text>', 'the salt that assigns units to buckets', 'rehearsal');
  const plan = addCommand(canary, 'plan', 'the rules by which a canary would be judged');
  for (const command of [simulate, plan]) {
    for (const [flags, description] of PLAN) command.option(flags, description);
  }
  simulate.action(act(canarySimulate));
  plan.action(act(canaryPlan));
  addStateCommand(canary, 'status <canary>', 'the state of a canary, from the log').action(
    act(canaryStatus),
  );
};
