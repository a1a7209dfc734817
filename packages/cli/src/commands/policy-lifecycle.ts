import { type AddCommands, addCommand, addStateCommand, addTenantCommand } from '../command.js';
import { canaryPlan, canarySimulate, canaryStatus } from './canary.js';
import { policyActivate, policyDeactivate, policyPromote, policyRollback } from './lifecycle.js';
import { policyHistory } from './policy-history.js';
import { policyReview } from './policy-review.js';
import { addTrafficOptions } from './policy-traffic.js';
import { policySuggestThreshold } from './suggest-threshold.js';

const ACTOR = ['--actor <id>', 'the person who does this, by id; recorded'] as const;
const ENVIRONMENT = [
  '--environment <name>',
  'the environment (default: that of the workspace)',
] as const;
const APPLICATION = [
  '--application <name>',
  'an application of the environment that has a bundle of its own, such as an MCP server',
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
    .option('--shadow', 'evaluate it beside the active bundle without enforcing it')
    .option('--rollback', 'allow a version older than the active one')
    .option('--replace', 'replace an active policy that has another id')
    .option(...TOOLS)
    .option(...UNKNOWN_TOOLS)
    .action(act(policyActivate));
  addStateCommand(policy, 'deactivate', 'deactivate the bundle of an environment')
    .requiredOption(...ACTOR)
    .option(...APPLICATION)
    .option(...ENVIRONMENT)
    .option('--shadow', 'end the shadow evaluation, and keep the active bundle')
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
    .option('--to <version>', 'the version to go back to (default: the previous one)')
    .action(act(policyRollback));
  addStateCommand(
    policy,
    'history',
    'list the recorded lifecycle steps of an environment, refused ones too',
  )
    .option(...APPLICATION)
    .option(...ENVIRONMENT)
    .action(act(policyHistory));
};

/** What is learnt from reviews. */
export const addReviewCommands: AddCommands = (policy, act) => {
  addStateCommand(policy, 'review [decision]', 'label past decisions as right or wrong')
    .requiredOption('--reviewer <id>', 'the person who judges, by id')
    .option('--verdict <verdict>', 'true_positive, false_positive or needs_tuning')
    .option(
      '--from <file>',
      'several decisions, one id a line, with a verdict on each line or --verdict for all; - reads stdin',
    )
    .option('--note <text>', 'the reason; stored as a value, outside the record')
    .option('--trace <id>', 'the trace of the decision')
    .action(act(policyReview));
  addStateCommand(
    policy,
    'suggest-threshold <rule>',
    'suggest a threshold and its error bound, from reviewed decisions',
  )
    .requiredOption('--goal <goal>', 'the rate to limit: false_positive_rate or miss_rate')
    .requiredOption('--at-most <share>', 'the highest acceptable rate, 0 to 1')
    .option('--confidence <share>', 'the confidence of the error bound (default: 0.95)')
    .option(
      '--flags <side>',
      'the side of the threshold that the rule flags: above or below',
      'above',
    )
    .option(...APPLICATION)
    .option(...ENVIRONMENT)
    .action(act(policySuggestThreshold));
};

const PLAN = [
  [
    '--steps <list>',
    'the percentages of units on the candidate, step by step (default: 10,50,100)',
  ],
  ['--alpha <share>', 'the probability of rolling back a candidate that is no different'],
  ['--min-units <count>', 'the units on the candidate that a step needs before it ends'],
] as const;

/** `policy canary`, and what belongs to it. */
export const addCanaryCommands: AddCommands = (policy, act) => {
  const canary = policy
    .command('canary')
    .description('try a candidate bundle on part of the traffic');
  const simulate = canary
    .command('simulate <bundle>', { isDefault: true })
    .description('run a canary of a bundle over recorded traffic')
    .option('--json', 'print one JSON document, errors too')
    .option('--state <folder>', 'the workspace folder (default: .spanforge)');
  addTrafficOptions(simulate)
    .requiredOption('--baseline <bundle>', 'the active bundle')
    .option('--unit <unit>', 'the unit that goes to one side as a whole: trace or tenant', 'trace')
    .option('--salt <text>', 'the salt that assigns units to buckets', 'rehearsal');
  const plan = addCommand(canary, 'plan', 'show how a canary would be judged, step by step');
  for (const command of [simulate, plan]) {
    for (const [flags, description] of PLAN) command.option(flags, description);
  }
  simulate.action(act(canarySimulate));
  plan.action(act(canaryPlan));
  addTenantCommand(canary, 'status <canary>', 'show the state of a canary').action(
    act(canaryStatus),
  );
};
