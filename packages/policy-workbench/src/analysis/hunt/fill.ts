import type { StaticType } from '@spanforge/condition';
import type { PolicyRequest } from '@spanforge/core-events';
import type { DeclaredInBundle } from '@spanforge/policy/internal';
import { isObject } from './draft.js';
import type { SeededRandom } from './random.js';

/** Deeper values than this are left out. */
const MAX_DEPTH = 8;

/** Gives a draft a value of the declared type wherever it has none: most rules read what is there. */
export function fill(
  draft: PolicyRequest,
  { tools, facts }: DeclaredInBundle,
  random: SeededRandom,
): void {
  const { args, result } = tools.get(draft.tool ?? '') ?? {};
  const known =
    draft.control === 'tool_result' && result !== undefined ? { ...facts, result } : facts;
  Object.assign(draft, {
    args: completed(draft.args, args, random),
    facts: completed(draft.facts, { kind: 'object', fields: known }, random),
  });
}

function completed(value: unknown, type: StaticType | undefined, random: SeededRandom): unknown {
  if (type === undefined) return value;
  if (!isObject(value) || type.kind !== 'object') return value ?? sample(type, random, 0);
  const made = sample(type, random, 0);
  return isObject(made) ? { ...made, ...value } : value;
}

function sample(type: StaticType, random: SeededRandom, depth: number): unknown {
  switch (type.kind) {
    case 'string':
      return `x${random.below(3)}`;
    case 'number':
      return random.below(5);
    case 'boolean':
      return random.chance(0.5);
    case 'list': {
      const count = depth > MAX_DEPTH ? 0 : (random.pick([0, 1, 1, 2]) ?? 0);
      return Array.from({ length: count }, () => sample(type.items, random, depth + 1));
    }
    case 'object': {
      const fields = depth > MAX_DEPTH ? [] : Object.entries(type.fields);
      return Object.fromEntries(
        fields.map(([name, field]) => [name, sample(field, random, depth + 1)]),
      );
    }
    case 'null':
      return null;
    default:
      return {};
  }
}
