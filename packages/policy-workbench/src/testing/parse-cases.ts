import { canonicalize, deepFreeze } from '@spanforge/core-signing';
import { PolicyError } from '@spanforge/policy';
import { createProblems, type LocateProblem, type Problems } from '@spanforge/policy/internal';
import { readJson, readYaml } from '@spanforge/policy/internal-yaml';
import { DEFAULT_CONTROL, PLAIN_PARTS, type PolicyCase, type PolicyCases } from './case.js';
import {
  caseSchema,
  casesSchema,
  requestSchema,
  type WrittenCase,
  type WrittenDefaults,
} from './case-schema.js';

/** Options for reading cases. */
export interface ParseCasesOptions {
  /** Named in problems. */
  readonly file?: string;
}

/**
 * Validates cases that are already parsed.
 *
 * @throws {PolicyError} `POLICY_CASES_INVALID` with every problem: code and path.
 */
export function parseCases(value: unknown, options: ParseCasesOptions = {}): PolicyCases {
  return asCases(() => readCases(value, options, undefined));
}

/**
 * Reads cases from YAML 1.2, strictly: one document of at most 256 KiB; an unknown key is an error.
 *
 * @throws {PolicyError} `POLICY_CASES_INVALID` with every problem: code, file, line, column, path.
 */
export function parseCasesYaml(text: string, options: ParseCasesOptions = {}): PolicyCases {
  return asCases(() => {
    const { value, locate } = readYaml(text, options.file);
    return readCases(value, options, locate);
  });
}

/**
 * Reads cases from strict JSON (RFC 8259) of at most 256 KiB.
 *
 * @throws {PolicyError} `POLICY_CASES_INVALID` with every problem: code, file, line, column, path.
 */
export function parseCasesJson(text: string, options: ParseCasesOptions = {}): PolicyCases {
  return asCases(() => {
    const { value, locate } = readJson(text, options.file);
    return readCases(value, options, locate);
  });
}

/** One request, and the sums of counted facts it is decided with. */
export type WrittenRequest = Pick<PolicyCase, 'request' | 'counted'>;

/**
 * Checks the parts of one request, written as those of a case are; nothing is filled in.
 *
 * @throws {PolicyError} `POLICY_CASES_INVALID` with every problem: code and path.
 */
export function parseRequestParts(value: unknown): Readonly<Record<string, unknown>> {
  return asCases(() => readParts(value, createProblems(undefined, undefined)));
}

/**
 * Reads the parts of one request from strict JSON; see {@link parseRequestParts}.
 *
 * @throws {PolicyError} `POLICY_CASES_INVALID` with every problem: code, file, line, column, path.
 */
export function parseRequestPartsJson(
  text: string,
  options: ParseCasesOptions = {},
): Readonly<Record<string, unknown>> {
  return asCases(() => {
    const { value, locate } = readJson(text, options.file);
    return readParts(value, createProblems(options.file, locate));
  });
}

/** Joins the parts of one request that were checked before; later ones win. */
export function joinRequestParts(
  ...parts: readonly Readonly<Record<string, unknown>>[]
): WrittenRequest {
  const joined: WrittenDefaults = Object.assign({}, ...parts);
  const { request, counted } = toCase({ name: 'request', expect: { outcome: 'allow' } }, joined);
  return { request, ...(counted === undefined ? {} : { counted }) };
}

function readParts(given: unknown, problems: Problems): WrittenDefaults {
  const parsed = requestSchema.safeParse(plainData(given, problems), { reportInput: true });
  if (!parsed.success) problems.addIssues(parsed.error, []);
  problems.throwIfAny();
  return parsed.data ?? {};
}

/** Reports every problem as one of cases, whatever found it. */
function asCases<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!PolicyError.is(cause) || cause.code !== 'POLICY_BUNDLE_INVALID') throw cause;
    throw new PolicyError('POLICY_CASES_INVALID', cause.message, {
      problems: cause.problems,
      cause,
    });
  }
}

function readCases(
  given: unknown,
  { file }: ParseCasesOptions,
  locate: LocateProblem | undefined,
): PolicyCases {
  const problems = createProblems(file, locate);
  const value = plainData(given, problems);
  const parsed = casesSchema.safeParse(value, { reportInput: true });
  if (!parsed.success) problems.addIssues(parsed.error, []);
  problems.throwIfAny();
  if (!parsed.success) throw new Error('unreachable: what does not parse has problems');
  const { stages = 'as_written', defaults = {}, cases } = parsed.data;
  const names = new Set<string>();
  const read = cases.flatMap((one, index) => readCase(one, index, defaults, names, problems));
  problems.throwIfAny();
  return deepFreeze({ stages, cases: read });
}

/** A copy that shares nothing with the caller's value. */
function plainData(given: unknown, problems: Problems): unknown {
  try {
    return JSON.parse(canonicalize(given, { integers: 'safe' }));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : 'The value is not plain data.';
    problems.add('POLICY_NOT_PLAIN_DATA', [], message);
    problems.throwIfAny();
    return undefined;
  }
}

function readCase(
  value: unknown,
  index: number,
  defaults: WrittenDefaults,
  names: Set<string>,
  problems: Problems,
): readonly PolicyCase[] {
  const path = ['cases', index];
  const parsed = caseSchema.safeParse(value, { reportInput: true });
  if (!parsed.success) {
    problems.addIssues(parsed.error, path);
    return [];
  }
  const { name } = parsed.data;
  if (names.has(name)) {
    problems.add('POLICY_VALUE', [...path, 'name'], `Another case is called "${name}".`);
  }
  names.add(name);
  return [toCase(parsed.data, defaults)];
}

function toCase(written: WrittenCase, defaults: WrittenDefaults): PolicyCase {
  const { name, expect, ...own } = written;
  const all = { ...DEFAULT_CONTROL, ...defaults, ...own };
  const parts = PLAIN_PARTS.filter((part) => all[part] !== undefined);
  const request = Object.fromEntries(parts.map((part) => [part, all[part]]));
  const { reason_code: reasonCode, ...expected } = expect;
  return {
    name,
    request: {
      ...request,
      ...(all.time === undefined ? {} : { time: Date.parse(all.time) }),
    } as PolicyCase['request'],
    ...(all.counted === undefined ? {} : { counted: all.counted }),
    expect: {
      ...expected,
      ...(reasonCode === undefined ? {} : { reasonCode }),
    } as PolicyCase['expect'],
  };
}
