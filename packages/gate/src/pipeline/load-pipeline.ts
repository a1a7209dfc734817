import { sha256, toHex, utf8 } from '@spanforge/core-signing';
import { readYaml, YamlError } from '@spanforge/yaml';
import { z } from 'zod';
import { type PipelineProblem, SFGateSchemaError } from '../error.js';
import type { GateExecutor } from '../executor.js';
import {
  type GateDefinition,
  type Pipeline,
  type PipelineVariables,
  pipelineFile,
} from '../model/definition.js';
import { SUPPRESSIONS_GATE } from '../suppress/suppressions-gate.js';
import { compilePassCondition, compileSkipCondition } from '../verdict/condition.js';
import { findCycle } from './order.js';
import {
  SubstitutionFault,
  substitute,
  substituteCommand,
  substituteCondition,
} from './substitute.js';

type Locate = (path: readonly (string | number)[]) => { line: number; column: number } | undefined;

const formatPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}.${String(part)}`),
    '$',
  );

function problemAt(path: readonly PropertyKey[], message: string, locate: Locate): PipelineProblem {
  const parts = path.filter((part) => typeof part !== 'symbol');
  const place = locate(parts);
  return place === undefined
    ? { path: formatPath(path), message }
    : { path: formatPath(path), message, line: place.line, column: place.column };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'cannot be used';

/** Substitutes the variables in the fields that allow them, by the rules of each field. */
function resolveGate(gate: GateDefinition, variables: PipelineVariables): GateDefinition {
  const { command, pass_condition: condition, skip_if: skip, id, type, needs, ...rest } = gate;
  return {
    ...(substitute(rest, variables) as typeof rest),
    ...{ id, type, needs },
    ...(command === undefined ? {} : { command: [...substituteCommand(command, variables)] }),
    ...(condition === undefined
      ? {}
      : { pass_condition: substituteCondition(condition, variables) }),
    ...(skip === undefined ? {} : { skip_if: skip }),
  };
}

function checkOptions(
  gate: GateDefinition,
  executor: GateExecutor | undefined,
  at: readonly PropertyKey[],
  locate: Locate,
): readonly PipelineProblem[] {
  const problems: PipelineProblem[] = [];
  if (executor !== undefined) {
    const parsed = executor.options.safeParse(gate.with);
    for (const { path, message } of parsed.success ? [] : parsed.error.issues) {
      problems.push(problemAt([...at, 'with', ...path], message, locate));
    }
    if (gate.pass_condition !== undefined) {
      try {
        compilePassCondition(gate.pass_condition, executor.metrics);
      } catch (error) {
        problems.push(problemAt([...at, 'pass_condition'], messageOf(error), locate));
      }
    }
  }
  return problems;
}

function checkGates(
  gates: readonly GateDefinition[],
  executors: ReadonlyMap<string, GateExecutor>,
  variables: PipelineVariables,
  locate: Locate,
): readonly PipelineProblem[] {
  const ids = new Set<string>();
  const known = new Set(gates.map(({ id }) => id));
  const problems = gates.flatMap((gate, index) => {
    const at = ['gates', index];
    const found = [...checkOptions(gate, executors.get(gate.type), at, locate)];
    if (ids.has(gate.id))
      found.push(problemAt([...at, 'id'], `the id ${gate.id} comes twice`, locate));
    ids.add(gate.id);
    if (gate.id === SUPPRESSIONS_GATE) {
      const message = `the id ${gate.id} is that of the gate a run adds for its suppressions`;
      found.push(problemAt([...at, 'id'], message, locate));
    }
    for (const need of gate.needs) {
      if (!known.has(need))
        found.push(problemAt([...at, 'needs'], `there is no gate ${need}`, locate));
    }
    if (gate.skip_if !== undefined) {
      try {
        compileSkipCondition(gate.skip_if, variables);
      } catch (error) {
        found.push(problemAt([...at, 'skip_if'], messageOf(error), locate));
      }
    }
    return found;
  });
  const cycle = findCycle(gates);
  return cycle === undefined
    ? problems
    : [
        ...problems,
        problemAt(['gates'], `gates wait for each other: ${cycle.join(' -> ')}`, locate),
      ];
}

function throwInvalid(
  source: string,
  problems: readonly PipelineProblem[],
  cause?: unknown,
): never {
  const [first] = problems;
  const place = first?.line === undefined ? '' : `:${first.line}:${first.column ?? 1}`;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new SFGateSchemaError(
    `${source}${place}: ${first?.path ?? '$'}: ${first?.message ?? 'invalid'}${more}`,
    problems,
    cause,
  );
}

/**
 * Reads a pipeline from YAML. Everything is checked before anything runs: unknown fields, ids,
 * conditions against the metrics of their gate, options, dependencies. An unknown type is not an
 * error here: that gate fails when it runs, so that the others still run.
 *
 * @throws {SFGateSchemaError} with every problem, and line and column where they are known.
 */
export function loadPipeline(
  text: string,
  options: {
    readonly source: string;
    readonly executors: ReadonlyMap<string, GateExecutor>;
    readonly vars?: PipelineVariables;
  },
): Pipeline {
  const { source, executors, vars = {} } = options;
  const document = readDocument(text, source);
  const locate: Locate = (path) => document.locate(path);
  const parsed = pipelineFile.safeParse(document.value);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, ...issue }) => {
      const named = issue.code === 'unrecognized_keys' ? [...path, issue.keys[0] ?? ''] : path;
      const message = issue.code === 'unrecognized_keys' ? 'no such field' : issue.message;
      return problemAt(named, message, locate);
    });
    return throwInvalid(source, issues, z.prettifyError(parsed.error));
  }
  const { name, project_id: projectId, suppressions, vars: own, gates } = parsed.data;
  const variables = { ...own, ...vars };
  const inPlace = (path: readonly string[], value: unknown): unknown => {
    try {
      return substitute(value, variables);
    } catch (error) {
      if (!(error instanceof SubstitutionFault)) throw error;
      return throwInvalid(source, [problemAt(path, error.message, locate)], error);
    }
  };
  const problems: PipelineProblem[] = [];
  const resolved = gates.flatMap((gate, index) => {
    try {
      return [resolveGate(gate, variables)];
    } catch (error) {
      if (!(error instanceof SubstitutionFault)) throw error;
      problems.push(problemAt(['gates', index], error.message, locate));
      return [];
    }
  });
  problems.push(...checkGates(resolved, executors, variables, locate));
  if (problems.length > 0) return throwInvalid(source, problems);
  return {
    name: name ?? 'pipeline',
    vars: variables,
    gates: resolved,
    sha256: toHex(sha256(utf8(text))),
    ...(projectId === undefined ? {} : { projectId: String(inPlace(['project_id'], projectId)) }),
    ...(suppressions === undefined
      ? {}
      : { suppressions: String(inPlace(['suppressions'], suppressions)) }),
  };
}

function readDocument(text: string, source: string) {
  try {
    return readYaml(text);
  } catch (error) {
    if (!YamlError.is(error)) throw error;
    const problems = error.problems.map(({ message, line, column }) => {
      return { path: '$', message, line, column };
    });
    return throwInvalid(source, problems, error);
  }
}
