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
    .option('--project-id <id>', 'the project, where the pipeline or workspace does not say')
    .option('--format <form>', 'what is printed: text, github, sarif, junit or gitlab', 'text')
    .option('--report <form=file>', REPORTS, collect)
    .option('--allow-network', 'let gates ask the OSV API')
    .action(act(later(async () => (await import('./gate-run.js')).runGatePipeline)));
  addStateCommand(gate, 'evaluate <gate>', 'run one gate, by its type or an id')
    .option('--payload <file>', 'what the gate looks at')
    .option('--project-id <id>', 'the project')
    .option('--command <text>', 'the command or path of the gate; no shell sees it')
    .option('--with <json>', 'options of this type of gate, as JSON')
    .option('--pass-condition <condition>', 'a condition over the metrics')
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
  addStateCommand(baseline, 'update <gate>', 'set the baseline from what is measured now')
    .option('--traces <file>', 'OpenTelemetry or OpenInference traces, instead of the log')
    .option('--path <file>', 'where it is stored')
    .option('--type <type>', 'the type of the gate, where its id does not say')
    .option('--project-id <id>', 'the project')
    .action(act(later(async () => (await import('./gate-baseline.js')).updateBaseline)));
  addStateCommand(
    gate,
    'calibrate <results>',
    'compare a baseline with itself: how often a verdict flips',
  )
    .option('--alpha <number>', 'the error that is allowed', '0.05')
    .option('--margin <number>', 'how much worse still passes', '0.05')
    .option('--rounds <number>', 'simulated comparisons', '2000')
    .action(act(later(async () => (await import('./gate-calibrate.js')).calibrate)));
};
