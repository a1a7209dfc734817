import { resolve } from 'node:path';
import { parseJson, SigningError } from '@spanforge/core-signing';
import { visible } from '@spanforge/operator';
import { compileBundle, type PolicyBundle, PolicyError } from '@spanforge/policy';
import { blocked } from '@spanforge/policy/internal';
import {
  type DecisionExplanation,
  explainDecision,
  type StrangerName,
  strangersIn,
} from '@spanforge/policy-workbench';
import {
  joinRequestParts,
  parseRequestParts,
  parseRequestPartsJson,
  type WrittenRequest,
} from '@spanforge/policy-workbench/testing';
import { CliError } from '../error.js';
import { readText } from '../files/read.js';
import { readBundle } from '../files/read-bundle.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';

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

const EXACT =
  'whole numbers up to 2^53-1: a governed call does not take a larger one for a number, so a rule that needs it counts as the stricter of its action and on_error';

/** Whether nothing but its numbers is wrong with a text. */
function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}

function jsonOption(option: string, text: string): unknown {
  try {
    return parseJson(text, { integers: 'safe' });
  } catch (error) {
    if (!SigningError.is(error)) throw error;
    if (isJson(text)) throw usageError(option, EXACT);
    throw usageError(option, `JSON (${error.message})`);
  }
}

function numberOption(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw usageError(option, 'a number');
}

/** Parses `name=json`. */
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

const FLAGS: Readonly<Record<string, string>> = {
  env: '--env',
  time: '--at',
  labels: '--label',
  facts: '--fact',
  'actor.roles': '--role',
};

/** The flag that stands for a path in a request, such as `$.actor.id`. */
function flagOf(path: string): string {
  const names = path.replace(/^\$\.?/, '').split(/[.[]/);
  const [first = ''] = names;
  return FLAGS[names.slice(0, 2).join('.')] ?? FLAGS[first] ?? `--${first}`;
}

/** What is wrong with a flag is told by the flag, not by a place in a file that nobody wrote. */
function readFlags(options: EvalArguments, environment: string) {
  try {
    return parseRequestParts(requestOfFlags(options, environment));
  } catch (error) {
    const [problem] = PolicyError.is(error) ? error.problems : [];
    if (problem === undefined) throw error;
    const option = flagOf(problem.path);
    const message = `${option}: ${problem.message}`;
    throw new CliError('CLI_USAGE', message, { details: { option }, cause: error });
  }
}

async function readRequest(
  io: CommandIo,
  options: EvalArguments,
  environment: string,
): Promise<WrittenRequest> {
  const flags = readFlags(options, environment);
  if (options.request === undefined) return joinRequestParts(flags);
  const file = resolve(io.cwd, options.request);
  return joinRequestParts(flags, readRequestFile(await readText(file), file));
}

function readRequestFile(text: string, file: string) {
  try {
    return parseRequestPartsJson(text, { file });
  } catch (error) {
    if (!PolicyError.is(error)) throw error;
    const message = `--request: ${error.message}`;
    throw new CliError('CLI_INPUT_INVALID', message, { details: { file }, cause: error });
  }
}

const told = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${visible(line)}`)];

function linesOf(
  explained: DecisionExplanation,
  strangers: readonly StrangerName[],
): readonly string[] {
  const { verdict, rules, nearMisses, looser, stricter, unknown } = explained;
  const said = rules.filter(({ state }) => state !== 'not_triggered' && state !== 'not_asked');
  const judged = `${verdict.outcome}: ${visible(verdict.reason)}`;
  const [first] = strangers;
  return [
    ...(first === undefined ? [judged] : [`block: ${visible(first.text)}`]),
    ...told(
      'Also:',
      strangers.slice(1).map(({ text }) => text),
    ),
    ...told('If it were asked all the same:', first === undefined ? [] : [judged]),
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

/** A fact that no rule can read would change nothing, and the answer would look as if it had. */
function checkFacts({ facts }: PolicyBundle, given: readonly string[] = []): void {
  for (const name of given.map((fact) => fact.slice(0, fact.indexOf('=')))) {
    if (name !== 'result' && !Object.hasOwn(facts, name))
      throw usageError('--fact', `a fact that the bundle declares, not ${visible(name)}`);
  }
}

/**
 * `spanforge policy eval BUNDLE`: decides one request as a governor with this bundle alone would, and
 * explains the decision: a name that nobody knows is blocked. Nothing is recorded, counted or run; counted facts
 * come from `--fact`, or from `counted` in the file.
 */
export async function policyEval(
  io: CommandIo,
  options: EvalArguments,
  argument: string,
): Promise<CommandResult> {
  const bundle = await readBundle(resolve(io.cwd, argument));
  const { request, counted } = await readRequest(io, options, bundle.environment);
  checkFacts(bundle, options.fact);
  const decider = compileBundle(bundle);
  // A governed call always has labels, if none are known then an empty list of them.
  const { time = bundle.effectiveAtMs, labels = [] } = request;
  const asked = decider.withFacts({ ...request, time, labels }, counted);
  const explained = explainDecision(decider, asked);
  const strangers = strangersIn(bundle, asked);
  const [first] = strangers;
  const verdict =
    first === undefined ? explained.verdict : blocked(first.reasonCode, visible(first.text));
  const { policyId, version, digest } = bundle;
  return {
    exitCode: EXIT.ok,
    text: [`${policyId} ${version}`, ...linesOf(explained, strangers)].join('\n'),
    json: {
      policy: { id: policyId, version, digest },
      ...(toWire({ ...explained, verdict }) as object),
      ...(first === undefined ? {} : (toWire({ strangers, ifAsked: explained.verdict }) as object)),
    },
  };
}
