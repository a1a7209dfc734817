import { resolve } from 'node:path';
import { parseJson, SigningError } from '@spanforge/core-signing';
import { visible } from '@spanforge/operator';
import { type DecisionExplanation, explainDecision } from '@spanforge/policy-workbench';
import { type PolicyCase, parseCases } from '@spanforge/policy-workbench/testing';
import { CliError } from '../error.js';
import { readText } from '../files/read.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
import { readBundle } from './read-bundle.js';

/** Options of `spanforge policy eval`. */
export interface EvalArguments {
  readonly request?: string;
  readonly tool?: string;
  readonly args?: string;
  readonly service?: string;
  readonly control?: string;
  readonly resource?: string;
  readonly action?: string;
  readonly actor?: string;
  readonly role?: readonly string[];
  readonly agent?: string;
  readonly env?: string;
  readonly label?: readonly string[];
  readonly observed?: string;
  readonly fact?: readonly string[];
  readonly at?: string;
}

function usageError(option: string, expected: string): CliError {
  return new CliError('CLI_USAGE', `${option}: expected ${expected}`, { details: { option } });
}

function jsonOption(option: string, text: string): unknown {
  try {
    return parseJson(text, { integers: 'safe' });
  } catch (error) {
    if (!SigningError.is(error)) throw error;
    throw usageError(option, `JSON (${error.message})`);
  }
}

function numberOption(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw usageError(option, 'a number');
}

/** Parses `name=json`; a value that is not JSON is taken as text. */
function factsOption(given: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    given.map((fact) => {
      const at = fact.indexOf('=');
      if (at < 1) throw usageError('--fact', 'name=value, the value in JSON');
      return [fact.slice(0, at), jsonOption('--fact', fact.slice(at + 1))];
    }),
  );
}

const has = <Value>(name: string, value: Value | undefined): Record<string, Value> =>
  value === undefined ? {} : { [name]: value };

/** The request from the flags, in the form of a case of `policy test`. */
function requestOfFlags(options: EvalArguments, environment: string): Record<string, unknown> {
  const { tool, service, control, resource, action, role, label, fact, observed, args } = options;
  const { actor, agent, at, env = environment } = options;
  return {
    ...has('tool', tool),
    ...has('service', service),
    ...has('control', control),
    ...has('resource', resource),
    ...has('action', action),
    ...has('args', args === undefined ? undefined : jsonOption('--args', args)),
    ...has('labels', label),
    ...has('facts', fact === undefined ? undefined : factsOption(fact)),
    ...has('observed', observed === undefined ? undefined : numberOption('--observed', observed)),
    ...has('time', at),
    env,
    ...(actor === undefined && role === undefined
      ? {}
      : { actor: { id: actor ?? 'somebody', ...has('roles', role) } }),
    ...has('agent', agent === undefined ? undefined : { id: agent }),
  };
}

async function readRequest(
  io: CommandIo,
  options: EvalArguments,
  environment: string,
): Promise<PolicyCase> {
  const flags = requestOfFlags(options, environment);
  if (options.request === undefined) return asCase(flags, undefined);
  const file = resolve(io.cwd, options.request);
  const written = jsonOption('--request', await readText(file));
  if (typeof written !== 'object' || written === null || Array.isArray(written)) {
    throw usageError('--request', 'a file with one JSON object');
  }
  return asCase({ ...flags, ...written }, file);
}

/** Validates the request like that of a case: an unknown member is an error with its path. */
function asCase(request: object, file: string | undefined): PolicyCase {
  const named = file === undefined ? {} : { file };
  const written = { name: 'request', ...request, expect: { outcome: 'allow' } };
  const [one] = parseCases({ cases: [written] }, named).cases;
  if (one === undefined) throw usageError('--request', 'a request');
  return one;
}

const told = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${visible(line)}`)];

function linesOf(explained: DecisionExplanation): readonly string[] {
  const { verdict, rules, nearMisses, looser, stricter, unknown } = explained;
  const said = rules.filter(({ state }) => state !== 'not_triggered' && state !== 'not_asked');
  return [
    `${verdict.outcome}: ${visible(verdict.reason)}`,
    ...told(
      'Rules:',
      said.map(({ text }) => text),
    ),
    ...told(
      'Obligations:',
      verdict.obligations.map((one) => JSON.stringify(one)),
    ),
    ...told(
      'One part away:',
      nearMisses.map(({ text }) => text),
    ),
    ...told(
      'What would change it:',
      [...looser, ...stricter].map(({ text }) => text),
    ),
    ...told('Not analysed:', unknown),
  ];
}

/**
 * `spanforge policy eval BUNDLE`: decides one request and explains the decision. Nothing is
 * recorded, counted or run; counted facts come from `--fact`.
 */
export async function policyEval(
  io: CommandIo,
  options: EvalArguments,
  argument: string,
): Promise<CommandResult> {
  const bundle = await readBundle(resolve(io.cwd, argument));
  const { request } = await readRequest(io, options, bundle.environment);
  const asked = { ...request, time: request.time ?? bundle.effectiveAtMs };
  const explained = explainDecision(bundle, asked);
  const { policyId, version, digest } = bundle;
  return {
    exitCode: EXIT.ok,
    text: [`${policyId} ${version}`, ...linesOf(explained)].join('\n'),
    json: { policy: { id: policyId, version, digest }, ...(toWire(explained) as object) },
  };
}
