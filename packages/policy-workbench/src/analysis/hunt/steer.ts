import type { CompareOperator, Expression } from '@spanforge/condition';
import {
  bind,
  elementSlot,
  isObject,
  listAt,
  type SearchScene,
  type WritablePlace,
} from './draft.js';
import { elementsOf, guess, readSlot } from './guess.js';

type NodeOf<K extends Expression['kind']> = Extract<Expression, { readonly kind: K }>;

/** Changes a draft so that a part of a condition is likelier to be true, false, or (`undefined`) indeterminate. */
export function steer(node: Expression, wanted: boolean | undefined, scene: SearchScene): void {
  if (guess(node, scene) === wanted) return;
  if (wanted === undefined) unsettle(node, scene);
  else settle(node, wanted, scene);
}

function settle(node: Expression, wanted: boolean, scene: SearchScene): void {
  switch (node.kind) {
    case 'not':
      steer(node.operand, !wanted, scene);
      break;
    case 'and':
    case 'or':
      steerJoin(node, wanted, scene);
      break;
    case 'all':
    case 'exists':
      steerQuantifier(node, wanted, scene);
      break;
    case 'conditional':
      steer(branchOf(node, scene), wanted, scene);
      break;
    case 'has':
      readSlot(node.operand, scene)?.set(wanted ? scene.random.pick(['x', {}]) : undefined);
      break;
    case 'compare':
      steerComparison(node, wanted, scene);
      break;
    case 'in':
      steerMembership(node, wanted, scene);
      break;
    case 'string':
      steerText(node, wanted, scene);
      break;
    default:
      readSlot(node, scene)?.set(wanted);
  }
}

/** Picks a branch of a conditional, and changes the draft so that it is taken. */
function branchOf(node: NodeOf<'conditional'>, scene: SearchScene): Expression {
  const side = guess(node.test, scene);
  const { random } = scene;
  const first = typeof side === 'boolean' && random.chance(0.5) ? side : random.chance(0.5);
  steer(node.test, first, scene);
  return first ? node.whenTrue : node.whenFalse;
}

/** Makes one part indeterminate, and the others such that they do not decide. */
function unsettle(node: Expression, scene: SearchScene): void {
  const { random } = scene;
  switch (node.kind) {
    case 'not':
      steer(node.operand, undefined, scene);
      break;
    case 'conditional':
      steer(branchOf(node, scene), undefined, scene);
      break;
    case 'and':
    case 'or': {
      const [doubtful, decided] = random.chance(0.5)
        ? [node.left, node.right]
        : [node.right, node.left];
      steer(decided, node.kind === 'and', scene);
      steer(doubtful, undefined, scene);
      break;
    }
    case 'all':
    case 'exists':
      if (random.chance(0.7)) unsettleElement(node, scene);
      else removeOne(node, scene);
      break;
    default:
      removeOne(node, scene);
  }
}

function unsettleElement(node: NodeOf<'all' | 'exists'>, scene: SearchScene): void {
  const { random } = scene;
  const slots = elementsOf(node.list, scene);
  for (const slot of slots) steer(node.body, node.kind === 'all', bind(scene, node.slot, slot));
  const list = readSlot(node.list, scene);
  const fresh = list !== undefined && (slots.length === 0 || random.chance(0.5));
  const slot = fresh ? elementSlot(list, slots.length) : random.pick(slots);
  if (fresh) slot?.set({});
  if (slot !== undefined) steer(node.body, undefined, bind(scene, node.slot, slot));
}

/** Removes one value that a part reads, or replaces it by one that cannot be compared. */
function removeOne(node: Expression, scene: SearchScene): void {
  const { random } = scene;
  const place = random.pick(placesIn(node, scene));
  place?.set(random.chance(0.7) ? undefined : random.pick([null, {}, 'x', 1]));
}

/** The places that a part reads, outside of what its quantifiers go through. */
function placesIn(node: Expression, scene: SearchScene): readonly WritablePlace[] {
  const slot = readSlot(node, scene);
  if (slot !== undefined) return [slot];
  switch (node.kind) {
    case 'size':
    case 'instant':
    case 'lowerAscii':
    case 'negate':
    case 'has':
    case 'not':
      return placesIn(node.operand, scene);
    case 'all':
    case 'exists':
    case 'filter':
      return placesIn(node.list, scene);
    case 'string':
      return [...placesIn(node.target, scene), ...placesIn(node.argument, scene)];
    case 'conditional':
      return [node.test, node.whenTrue, node.whenFalse].flatMap((one) => placesIn(one, scene));
    case 'compare':
    case 'arithmetic':
    case 'in':
    case 'and':
    case 'or':
      return [...placesIn(node.left, scene), ...placesIn(node.right, scene)];
    default:
      return [];
  }
}

