import { resolve } from 'node:path';
import { systemClock } from '@spanforge/core-events';
import {
  type AssessedControl,
  assessCompliance,
  COMPLIANCE_FRAMEWORKS,
  createSettings,
  toOscal,
} from '@spanforge/enterprise';
import type { Command } from 'commander';
import { type Act, addStateCommand, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { writeWhole } from '../files/write.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { formatTable } from '../output/table.js';
import { toWire } from '../output/wire.js';
import { withEvidence } from './with-workspace.js';

interface ComplianceArguments extends StateOption {
  readonly tenant?: string;
  readonly framework?: readonly string[];
  readonly oscal?: string;
  readonly plan?: string;
}

function frameworksOf(names: readonly string[] | undefined) {
  const known = COMPLIANCE_FRAMEWORKS.map(({ id }) => id);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new CliError('CLI_USAGE', `--framework: expected one of ${known.join(', ')}`);
  }
  return COMPLIANCE_FRAMEWORKS.filter(({ id }) => names?.includes(id) ?? true);
}

const rowOf = ({ framework, reference, state, applies, appliesFrom, because }: AssessedControl) => [
  framework,
  reference,
  state.replace('_', ' '),
  applies ? 'yes' : `from ${appliesFrom}`,
  because,
];

/**
 * `spanforge enterprise compliance`: what the log shows about controls; exits with 1 if it
 * contradicts one that applies.
 */
function compliance(io: CommandIo, options: ComplianceArguments): Promise<CommandResult> {
  return withEvidence(io, options.state, async (workspace) => {
    const { log, config, checkpointer } = workspace;
    const { tenant = config.tenant, oscal, plan } = options;
    const signedSize = (await checkpointer.latest())?.size ?? 0;
    const assessment = await assessCompliance({
      reader: log,
      position: { origin: config.origin, size: await log.size(), signedSize },
      settings: await createSettings({ recorder: log, reader: log }).get(tenant),
      frameworks: frameworksOf(options.framework),
      clock: systemClock,
    });
    if (oscal !== undefined) {
      const document = toOscal(assessment, plan === undefined ? {} : { plan });
      await writeWhole(resolve(io.cwd, oscal), `${JSON.stringify(document, null, 2)}\n`);
    }
    const against = assessment.controls.some((one) => one.applies && one.state === 'contradicted');
    const columns = ['framework', 'control', 'the log', 'applies', 'because'];
    return {
      exitCode: against ? EXIT.failed : EXIT.ok,
      text: formatTable(
        columns.map((title) => ({ title, maxWidth: 80 })),
        assessment.controls.map(rowOf),
      ),
      json: toWire(assessment),
    };
  });
}

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  value,
];

/** `enterprise compliance`. */
export function addComplianceCommand(enterprise: Command, act: Act): void {
  addStateCommand(
    enterprise,
    'compliance',
    'say which controls of a framework the log supports or contradicts',
  )
    .option('--tenant <name>', 'the tenant whose evidence it is (default: that of the workspace)')
    .option('--framework <id>', 'only this framework; repeatable', collect)
    .option('--oscal <file>', 'write OSCAL assessment results to this file')
    .option('--plan <uri>', 'the assessment plan the OSCAL document belongs to')
    .action(act(compliance));
}
