import { resolve } from 'node:path';
import { visible } from '@spanforge/operator';
import type { PolicyBundle } from '@spanforge/policy';
import { strangersIn } from '@spanforge/policy-workbench';
import {
  appendCases,
  type CaseCoverage,
  coverCases,
  formatCases,
  type MutationReport,
  type PolicyCases,
  parseCasesJson,
  parseCasesYaml,
  runCases,
  testMutants,
} from '@spanforge/policy-workbench/testing';
import type { StateOption } from '../command.js';
import { CliError } from '../error.js';
import { exists, readText } from '../files/read.js';
import { readBundle } from '../files/read-bundle.js';
import { writeWhole } from '../files/write.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
import { pinnedCases } from './pinned-cases.js';
import { coverageJson, mutationJson, resultJson } from './test-json.js';
import { coverageText, mutationText, resultsText } from './test-text.js';

/** Options of `spanforge policy test`. */
export interface TestArguments extends StateOption {
  readonly cases: string;
  readonly coverage?: boolean;
  readonly mutants?: boolean;
  readonly from?: string;
}

const MAX_CASES_BYTES = 256 * 1024;

async function readCases(file: string): Promise<PolicyCases> {
  const text = await readText(file, MAX_CASES_BYTES);
  return file.endsWith('.json') ? parseCasesJson(text, { file }) : parseCasesYaml(text, { file });
}

/** Adds past decisions to the file of cases; creates the file when it does not exist. */
async function pin(
  io: CommandIo,
  file: string,
  from: string,
  state: string | undefined,
): Promise<number> {
  if (file.endsWith('.json')) {
    throw new CliError('CLI_USAGE', '--from: expected a YAML file of cases to add to');
  }
  const cases = await pinnedCases(io, state, from);
  const text = (await exists(file))
    ? appendCases(await readText(file, MAX_CASES_BYTES), cases, { file })
    : formatCases({ stages: 'as_written', cases });
  // The text must be readable again before it is written.
  parseCasesYaml(text, { file });
  await writeWhole(file, text);
  return cases.length;
}

/** What a governor with this bundle alone would not ask it about, for each case that does. */
function notesOn(bundle: PolicyBundle, { cases }: PolicyCases) {
  return cases.flatMap(({ name, request }) =>
    strangersIn(bundle, { ...request, time: bundle.effectiveAtMs }).map((stranger) => ({
      case: name,
      ...stranger,
    })),
  );
}

/** `spanforge policy test BUNDLE --cases FILE`: exits with 1 if a case fails. */
export async function policyTest(
  io: CommandIo,
  options: TestArguments,
  argument: string,
): Promise<CommandResult> {
  const { from, state } = options;
  const file = resolve(io.cwd, options.cases);
  const bundle = await readBundle(resolve(io.cwd, argument));
  const pinned = from === undefined ? undefined : await pin(io, file, from, state);
  const suite = await readCases(file);
  const results = runCases(bundle, suite);
  const failed = results.filter(({ passed }) => !passed).length;
  const coverage: CaseCoverage | undefined = options.coverage
    ? coverCases(bundle, suite)
    : undefined;
  // Cases that already fail cannot notice a mutant.
  const mutation: MutationReport | undefined =
    options.mutants && failed === 0 ? testMutants(bundle, suite) : undefined;
  const notes = notesOn(bundle, suite);
  const skipped = options.mutants && failed > 0;
  return {
    exitCode: failed > 0 ? EXIT.failed : EXIT.ok,
    text: [
      ...(pinned === undefined ? [] : [`${pinned} added to ${file}`]),
      resultsText(results),
      ...notes.map((note) => `note: case "${visible(note.case)}": ${visible(note.text)}`),
      ...(coverage === undefined ? [] : ['', coverageText(coverage)]),
      ...(mutation === undefined ? [] : ['', mutationText(mutation)]),
      ...(skipped ? ['', 'No mutants were tried: first the cases have to pass.'] : []),
    ].join('\n'),
    json: {
      policy_id: bundle.policyId,
      version: bundle.version,
      digest: bundle.digest,
      cases: results.length,
      failed,
      ...(pinned === undefined ? {} : { pinned }),
      results: results.map(resultJson),
      ...(notes.length === 0 ? {} : { notes: toWire(notes) }),
      ...(coverage === undefined ? {} : { coverage: coverageJson(coverage) }),
      ...(mutation === undefined ? {} : { mutation: mutationJson(mutation) }),
    },
  };
}
