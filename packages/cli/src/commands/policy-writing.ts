import { type AddCommands, addCommand, addStateCommand } from '../command.js';
import { policyCompare } from './compare.js';
import { policyDraft } from './draft.js';
import { policyEval } from './eval.js';
import { policyLint } from './lint.js';
import { policyTest } from './test.js';

const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

const addEvalCommand: AddCommands = (policy, act) => {
  addCommand(
    policy,
    'eval <bundle>',
    'decide one request with this bundle, explain the decision, and record nothing',
  )
    .option('--request <file>', 'the request as JSON; its fields take precedence over the options')
    .option('--tool <name>', 'the tool to call')
    .option('--args <json>', 'the arguments of the call')
    .option('--service <name>', 'the service that asks (default: sf_govern)')
    .option('--control <name>', 'the control that asks (default: tool_call)')
    .option('--resource <name>', 'the resource')
    .option('--action <name>', 'the action on the resource')
    .option('--actor <id>', 'the person the agent acts for')
    .option('--role <role>', 'a role of the actor; repeatable', collect)
    .option('--agent <id>', 'the agent that calls')
    .option('--env <name>', 'the environment (default: that of the bundle)')
    .option('--label <label>', 'a label of the arguments; repeatable', collect)
    .option('--observed <number>', 'the measured value that thresholds are compared with')
    .option('--fact <name=json>', 'a fact; repeatable', collect)
    .option('--at <time>', 'decide as of this time (default: effective_at of the bundle)')
    .action(act(policyEval));
};

const addDraftCommand: AddCommands = (policy, act) => {
  addCommand(
    policy,
    'draft',
    'draft a manifest, a bundle of shadow rules and test cases from recorded runs',
  )
    .requiredOption('--runs <file>', 'recorded runs, one JSON object per line')
    .requiredOption('--output <folder>', 'a new folder for the three files')
    .option('--tools <file>', 'the JSON Schemas of the tools')
    .option('--effective-at <time>', 'effective_at of the bundle (default: today at 00:00 UTC)')
    .option('--shadow-days <count>', 'days during which the rules only report (default: 90)')
    .option('--min-observations <count>', 'the number of recorded calls a rule needs (default: 5)')
    .option('--policy-id <id>', 'policy_id of the bundle (default: drafted)')
    .option('--environment <name>', 'environment of the bundle (default: prod)')
    .option('--agent <id>', 'agent of the manifest (default: agent)')
    .action(act(policyDraft));
};

/**
 * `policy lint`, `eval`, `compare`, `test` and `draft`: for work on a bundle before it is
 * activated.
 */
export const addWritingCommands: AddCommands = (policy, act) => {
  addCommand(
    policy,
    'lint <bundle>',
    'find rules that never match, are shadowed by others, or contradict them',
  )
    .option('--at <time>', 'also report rules whose shadow stage ends before this time')
    .action(act(policyLint));
  addEvalCommand(policy, act);
  addCommand(
    policy,
    'compare <baseline> <candidate>',
    'prove that a candidate is never looser than a baseline, or show a request for which it is',
  )
    .option('--max-steps <count>', 'stop the analysis after this many steps (default: 5000000)')
    .action((baseline: string, candidate: string, ...rest: unknown[]) =>
      act<Parameters<typeof policyCompare>[1]>((io, options, argument) =>
        policyCompare(io, { ...options, candidate }, argument),
      )(baseline, ...rest),
    );
  addStateCommand(policy, 'test <bundle>', 'run a bundle against test cases')
    .requiredOption('--cases <file>', 'the test cases, YAML or JSON')
    .option('--coverage', 'report rules and conditions that no case exercises')
    .option('--mutants', 'change the bundle in small ways and report which changes no case notices')
    .option('--from <id>', 'first add a recorded decision, or all decisions of a trace, as cases')
    .action(act(policyTest));
  addDraftCommand(policy, act);
};
