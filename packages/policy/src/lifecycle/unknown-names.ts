import type { PolicyBundle } from '../bundle/bundle.js';
import { type UnknownArgument, unknownArguments } from '../bundle/unknown-arguments.js';
import { closestName } from '../closest-name.js';
import { PolicyError } from '../error.js';
import { createMatcher } from '../pattern.js';

/** Names that a rule of a bundle may mean. */
export interface KnownNames {
  /** Tools beside those that the bundle declares. */
  readonly tools: readonly string[];
  readonly allowUnknownTools: boolean;
}

/**
 * Refuses rules about unknown tools and environments, which would silently never apply. Tools are
 * checked only when some are known. An environment is refused only when it looks like a misspelling of
 * the bundle's own, because a rule may be meant for another environment. Arguments that no tool of a
 * rule has are refused too.
 *
 * @throws {PolicyError} `POLICY_NAME_UNKNOWN` with the first such name, and the one that was meant.
 */
export function throwIfUnknownName(bundle: PolicyBundle, known: KnownNames): void {
  const tools = [...new Set([...Object.keys(bundle.tools), ...known.tools])];
  for (const { ruleId, enabled, target } of bundle.rules) {
    if (!enabled) continue;
    const strangers = known.allowUnknownTools || tools.length === 0 ? [] : (target.tools ?? []);
    for (const name of strangers)
      if (!isKnown(name, tools)) throw unknownError('tool', name, ruleId, tools);
    for (const name of target.environments ?? []) {
      const own = [bundle.environment];
      if (isKnown(name, own) || closestName(name, own) === undefined) continue;
      throw unknownError('environment', name, ruleId, own);
    }
  }
  const [first] = known.allowUnknownTools ? [] : unknownArguments(bundle, known.tools);
  if (first !== undefined) throw argumentError(first);
}

function argumentError({ ruleId, argument, meant }: UnknownArgument): PolicyError {
  const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
  const message = `Rule "${ruleId}" reads "${argument}", which none of its tools has.${hint}`;
  const details = { ruleId, argument, ...(meant === undefined ? {} : { meant }) };
  return new PolicyError('POLICY_NAME_UNKNOWN', message, { details });
}

function isKnown(pattern: string, names: readonly string[]): boolean {
  return names.some(createMatcher([pattern]));
}

function unknownError(
  what: 'tool' | 'environment',
  name: string,
  ruleId: string,
  known: readonly string[],
): PolicyError {
  const meant = closestName(name, known);
  const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
  const message = `Rule "${ruleId}" is about the ${what} "${name}", which is not known.${hint}`;
  const details = { ruleId, [what]: name, ...(meant === undefined ? {} : { meant }) };
  return new PolicyError('POLICY_NAME_UNKNOWN', message, { details });
}

/** An unknown tool that a rule names. */
export interface UnknownTool {
  readonly ruleId: string;
  readonly tool: string;
  /** The one that was probably meant. */
  readonly meant?: string;
}

/**
 * The tools that enabled rules name and that are neither declared by the bundle nor in `tools`. An
 * activation refuses these; this is for hosts that learn their tools only later.
 */
export function unknownTools(
  bundle: PolicyBundle,
  tools: readonly string[],
): readonly UnknownTool[] {
  const known = [...new Set([...Object.keys(bundle.tools), ...tools])];
  return bundle.rules.flatMap(({ ruleId, enabled, target }) =>
    (enabled ? (target.tools ?? []) : [])
      .filter((tool) => !isKnown(tool, known))
      .map((tool) => {
        const meant = closestName(tool, known);
        return { ruleId, tool, ...(meant === undefined ? {} : { meant }) };
      }),
  );
}
