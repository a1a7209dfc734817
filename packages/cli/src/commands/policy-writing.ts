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

/** `policy lint`, `eval`, `compare`, `test` and `draft`: what is done before a bundle is put in force. */
export const addWritingCommands: AddCommands = (policy, act) => {
  addCommand(policy, 'lint <bundle>', 'find dead, shadowed or contradictory rules')
    .option('--at <time>', 'also report shadow stages that end before this time')
    .action(act(policyLint));
  addCommand(policy, 'eval <bundle>', 'decide one request and explain it; nothing is recorded')
    .option('--request <file>', 'the request as JSON; its fields take precedence over the options')
    .option('--tool <name>', 'the tool that is called')
    .option('--args <json>', 'its arguments')
    .option('--service <name>', 'the service that asks (default: sf_govern)')
    .option('--control <name>', 'the control that asks (default: tool_call)')
    .option('--resource <name>', 'the resource')
    .option('--action <name>', 'the action on the resource')
    .option('--actor <id>', 'the person the agent acts for')
    .option('--role <role>', 'a role of the actor; may be repeated', collect)
    .option('--agent <id>', 'the agent that calls')
    .option('--env <name>', 'the environment (default: that of the bundle)')
    .option('--label <label>', 'a label of the arguments; may be repeated', collect)
    .option('--observed <number>', 'the measured value that thresholds are compared with')
    .option('--fact <name=json>', 'a fact; may be repeated', collect)
    .option('--at <time>', 'when (default: effective_at of the bundle)')
    .action(act(policyEval));
  addCommand(
    policy,
    'compare <baseline> <candidate>',
    'prove that the candidate is never looser, or show a request for which it is',
  )
    .option('--max-steps <count>', 'stop the analysis after so many steps (default: 5000000)')
    .action((baseline: string, candidate: string, ...rest: unknown[]) =>
      act<Parameters<typeof policyCompare>[1]>((io, options, argument) =>
        policyCompare(io, { ...options, candidate }, argument),
      )(baseline, ...rest),
    );
  addStateCommand(policy, 'test <bundle>', 'run a bundle against test cases')
    .requiredOption('--cases <file>', 'the cases, YAML or JSON')
    .option('--coverage', 'report what the cases do not exercise')
    .option('--mutants', 'change the bundle in small ways and report which changes no case notices')
    .option('--from <id>', 'first add the decision of this id, or those of this trace, as cases')
    .action(act(policyTest));
  addCommand(
    policy,
    'draft',
    'draft a manifest, a bundle of shadow rules and its test cases from recorded runs',
  )
    .requiredOption('--runs <file>', 'recorded runs, one JSON object per line')
    .requiredOption('--output <folder>', 'a new folder for the three files')
    .option('--tools <file>', 'the schemas of the tools, JSON')
    .option('--effective-at <time>', 'effective_at of the bundle (default: today at 00:00 UTC)')
    .option('--shadow-days <count>', 'days in which rules only report (default: 90)')
    .option(
      '--min-observations <count>',
      'the fewest recorded calls a rule may be drafted from (default: 5)',
    )
    .option('--policy-id <id>', 'policy_id of the bundle (default: drafted)')
    .option('--environment <name>', 'environment of the bundle (default: prod)')
    .option('--agent <id>', 'agent of the manifest (default: agent)')
    .action(act(policyDraft));
};
