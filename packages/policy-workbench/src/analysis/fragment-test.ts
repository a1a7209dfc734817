import type { Fragment, Scalar } from '@spanforge/condition';
import { splitPath } from './place.js';
import {
  type AnalysisPlace,
  type Element,
  MISTYPED,
  read,
  type Space,
  type Surroundings,
} from './space.js';
import {
  both,
  type Choice,
  either,
  isVariable,
  LIST,
  MISFIT,
  MISSING,
  negated,
  OBJECT,
  type Test,
  type Truth,
} from './variable.js';

/** Where a fragment stands. */
export interface FragmentContext extends Surroundings {
  readonly space: Space;
}

/** Turns a fragment into a test with the condition's truth value, and adds its constants to the space. */
export function fragmentTest(fragment: Fragment, context: FragmentContext): Test {
  switch (fragment.op) {
    case 'constant':
      return () => fragment.value;
    case 'not':
      return negated(fragmentTest(fragment.term, context));
    case 'and':
      return both(fragment.terms.map((term) => fragmentTest(term, context)));
    case 'or':
      return either(fragment.terms.map((term) => fragmentTest(term, context)));
    case 'holds':
      return holding(fragment.path, context);
    case 'has':
      return presence(fragment.path, context);
    case 'member':
      return membership(fragment.path, fragment.value, context);
    default:
      return comparison(fragment, context);
  }
}

type Comparison = Exclude<
  Fragment,
  { readonly op: 'constant' | 'not' | 'and' | 'or' | 'holds' | 'has' | 'member' }
>;

function comparison(fragment: Comparison, context: FragmentContext): Test {
  const place = context.space.place(fragment.path, context);
  mention(place, fragment, context.space);
  return onValue(place, context.space, (value) => compare(fragment, value));
}

/** A bare value is true, false, or otherwise indeterminate. */
function holding(path: string, { space, ...context }: FragmentContext): Test {
  const place = space.place(path, context);
  place.atoms.constants.add(true);
  return onValue(place, space, (value) => (typeof value === 'boolean' ? value : 'unknown'));
}

/** A test on a value that has to be present. */
function onValue(place: AnalysisPlace, space: Space, test: (value: Choice) => Truth): Test {
  return (assignment) => {
    const value = read(place, space, assignment);
    if (isVariable(value)) return value;
    const isUnknown = value === MISSING || value === MISTYPED || value === MISFIT;
    return isUnknown ? 'unknown' : test(value);
  };
}

function mention({ name, parent, atoms }: AnalysisPlace, fragment: Comparison, space: Space): void {
  const values = fragment.op === 'in' ? fragment.values : [fragment.value];
  switch (fragment.op) {
    case 'startsWith':
      atoms.prefixes.add(fragment.value);
      break;
    case 'endsWith':
      atoms.suffixes.add(fragment.value);
      break;
    case 'contains':
      atoms.parts.add(fragment.value);
      break;
    default:
      for (const value of values) atoms.constants.add(value);
  }
  if (name !== 'epoch' || parent?.name !== 'time') return;
  for (const value of values) space.instants.add(value);
}

/** Compares a present value with constants. */
function compare(fragment: Comparison, value: Choice): Truth {
  switch (fragment.op) {
    case '==':
      return equal(value, fragment.value);
    case '!=': {
      const same = equal(value, fragment.value);
      return same === 'unknown' ? same : !same;
    }
    case 'in': {
      const found = fragment.values.map((one) => equal(value, one));
      return found.includes(true) || (found.includes('unknown') ? 'unknown' : false);
    }
    case 'startsWith':
      return typeof value === 'string' ? value.startsWith(fragment.value) : 'unknown';
    case 'endsWith':
      return typeof value === 'string' ? value.endsWith(fragment.value) : 'unknown';
    case 'contains':
      return typeof value === 'string' ? value.includes(fragment.value) : 'unknown';
    default:
      return typeof value === 'number' ? ordered(fragment.op, value, fragment.value) : 'unknown';
  }
}

/** Null equals only null; other values of two types, lists and objects are not comparable. */
function equal(value: Choice, constant: Scalar): boolean | 'unknown' {
  if (value === null || constant === null) return value === constant;
  return typeof value === typeof constant ? value === constant : 'unknown';
}

function ordered(operator: '<' | '<=' | '>' | '>=', value: number, constant: Scalar): Truth {
  if (typeof constant !== 'number') return 'unknown';
  if (operator === '<') return value < constant;
  if (operator === '<=') return value <= constant;
  return operator === '>' ? value > constant : value >= constant;
}

/** `has`: false when the holder is absent or null, indeterminate when the holder has no fields. */
function presence(path: string, { space, ...context }: FragmentContext): Test {
  const place = space.place(path, context);
  const holder = space.place(splitPath(path).parent ?? path, context);
  return (assignment) => {
    const found = read(holder, space, assignment);
    if (isVariable(found)) return found;
    if (found === MISSING || found === null) return false;
    if (found !== OBJECT && found !== MISFIT) return 'unknown';
    const value = read(place, space, assignment);
    return isVariable(value) ? value : value !== MISSING;
  };
}

function membership(path: string, wanted: Scalar, { space, ...context }: FragmentContext): Test {
  const place = space.place(path, context);
  place.atoms.members.add(wanted);
  return onList(place, space, ({ value }) => equal(value, wanted));
}

/** Whether any element of the list at a place matches; indeterminate when an element cannot be compared. */
export function onList(
  place: AnalysisPlace,
  space: Space,
  fits: (element: Element) => boolean | 'unknown',
): Test {
  return (assignment) => {
    const list = read(place, space, assignment);
    if (isVariable(list)) return list;
    if (list !== LIST) return 'unknown';
    const held = place.elements().filter((element) => fits(element) !== false);
    return either(
      held.map((element) => (): Truth => {
        const holds = assignment.choice(element.held);
        if (holds === undefined) return element.held;
        return holds === true ? fits(element) : false;
      }),
    )(assignment);
  };
}