function steerJoin(node: NodeOf<'and' | 'or'>, wanted: boolean, scene: SearchScene): void {
  const sides = [node.left, node.right];
  if (wanted === (node.kind === 'or')) {
    // One side is enough.
    const side = scene.random.pick(sides);
    if (side !== undefined) steer(side, wanted, scene);
    return;
  }
  for (const side of sides) steer(side, wanted, scene);
}

function steerQuantifier(
  node: NodeOf<'all' | 'exists'>,
  wanted: boolean,
  scene: SearchScene,
): void {
  const { random } = scene;
  const deciding = node.kind === 'exists';
  const list = readSlot(node.list, scene);
  if (wanted === deciding) {
    const count = list === undefined ? elementsOf(node.list, scene).length : listAt(list).length;
    const fresh = list !== undefined && (count === 0 || random.chance(0.3));
    const index = fresh ? count : random.below(count);
    const slot =
      list === undefined ? elementsOf(node.list, scene)[index] : elementSlot(list, index);
    if (fresh) slot?.set({});
    if (slot !== undefined) steer(node.body, deciding, bind(scene, node.slot, slot));
    return;
  }
  if (list !== undefined && (!Array.isArray(list.get()) || random.chance(0.3))) {
    list.set([]);
    return;
  }
  for (const slot of elementsOf(node.list, scene)) {
    steer(node.body, !deciding, bind(scene, node.slot, slot));
  }
}

const NEGATED: Readonly<Record<CompareOperator, CompareOperator>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};

const MIRRORED: Readonly<Record<CompareOperator, CompareOperator>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function steerComparison(node: NodeOf<'compare'>, wanted: boolean, scene: SearchScene): void {
  const operator = wanted ? node.operator : NEGATED[node.operator];
  const { left, right } = node;
  const ways = [
    () => put(left, fitting(operator, guess(right, scene), left, scene), scene),
    () => put(right, fitting(MIRRORED[operator], guess(left, scene), right, scene), scene),
  ];
  const [first, second] = scene.random.chance(0.7) ? ways : ways.reverse();
  if (first?.() !== true) second?.();
}

/** A value for which `value operator other` holds; near `other`, because rules differ there. */
function fitting(
  operator: CompareOperator,
  other: unknown,
  node: Expression,
  { random }: SearchScene,
): unknown {
  if (operator === '==') return other ?? fresh(node, random);
  if (operator === '!=') {
    if (typeof other === 'number') return other + (random.pick([-1, 1, 2]) ?? 1);
    return typeof other === 'boolean' ? !other : fresh(node, random);
  }
  const near = typeof other === 'number' ? other : random.below(4);
  const step = random.pick([0, 1, 1, 86_400_000, 1000]) ?? 1;
  if (operator === '<=') return near - step;
  if (operator === '>=') return near + step;
  return operator === '<' ? near - Math.max(1, step) : near + Math.max(1, step);
}

const NUMBERS: ReadonlySet<string> = new Set(['size', 'instant', 'arithmetic', 'negate']);

function fresh(node: Expression, random: SearchScene['random']): unknown {
  return NUMBERS.has(node.kind) ? random.below(5) : `x${random.below(6)}`;
}

/** Changes a draft so that a part of a condition evaluates to a value; returns whether it succeeded. */
function put(node: Expression, value: unknown, scene: SearchScene): boolean {
  if (value === undefined) return false;
  switch (node.kind) {
    case 'path':
    case 'variable':
    case 'field':
    case 'index': {
      const slot = readSlot(node, scene);
      if (slot === undefined) return putCalendar(node, value, scene);
      slot.set(value);
      return true;
    }
    case 'instant':
      if (typeof value !== 'number' || Number.isNaN(new Date(value).getTime())) return false;
      return put(node.operand, new Date(value).toISOString(), scene);
    case 'lowerAscii':
      return put(node.operand, value, scene);
    case 'negate':
      return put(node.operand, -Number(value), scene);
    case 'size':
      return putSize(node.operand, Number(value), scene);
    case 'arithmetic':
      return putArithmetic(node, Number(value), scene);
    case 'conditional':
      return put(branchOf(node, scene), value, scene);
    case 'literal':
      return node.value === value;
    default:
      if (typeof value !== 'boolean') return false;
      steer(node, value, scene);
      return true;
  }
}

