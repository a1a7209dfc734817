import { resolve } from 'node:path';
import { type LintCode, type LintFinding, lintBundle } from '@spanforge/policy-workbench';
import { z } from 'zod';
import { CliError } from '../error.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
import { readBundleText } from './read-bundle-text.js';

/** Options of `spanforge policy lint`. */
export interface LintArguments {
  readonly at?: string;
}

/** Findings about a rule, or part of one, that never has an effect or always has one. */
const ERRORS: ReadonlySet<LintCode> = new Set([
  'unreachable',
  'shadowed',
  'conflicting',
  'always_true',
  'always_false',
  'undeclared_tool',
  'unknown_argument',
  'impossible_value',
]);

const instant = z.iso.datetime({ offset: true });

/** Reads an option that is a time. @throws {CliError} `CLI_USAGE`. */
export function timeOption(option: string, text: string): number {
  if (instant.safeParse(text).success) return Date.parse(text);
  throw new CliError('CLI_USAGE', `${option}: expected a time such as 2026-11-01T00:00:00Z`);
}

const severityOf = ({ code }: LintFinding): 'error' | 'warning' =>
  ERRORS.has(code) ? 'error' : 'warning';

function lineOf(finding: LintFinding): string {
  const { file, line, column, path, message, code } = finding;
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place}: ${severityOf(finding)}: ${path}: ${message} [${code}]`;
}

/** `spanforge policy lint BUNDLE`: prints findings with their places; exits with 1 for errors. */
export async function policyLint(
  io: CommandIo,
  { at }: LintArguments,
  argument: string,
): Promise<CommandResult> {
  const time = at === undefined ? {} : { time: timeOption('--at', at) };
  const file = resolve(io.cwd, argument);
  const { bundle, text } = await readBundleText(file);
  const findings = lintBundle(bundle, { text, file, ...time });
  const errors = findings.filter((finding) => severityOf(finding) === 'error').length;
  const warnings = findings.length - errors;
  return {
    exitCode: errors > 0 ? EXIT.failed : EXIT.ok,
    text: [...findings.map(lineOf), `${errors} errors, ${warnings} warnings`].join('\n'),
    json: {
      policy_id: bundle.policyId,
      version: bundle.version,
      digest: bundle.digest,
      errors,
      warnings,
      findings: findings.map((finding) => ({
        severity: severityOf(finding),
        ...(toWire(finding) as object),
      })),
    },
  };
}
