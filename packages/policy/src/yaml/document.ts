import * as strict from '@spanforge/yaml';
import { createProblems } from '../bundle/problem.js';
import type { BundleProblemCode } from '../bundle-problem.js';

/** Anchors are allowed in a bundle, as long as they do not make a small text a large value. */
const MAX_ALIASES = 100;

/**
 * Reads YAML as a bundle may be written.
 *
 * @throws {PolicyError} `POLICY_BUNDLE_INVALID` with every fault of the text.
 */
export function readYaml(text: string, file: string | undefined): strict.PlainDocument {
  return read(() => strict.readYaml(text, { maxAliases: MAX_ALIASES }), file, 'POLICY_SYNTAX');
}

/**
 * Reads JSON strictly.
 *
 * @throws {PolicyError} `POLICY_BUNDLE_INVALID`.
 */
export function readJson(text: string, file: string | undefined): strict.PlainDocument {
  return read(() => strict.readJson(text), file, 'POLICY_VALUE');
}

/** Says what is wrong with a text in the codes of bundles. */
function read(
  start: () => strict.PlainDocument,
  file: string | undefined,
  codeOfValue: BundleProblemCode,
): strict.PlainDocument {
  try {
    return start();
  } catch (error) {
    if (!strict.YamlError.is(error)) throw error;
    const codes: Partial<Record<strict.YamlProblemCode, BundleProblemCode>> = {
      YAML_TOO_LARGE: 'POLICY_TOO_LARGE',
      YAML_DUPLICATE_KEY: 'POLICY_DUPLICATE_KEY',
      YAML_VALUE: codeOfValue,
    };
    const problems = createProblems(file, undefined);
    for (const { code, message, line, column } of error.problems) {
      problems.add(codes[code] ?? 'POLICY_SYNTAX', [], sentence(message), { line, column });
    }
    problems.throwIfAny();
    throw error;
  }
}

const sentence = (phrase: string): string => `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