function putArithmetic(node: NodeOf<'arithmetic'>, value: number, scene: SearchScene): boolean {
  const { left, right, operator } = node;
  const numberOf = (one: Expression): number => {
    const found = guess(one, scene);
    if (typeof found === 'number') return found;
    const chosen = scene.random.below(4);
    put(one, chosen, scene);
    return chosen;
  };
  const inLeft = (): boolean => {
    const other = numberOf(right);
    if (operator === '+') return put(left, value - other, scene);
    if (operator === '-') return put(left, value + other, scene);
    if (operator === '*') return other !== 0 && put(left, value / other, scene);
    return put(left, value * other, scene);
  };
  const inRight = (): boolean => {
    const other = numberOf(left);
    if (operator === '+') return put(right, value - other, scene);
    if (operator === '-') return put(right, other - value, scene);
    if (operator === '*') return other !== 0 && put(right, value / other, scene);
    return value !== 0 && put(right, other / value, scene);
  };
  return scene.random.chance(0.6) ? inLeft() || inRight() : inRight() || inLeft();
}

const MAX_ELEMENTS = 12;

function putSize(node: Expression, size: number, scene: SearchScene): boolean {
  if (!Number.isInteger(size) || size < 0 || size > MAX_ELEMENTS) return false;
  if (node.kind === 'filter') {
    for (const [index, slot] of elementsOf(node.list, scene).entries()) {
      steer(node.body, index < size, bind(scene, node.slot, slot));
    }
    const list = readSlot(node.list, scene);
    if (list === undefined) return false;
    for (let at = listAt(list).length; at < size; at += 1) {
      const slot = elementSlot(list, at);
      slot.set({});
      steer(node.body, true, bind(scene, node.slot, slot));
    }
    return true;
  }
  const slot = readSlot(node, scene);
  if (slot === undefined) return false;
  const kept = listAt(slot).slice(0, size);
  const last = kept.at(-1);
  const more = Array.from({ length: size - kept.length }, () => structuredClone(last ?? {}));
  slot.set([...kept, ...more]);
  return true;
}

const UNITS: Readonly<Record<string, number>> = {
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  weekday: 86_400_000,
  day: 86_400_000,
  month: 2_629_800_000,
  year: 31_557_600_000,
};

/** Calendar fields cannot be written: moves the time by as many units as the field differs. */
function putCalendar(node: Expression, value: unknown, { draft, random }: SearchScene): boolean {
  if (node.kind !== 'path' || node.names[0] !== 'time') return false;
  const unit = UNITS[node.names[1] ?? ''];
  if (unit === undefined || typeof value !== 'number') return false;
  draft.time += unit * (random.below(25) - 12);
  return true;
}

function steerMembership(node: NodeOf<'in'>, wanted: boolean, scene: SearchScene): void {
  const { random } = scene;
  const list = guess(node.right, scene);
  if (node.right.kind === 'list') {
    const value = wanted ? random.pick(list as readonly unknown[]) : fresh(node.left, random);
    put(node.left, value, scene);
    return;
  }
  const known = guess(node.left, scene);
  const item = known ?? fresh(node.left, random);
  if (known === undefined) put(node.left, item, scene);
  const slot = readSlot(node.right, scene);
  // Nothing is there yet: the name may be a key as well as an element.
  if (isObject(list) || (!Array.isArray(list) && typeof item === 'string' && random.chance(0.5))) {
    const { [String(item)]: _dropped, ...others } = (list ?? {}) as Record<string, unknown>;
    slot?.set(wanted ? { ...others, [String(item)]: {} } : others);
    return;
  }
  const others = Array.isArray(list) ? list.filter((one) => one !== item) : [];
  slot?.set(wanted ? [...others, item] : others);
}

function steerText(node: NodeOf<'string'>, wanted: boolean, scene: SearchScene): void {
  const part = guess(node.argument, scene);
  if (typeof part !== 'string') {
    put(node.argument, fresh(node.argument, scene.random), scene);
    return;
  }
  if (!wanted) put(node.target, part === '' ? undefined : `~${scene.random.below(6)}`, scene);
  else
    put(
      node.target,
      scene.random.pick([part, node.name === 'endsWith' ? `x${part}` : `${part}x`]),
      scene,
    );
}
