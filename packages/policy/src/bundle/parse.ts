import { canonicalize, deepFreeze, SigningError, sha256, toHex } from '@spanforge/core-signing';
import { closestName } from '../closest-name.js';
import type { PolicyBundle, PolicyRule } from './bundle.js';
import { CONTROLS, type ControlName, controlKey } from './controls.js';
import { readFacts } from './facts.js';
import { createProblems, invalidError, type LocateProblem, type Problems } from './problem.js';
import { type ConditionScope, readRule } from './rule.js';
import { bundleSchema, MAX_RULES, ruleSchema, type WrittenBundle } from './schema.js';
import { readTools } from './tools.js';
import { openLocalTime } from './zone.js';

/** Characters of canonical text; aliases in YAML can make it longer than the text they stand in. */
const MAX_CANONICAL_LENGTH = 4_194_304;

/** Options of loading a bundle. */
export interface ParseOptions {
  /** Controls beside the documented ones. */
  readonly controls?: readonly ControlName[];
  /** Named in problems. */
  readonly file?: string;
}

/**
 * Checks a bundle and compiles its conditions.
 *
 * The value is canonicalised first and read back from those bytes, so that the digest covers
 * exactly the bundle that decides, even if the caller changes the value later.
 *
 * @throws {PolicyError} `POLICY_BUNDLE_INVALID` with every problem found.
 */
export function parseBundle(value: unknown, options: ParseOptions = {}): PolicyBundle {
  return readBundle(value, options, undefined);
}

/** SHA-256 over the RFC 8785 bytes of a bundle as written, hex. @throws {SigningError} when it is not plain data. */
export function bundleDigest(value: unknown): string {
  return toHex(sha256(canonicalize(value)));
}

/** As {@link parseBundle}, for a bundle whose text is at hand. */
export function readBundle(
  value: unknown,
  options: ParseOptions,
  locate: LocateProblem | undefined,
): PolicyBundle {
  const problems = createProblems(options.file, locate);
  const canonical = canonicalText(value, problems);
  const parsed = bundleSchema.safeParse(JSON.parse(canonical), { reportInput: true });
  if (!parsed.success) problems.addIssues(parsed.error, []);
  const written = parsed.success ? parsed.data : undefined;
  const declared = written ?? readableParts(JSON.parse(canonical));
  const tools = readTools(declared.tools ?? {}, problems);
  const facts = readFacts(declared.facts ?? {}, tools, declared.tools !== undefined, problems);
  const scope: ConditionScope = {
    tools: tools.types,
    declaredTools: Object.keys(tools.tools),
    facts: facts.types,
    localTime: openLocalTime(declared.zone ?? 'UTC'),
  };
  const rules = readRules(JSON.parse(canonical), options, scope, problems);
  problems.throwIfAny();
  if (written === undefined) throw new Error('unreachable: an invalid bundle has problems');
  return freezeBundle(written, { rules, tools: tools.tools, facts: facts.facts, canonical });
}

function canonicalText(value: unknown, problems: Problems): string {
  try {
    const text = canonicalize(value, { integers: 'safe', maxLength: MAX_CANONICAL_LENGTH });
    // Exact: inside a string the closing quote would stand behind a backslash.
    if (!text.includes('"__proto__":')) return text;
    problems.add('POLICY_UNKNOWN_KEY', [], '"__proto__" is not a key known anywhere.');
  } catch (cause) {
    const tooLarge = SigningError.is(cause) && cause.code === 'SIGNING_JSON_TOO_LARGE';
    const message = cause instanceof Error ? cause.message : 'The value is not plain data.';
    problems.add(tooLarge ? 'POLICY_TOO_LARGE' : 'POLICY_NOT_PLAIN_DATA', [], message);
  }
  throw invalidError(problems.list);
}

/**
 * What rules are read against when another part of the bundle is invalid: without it, everything that
 * they name would be reported as unknown.
 */
function readableParts(bundle: unknown): Pick<WrittenBundle, 'tools' | 'facts' | 'zone'> {
  if (!isMap(bundle)) return {};
  const tools = bundleSchema.shape.tools.safeParse(bundle.tools);
  const zone = bundleSchema.shape.zone.safeParse(bundle.zone);
  return {
    ...(tools.data === undefined ? {} : { tools: tools.data }),
    ...(zone.data === undefined ? {} : { zone: zone.data }),
    // Whatever their names: those that are none are reported, and conditions may use them.
    ...(isMap(bundle.facts) ? { facts: bundle.facts } : {}),
  };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads the rules even when the rest of the bundle is invalid, so that all problems are reported at once. */
function readRules(
  bundle: { readonly rules?: unknown } | null,
  options: ParseOptions,
  scope: ConditionScope,
  problems: Problems,
): readonly PolicyRule[] {
  const written = Array.isArray(bundle?.rules) ? (bundle.rules as readonly unknown[]) : [];
  const known = new Map(
    [...CONTROLS, ...(options.controls ?? [])].map((pair) => [
      controlKey(pair.service, pair.control),
      pair,
    ]),
  );
  const seen = new Set<string>();
  return written.slice(0, MAX_RULES).flatMap((value, index) => {
    const path = ['rules', index];
    const parsed = ruleSchema.safeParse(value, { reportInput: true });
    if (!parsed.success) {
      problems.addIssues(parsed.error, path);
      return [];
    }
    const rule = parsed.data;
    if (seen.has(rule.rule_id)) {
      problems.add(
        'POLICY_DUPLICATE_RULE',
        [...path, 'rule_id'],
        `"${rule.rule_id}" is used twice.`,
      );
    }
    seen.add(rule.rule_id);
    const control = known.get(controlKey(rule.service, rule.control));
    if (control === undefined) {
      const there = [...known.values()];
      const meant =
        closestName(
          rule.control,
          there.filter(({ service }) => service === rule.service).map(({ control: name }) => name),
        ) ??
        closestName(
          rule.service,
          there.map(({ service }) => service),
        );
      const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
      const message = `There is no control "${rule.control}" of "${rule.service}".${hint}`;
      problems.add('POLICY_UNKNOWN_CONTROL', [...path, 'control'], message);
    }
    return [readRule(rule, path, scope, problems, control?.range)];
  });
}

function freezeBundle(
  written: WrittenBundle,
  parts: Pick<PolicyBundle, 'rules' | 'tools' | 'facts' | 'canonical'>,
): PolicyBundle {
  return Object.freeze({
    policyId: written.policy_id,
    version: written.version,
    environment: written.environment,
    owner: written.owner,
    effectiveAt: written.effective_at,
    effectiveAtMs: Date.parse(written.effective_at),
    strategy: written.strategy ?? 'strictest',
    zone: written.zone ?? 'UTC',
    ...parts,
    rules: Object.freeze(parts.rules),
    ...(written.default === undefined ? {} : { default: written.default }),
    ...(written.rationale === undefined ? {} : { rationale: written.rationale }),
    metadata: deepFreeze(written.metadata ?? {}),
    digest: toHex(sha256(parts.canonical)),
  });
}
