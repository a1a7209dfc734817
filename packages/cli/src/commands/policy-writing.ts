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
  addCommand(policy, 'lint <bundle>', 'rules that do not do what they seem to')
    .option('--at <time>', 'also tell of shadow stages that are over by then')
    .action(act(policyLint));
  addCommand(policy, 'eval <bundle>', 'decide one request and explain it; nothing is recorded')
    .option('--request <file>', 'the request, JSON; what it says stands before the options')
    .option('--tool <name>', 'the tool that is called')
    .option('--args <json>', 'its arguments')
    .option('--service <name>', 'who asks (default: sf_govern)')
    .option('--control <name>', 'what is decided (default: tool_call)')
    .option('--resource <name>', 'what the call acts on')
    .option('--action <name>', 'what it does there')
    .option('--actor <id>', 'on whose behalf')
    .option('--role <role>', 'a role of the actor; may be given again', collect)
    .option('--agent <id>', 'who calls')
    .option('--env <name>', 'the environment (default: that of the bundle)')
    .option('--label <label>', 'a label of the arguments; may be given again', collect)
    .option('--observed <number>', 'the measured value that thresholds are compared with')
    .option('--fact <name=json>', 'a fact; may be given again', collect)
    .option('--at <time>', 'when (default: effective_at of the bundle)')
    .action(act(policyEval));
  addCommand(
    policy,
    'compare <baseline> <candidate>',
    'is the candidate never looser, or for which request is it?',
  )
    .option('--max-steps <count>', 'how far the analysis may go (default: 5000000)')
    .action((baseline: string, candidate: string, ...rest: unknown[]) =>
      act<Parameters<typeof policyCompare>[1]>((io, options, argument) =>
        policyCompare(io, { ...options, candidate }, argument),
      )(baseline, ...rest),
    );
  addStateCommand(policy, 'test <bundle>', 'try a bundle on cases')
    .requiredOption('--cases <file>', 'the cases, YAML or JSON')
    .option('--coverage', 'what the cases leave untried')
    .option('--mutants', 'would the cases notice a change?')
    .option('--from <id>', 'first add the decision of this id, or those of this trace, as cases')
    .action(act(policyTest));
  addCommand(
    policy,
    'draft',
    'a manifest, a bundle in the shadow and its cases, from recorded runs',
  )
    .requiredOption('--runs <file>', 'recorded runs, one JSON object per line')
    .requiredOption('--output <folder>', 'a new folder for the three files')
    .option('--tools <file>', 'the schemas of the tools, JSON')
    .option('--effective-at <time>', 'of the bundle (default: the beginning of this day, UTC)')
    .option('--shadow-days <count>', 'days in which rules only report (default: 90)')
    .option('--min-observations <count>', 'calls a rule has to rest on (default: 5)')
    .option('--policy-id <id>', 'of the bundle (default: drafted)')
    .option('--environment <name>', 'of the bundle (default: prod)')
    .option('--agent <id>', 'of the manifest (default: agent)')
    .action(act(policyDraft));
};
