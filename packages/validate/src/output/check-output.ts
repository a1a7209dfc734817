import { canonicalize, formatPath, parseJson, SigningError } from '@spanforge/core-signing';
import {
  DetectError,
  type DetectOptions,
  detectFields,
  type FieldFinding,
} from '@spanforge/detect';
import { type Violation, violation } from '../violation.js';
import type { CompiledSchema } from './json-schema.js';

/** The requirements for an output. */
export interface OutputRules {
  readonly schema: CompiledSchema | undefined;
  /** True if the output is JSON text whose value is checked. */
  readonly json: boolean;
  /** The least confidence; without it none is required. */
  readonly minConfidence: number | undefined;
  readonly detect: DetectOptions;
}

/** The results of one check. */
export interface OutputCheck {
  /** Plain copy of the output, parsed if it is JSON text; undefined if it could not be copied. */
  readonly value: unknown;
  readonly violations: readonly Violation[];
  readonly findings: readonly FieldFinding[];
}

const MAX_OUTPUT = 1_048_576;
const MAX_DEPTH = 64;

function plainCopy(output: unknown): unknown {
  return JSON.parse(
    canonicalize(output, { maxDepth: MAX_DEPTH, maxLength: MAX_OUTPUT, integers: 'safe' }),
  );
}

function read(output: unknown, json: boolean): { value: unknown } | { violation: Violation } {
  try {
    const value = plainCopy(output);
    if (!json || typeof value !== 'string') return { value };
    // JSON.parse would keep only the last of two members of one name.
    return { value: parseJson(value, { maxBytes: MAX_OUTPUT, integers: 'safe' }) };
  } catch (error) {
    if (!SigningError.is(error)) throw error;
    if (json && typeof output === 'string') {
      return { violation: violation([], 'json.syntax', 'expected JSON, each member once') };
    }
    const path = String(error.details.path ?? '$');
    const expectation = 'expected plain JSON data of at most 1 MiB, nested at most 64 deep';
    return { violation: { path, rule: 'plain_data', expectation } };
  }
}

function checkConfidence(
  confidence: number | undefined,
  min: number | undefined,
): readonly Violation[] {
  if (confidence !== undefined && !(confidence >= 0 && confidence <= 1)) {
    return [violation([], 'confidence.invalid', 'expected a confidence from 0 to 1')];
  }
  if (min === undefined) return [];
  if (confidence === undefined)
    return [violation([], 'confidence.missing', 'expected a confidence')];
  return confidence < min ? [violation([], 'confidence.low', `expected at least ${min}`)] : [];
}

function search(value: unknown, options: DetectOptions): readonly FieldFinding[] | Violation {
  try {
    return detectFields(value, options);
  } catch (error) {
    if (!DetectError.is(error)) throw error;
    return violation([], 'detect.failed', 'expected data that can be searched');
  }
}

function asViolation({ family, type, path }: FieldFinding): Violation {
  return {
    path: formatPath(path),
    rule: `${family}.${type}`,
    expectation: family === 'secret' ? 'expected no secret' : 'expected no personal data',
  };
}

/** Checks an output against all requirements. Pure; a violation of one skips no other. */
export function checkOutput(
  { output, confidence }: { readonly output: unknown; readonly confidence?: number | undefined },
  rules: OutputRules,
): OutputCheck {
  const sure = checkConfidence(confidence, rules.minConfidence);
  const found = read(output, rules.json);
  if ('violation' in found) {
    // Text that should be JSON and is not may still contain secrets.
    const text = typeof output === 'string' ? search(output, rules.detect) : [];
    const findings = 'rule' in text ? [] : text;
    const violations = [found.violation, ...sure, ...findings.map(asViolation)];
    return { value: typeof output === 'string' ? output : undefined, violations, findings };
  }
  const { value } = found;
  const searched = search(value, rules.detect);
  const findings = 'rule' in searched ? [] : searched;
  return {
    value,
    findings,
    violations: [
      ...(rules.schema?.check(value) ?? []),
      ...sure,
      ...('rule' in searched ? [searched] : findings.map(asViolation)),
    ],
  };
}
