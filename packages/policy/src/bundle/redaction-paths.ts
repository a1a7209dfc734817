import type { StaticType } from '@spanforge/condition';
import { closestName } from '../closest-name.js';
import { createMatcher } from '../pattern.js';
import type { RuleTarget } from './bundle.js';
import type { Path, Problems } from './problem.js';
import type { WrittenRule } from './schema.js';
import type { ToolTypes } from './tool-types.js';

/** What redaction paths are checked against. */
export interface RedactionScope {
  readonly tools: ToolTypes;
  /** Names of the declared tools. */
  readonly declared: readonly string[];
}

/**
 * Checks that each redaction path can exist. A path is a mistake when every tool the rule can match
 * declares a type and none has that path. When a schema is missing this cannot be checked, and a
 * path that matches nothing masks the whole value at redaction time.
 */
export function checkRedactionPaths(
  { redact = [], service, control }: WrittenRule,
  target: RuleTarget,
  path: Path,
  scope: RedactionScope,
  problems: Problems,
): void {
  for (const [index, { path: written }] of redact.entries()) {
    const at = [...path, 'redact', index, 'path'];
    const [root = '', ...steps] = written.split('.');
    if (root === 'args' && service === 'sf_govern' && control === 'tool_result') {
      const message = 'The arguments are used already; a rule about a result redacts "result".';
      problems.add('POLICY_VALUE', at, message);
      continue;
    }
    const types = typesMet(target, root === 'args' ? scope.tools.args : scope.tools.result, scope);
    const faults = types?.map((type) => faultAt(type, steps, root));
    if (faults === undefined || faults.length === 0 || faults.includes(undefined)) continue;
    problems.add('POLICY_VALUE', at, `${faults[0]}`);
  }
}

/** The types of the tools a rule can match; `undefined` when one of them is unknown. */
function typesMet(
  { tools }: RuleTarget,
  types: ReadonlyMap<string, StaticType>,
  { declared }: RedactionScope,
): readonly StaticType[] | undefined {
  const matches = tools === undefined ? () => true : createMatcher(tools);
  const exact = (tools ?? []).filter((name) => !name.endsWith('*'));
  const met = [...new Set([...exact, ...declared.filter(matches)])];
  const known = met.map((name) => types.get(name));
  return known.every((type) => type !== undefined) ? known : undefined;
}

/** Why a path cannot exist in a type; `undefined` when it can. */
function faultAt(type: StaticType, steps: readonly string[], under: string): string | undefined {
  const [step, ...rest] = steps;
  if (step === undefined || type.kind === 'dyn') return undefined;
  if (type.kind === 'list') {
    if (step !== '*' && !/^(0|[1-9][0-9]*)$/.test(step)) {
      return `"${under}" is a list: write "${[under, '*', ...steps].join('.')}".`;
    }
    return faultAt(type.items, rest, `${under}.${step}`);
  }
  if (type.kind !== 'object') return `"${under}" is a ${type.kind}: there is nothing below it.`;
  if (step === '*') {
    const parts = [...Object.values(type.fields), ...(type.rest === undefined ? [] : [type.rest])];
    const faults = parts.map((part) => faultAt(part, rest, `${under}.*`));
    return faults.includes(undefined) ? undefined : (faults[0] ?? `"${under}" has no fields.`);
  }
  const part = Object.hasOwn(type.fields, step) ? type.fields[step] : type.rest;
  if (part !== undefined) return faultAt(part, rest, `${under}.${step}`);
  const meant = closestName(step, Object.keys(type.fields));
  const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
  return `"${under}" has no "${step}".${hint}`;
}
