import { compileCondition, type Expression, type LocalTime } from '@spanforge/condition';
import type { PolicyBundle, PolicyRule } from '@spanforge/policy';
import { closestName, DETECTOR_TYPES, openLocalTime } from '@spanforge/policy/internal';
import { type Found, rulePath } from './finding.js';
import { matchesAny } from './rule-test.js';

/** Why a value can never be a given text; undefined where it can. */
type Excluded = (text: string) => string | undefined;

/** What the elements of lists are that quantifiers go over, by the slot of their variable. */
type Slots = ReadonlyMap<number, Excluded>;

/** The parts of an expression that are expressions; a condition is finite and small. */
function partsOf(node: Expression): readonly Expression[] {
  return Object.values(node).flatMap((part: unknown) => {
    const parts: readonly unknown[] = Array.isArray(part) ? part : [part];
    return parts.filter(
      (one): one is Expression => typeof one === 'object' && one !== null && 'kind' in one,
    );
  });
}

const UPPER = /[A-Z]/;

const lowered: Excluded = (text) =>
  UPPER.test(text)
    ? `lowerAscii() never gives ${JSON.stringify(text)}, which has capital letters.`
    : undefined;

/** What a detected fact can hold. */
function detected(bundle: PolicyBundle, name: string): Excluded | undefined {
  const fact = Object.hasOwn(bundle.facts, name) ? bundle.facts[name] : undefined;
  if (fact?.kind !== 'detected') return undefined;
  const { types = DETECTOR_TYPES } = fact;
  return (text) => {
    if ((types as readonly string[]).includes(text)) return undefined;
    const meant = closestName(text, types);
    const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
    return `"${name}" never finds ${JSON.stringify(text)}.${hint}`;
  };
}

/** What the elements of a list can be. */
function elementsOf(bundle: PolicyBundle, list: Expression): Excluded | undefined {
  if (list.kind === 'filter') return elementsOf(bundle, list.list);
  const [root, name, ...rest] = list.kind === 'path' ? list.names : [];
  return root === 'facts' && name !== undefined && rest.length === 0
    ? detected(bundle, name)
    : undefined;
}

function possibleOf(node: Expression, slots: Slots): Excluded | undefined {
  if (node.kind === 'lowerAscii') return lowered;
  return node.kind === 'variable' ? slots.get(node.slot) : undefined;
}

function whyNever(can: Excluded | undefined, constant: Expression): string | undefined {
  return constant.kind === 'literal' && typeof constant.value === 'string'
    ? can?.(constant.value)
    : undefined;
}

/** The constants of one comparison that its other side can never be. */
function impossibleHere(bundle: PolicyBundle, node: Expression, slots: Slots): readonly string[] {
  const found: (string | undefined)[] = [];
  if (node.kind === 'compare') {
    const { left, right } = node;
    found.push(whyNever(possibleOf(left, slots), right), whyNever(possibleOf(right, slots), left));
  }
  if (node.kind === 'string' && node.target.kind === 'lowerAscii') {
    found.push(whyNever(lowered, node.argument));
  }
  if (node.kind === 'in') {
    const { left, right } = node;
    found.push(whyNever(elementsOf(bundle, right), left));
    const items = right.kind === 'list' ? right.items : [];
    found.push(...items.map((item) => whyNever(possibleOf(left, slots), item)));
  }
  if (node.kind === 'instant') found.push(whyNever(instantIn(bundle.zone), node.operand));
  return found.filter((why) => why !== undefined);
}

const LONGEST_INSTANT = 40;

function isInstant(text: string, localTime: LocalTime): boolean {
  if (text.length > LONGEST_INSTANT) return false;
  const condition = compileCondition(`instant(${JSON.stringify(text)}) == 0`, { localTime });
  return condition.evaluate({}).value !== 'indeterminate';
}

/** Constants that are no instant in a zone: what compares with them is never decided. */
function instantIn(zone: string): Excluded {
  const localTime = openLocalTime(zone);
  return (text) => {
    if (isInstant(text, localTime)) return undefined;
    return `${JSON.stringify(text)} is no instant in ${zone}, so the rule is always indeterminate.`;
  };
}

function impossibleIn(bundle: PolicyBundle, node: Expression, slots: Slots): readonly string[] {
  const goesOver = node.kind === 'all' || node.kind === 'exists' || node.kind === 'filter';
  const elements = goesOver ? elementsOf(bundle, node.list) : undefined;
  const inside = goesOver && elements ? new Map([...slots, [node.slot, elements]]) : slots;
  return [
    ...impossibleHere(bundle, node, slots),
    ...partsOf(node).flatMap((part) => impossibleIn(bundle, part, inside)),
  ];
}

/** Constants in conditions that what they are compared with can never be. */
export function impossibleValues(bundle: PolicyBundle): readonly Found[] {
  return bundle.rules.flatMap(({ ruleId, enabled, when }) => {
    if (!enabled || when === undefined) return [];
    const path = rulePath(bundle, ruleId, 'when');
    return impossibleIn(bundle, when.expression, new Map()).map(
      (message) => ({ code: 'impossible_value', ruleIds: [ruleId], path, message }) as const,
    );
  });
}

/** Rules that are about other environments than the one the bundle governs. */
export function otherEnvironments(bundle: PolicyBundle): readonly Found[] {
  const { environment } = bundle;
  const isElsewhere = ({ enabled, target: { environments } }: PolicyRule): boolean =>
    enabled && environments !== undefined && !matchesAny(environments, environment);
  return bundle.rules.filter(isElsewhere).map(({ ruleId }) => ({
    code: 'other_environment',
    ruleIds: [ruleId],
    path: rulePath(bundle, ruleId, 'target', 'environments'),
    message: `The bundle governs "${environment}", and the rule is about other environments only.`,
  }));
}
