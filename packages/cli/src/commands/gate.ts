import { type Act, type AddCommands, addStateCommand, type Handler } from '../command.js';

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  value,
];

/** Wraps a handler that is loaded when it is called. */
const later =
  <Options>(load: () => Promise<Handler<Options>>): Handler<Options> =>
  async (io, options, argument) =>
    (await load())(io, options, argument);

const REPORTS = 'also write a report: json, sarif, junit, gitlab or github-summary; repeatable';

/** `gate`. Each command loads what it needs when it runs. */
export const addGateCommands: AddCommands = (root, act: Act) => {
  const gate = root.command('gate').description('run release gates and verify their verdicts');
  addStateCommand(gate, 'run <pipeline>', 'run every gate of a pipeline file')
    .option('--var <name=value>', 'the value of a variable of the pipeline; repeatable', collect)
    .option('--payload <file>', 'the events that schema gates validate')
    .option('--project-id <id>', 'the project, if neither pipeline nor workspace names one')
    .option('--format <form>', 'the output format: text, github, sarif, junit or gitlab', 'text')
    .option('--report <form=file>', REPORTS, collect)
    .option('--allow-network', 'let gates ask the OSV API')
    .action(act(later(async () => (await import('./gate-run.js')).runGatePipeline)));
  addStateCommand(gate, 'evaluate <gate>', 'run one gate, named by its type or an id')
    .option('--payload <file>', 'the input of the gate, such as a file of events')
    .option('--project-id <id>', 'the project (default: that of the workspace)')
    .option('--command <text>', 'the command or path of the gate; runs without a shell')
    .option('--with <json>', 'options of this type of gate, as JSON')
    .option(
      '--pass-condition <condition>',
      'the condition over the metrics under which the gate passes',
    )
    .option('--suppressions <file>', 'the suppression file, as pipelines name it')
    .option('--on-fail <mode>', 'what a failure does: block, warn or report', 'block')
    .option('--allow-network', 'let the gate ask the OSV API')
    .action(act(later(async () => (await import('./gate-evaluate.js')).evaluateGate)));
  addStateCommand(gate, 'trust-gate', 'run the composite trust gate over the evidence log')
    .option('--project-id <id>', 'the project (default: that of the workspace)')
    .action(act(later(async () => (await import('./gate-evaluate.js')).runTrustGate)));
  addStateCommand(
    gate,
    'verify <statement>',
    'verify a signed statement and compute every verdict again',
  )
    .option('--key <file>', 'a file with a trusted public key or JWKS; repeatable', collect)
    .action(act(later(async () => (await import('./gate-verify.js')).verifyStatement)));
  const baseline = gate
    .command('baseline')
    .description('manage the baselines of performance gates');
  addStateCommand(baseline, 'update <gate>', 'set a baseline from current measurements')
    .option('--traces <file>', 'measure OpenTelemetry or OpenInference traces instead of the log')
    .option('--path <file>', 'the file to store the baseline in')
    .option('--type <type>', 'the type of the gate, if its id does not say')
    .option('--project-id <id>', 'the project (default: that of the workspace)')
    .action(act(later(async () => (await import('./gate-baseline.js')).updateBaseline)));
  addStateCommand(
    gate,
    'calibrate <results>',
    'count how often a verdict flips when a baseline is compared with itself',
  )
    .option('--alpha <number>', 'the significance level', '0.05')
    .option('--margin <number>', 'the largest drop in pass rate that still passes', '0.05')
    .option('--rounds <number>', 'the number of simulated comparisons', '2000')
    .action(act(later(async () => (await import('./gate-calibrate.js')).calibrate)));
};
