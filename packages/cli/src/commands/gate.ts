import { type Act, type AddCommands, addStateCommand, type Handler } from '../command.js';

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  value,
];

/** A handler that is loaded when it is called. */
const later =
  <Options>(load: () => Promise<Handler<Options>>): Handler<Options> =>
  async (io, options, argument) =>
    (await load())(io, options, argument);

const REPORTS =
  'also write a report: json, sarif, junit, gitlab or github-summary; may be repeated';

/** `gate`. Each command loads what it needs when it runs. */
export const addGateCommands: AddCommands = (root, act: Act) => {
  const gate = root.command('gate').description('one release verdict from many gates');
  addStateCommand(gate, 'run <pipeline>', 'run every gate of a pipeline file')
    .option(
      '--var <name=value>',
      'a value for a variable of the pipeline; may be repeated',
      collect,
    )
    .option('--payload <file>', 'the events that schema gates validate')
    .option('--project-id <id>', 'the project, if the pipeline or workspace does not name one')
    .option('--format <form>', 'output format: text, github, sarif, junit or gitlab', 'text')
    .option('--report <form=file>', REPORTS, collect)
    .option('--allow-network', 'let gates ask the OSV API')
    .action(act(later(async () => (await import('./gate-run.js')).runGatePipeline)));
  addStateCommand(gate, 'evaluate <gate>', 'run one gate, by its type or an id')
    .option('--payload <file>', 'the input of the gate, such as a file of events')
    .option('--project-id <id>', 'the project')
    .option('--command <text>', 'the command or path of the gate; run without a shell')
    .option('--with <json>', 'options of this type of gate, as JSON')
    .option('--pass-condition <condition>', 'a condition over the metrics')
    .option('--suppressions <file>', 'the suppression file that the pipelines name')
    .option('--on-fail <mode>', 'block, warn or report', 'block')
    .option('--allow-network', 'let the gate ask the OSV API')
    .action(act(later(async () => (await import('./gate-evaluate.js')).evaluateGate)));
  addStateCommand(gate, 'trust-gate', 'run the composite trust gate over the evidence log')
    .option('--project-id <id>', 'the project')
    .action(act(later(async () => (await import('./gate-evaluate.js')).runTrustGate)));
  addStateCommand(gate, 'verify <statement>', 'verify a statement, and recompute every verdict')
    .option('--key <file>', 'a trusted public key or JWKS; may be repeated', collect)
    .action(act(later(async () => (await import('./gate-verify.js')).verifyStatement)));
  const baseline = gate.command('baseline').description('what performance gates compare with');
  addStateCommand(baseline, 'update <gate>', 'set the baseline from current measurements')
    .option('--traces <file>', 'OpenTelemetry or OpenInference traces, instead of the log')
    .option('--path <file>', 'the file to store it in')
    .option('--type <type>', 'the type of the gate, if its id does not tell')
    .option('--project-id <id>', 'the project')
    .action(act(later(async () => (await import('./gate-baseline.js')).updateBaseline)));
  addStateCommand(
    gate,
    'calibrate <results>',
    'compare a baseline with itself: how often a verdict flips',
  )
    .option('--alpha <number>', 'the significance level', '0.05')
    .option('--margin <number>', 'the largest drop in pass rate that still passes', '0.05')
    .option('--rounds <number>', 'the number of simulated comparisons', '2000')
    .action(act(later(async () => (await import('./gate-calibrate.js')).calibrate)));
};
