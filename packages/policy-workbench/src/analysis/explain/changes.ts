import type { Fragment, Scalar } from '@spanforge/condition';
import type { PolicyRequest } from '@spanforge/core-events';
import type { PolicyRule } from '@spanforge/policy';
import { type Atoms, createAtoms, numbersAround, textsAround } from '../values.js';
import { pathsOf } from './format.js';

/** Another value for one place of a request. */
export interface RequestChange {
  readonly path: string;
  readonly names: readonly string[];
  /** `undefined` removes the value. */
  readonly value: unknown;
  /** Distance from the present value; 0 to 1 for numbers, relative to their size. */
  readonly distance: number;
  /** Said after "if": `args.currency is "EUR"`. */
  readonly text: string;
}

/** A place rules compare with constants. */
export interface Subject {
  readonly path: string;
  readonly names: readonly string[];
  readonly atoms: Atoms;
  /** Some rule asks whether it is there. */
  readonly asked: boolean;
}

/** The places that can be changed, and the paths that cannot be analysed exactly. */
export function subjectsOf(rules: readonly PolicyRule[]): {
  readonly subjects: readonly Subject[];
  readonly unknown: readonly string[];
} {
  const subjects = new Map<string, { -readonly [K in keyof Subject]: Subject[K] }>();
  const unknown = new Set<string>();
  const at = (path: string, names: readonly string[]) => {
    const subject = subjects.get(path) ?? { path, names, atoms: createAtoms(), asked: false };
    subjects.set(path, subject);
    return subject;
  };
  for (const { when, threshold } of rules) {
    if (threshold !== undefined) at('observed', ['observed']).atoms.constants.add(threshold);
    if (when === undefined) continue;
    const names = pathsOf(when.expression);
    if (when.fragment === undefined) for (const path of names.keys()) unknown.add(path);
    else {
      eachTest(when.fragment, (test) => {
        const subject = at(test.path, names.get(test.path) ?? test.path.split('.'));
        if (test.op === 'has') subject.asked = true;
        else mention(subject.atoms, test);
      });
    }
  }
  const changeable = [...subjects.values()].filter(
    ({ path, names }) => !unknown.has(path) && names[0] !== 'time' && names[0] !== 'request',
  );
  return { subjects: changeable, unknown: [...unknown].sort() };
}

type PathTest = Extract<Fragment, { readonly path: string }>;

function eachTest(fragment: Fragment, visit: (test: PathTest) => void): void {
  if ('terms' in fragment) for (const term of fragment.terms) eachTest(term, visit);
  else if ('term' in fragment) eachTest(fragment.term, visit);
  else if ('path' in fragment) visit(fragment);
}

function mention(atoms: Atoms, test: Exclude<PathTest, { op: 'has' }>): void {
  if (test.op === 'holds') atoms.constants.add(true);
  else if (test.op === 'in') for (const value of test.values) atoms.constants.add(value);
  else if (test.op === 'member') atoms.members.add(test.value);
  else if (test.op === 'startsWith') atoms.prefixes.add(test.value);
  else if (test.op === 'endsWith') atoms.suffixes.add(test.value);
  else if (test.op === 'contains') atoms.parts.add(test.value);
  else atoms.constants.add(test.value);
}

/** Reads the value at a path of a request. */
export function valueAt(request: PolicyRequest, names: readonly string[]): unknown {
  let value: unknown = request;
  for (const name of names) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** The request with another value at one path; `undefined` when the path cannot have a value. */
export function changed(
  request: PolicyRequest,
  { names, value }: RequestChange,
): PolicyRequest | undefined {
  const set = (holder: unknown, left: readonly string[]): unknown => {
    const [name, ...rest] = left;
    if (name === undefined) return value;
    if (holder !== undefined && (typeof holder !== 'object' || holder === null)) return UNFIT;
    if (Array.isArray(holder)) return UNFIT;
    const fields = (holder ?? {}) as Readonly<Record<string, unknown>>;
    const inner = set(Object.hasOwn(fields, name) ? fields[name] : undefined, rest);
    if (inner === UNFIT) return UNFIT;
    const others = Object.entries(fields).filter(([key]) => key !== name);
    return Object.fromEntries(inner === undefined ? others : [...others, [name, inner]]);
  };
  const result = set(request, names);
  return result === UNFIT ? undefined : (result as PolicyRequest);
}

const UNFIT: unique symbol = Symbol('unfit');

/** Every other value that rules can distinguish from the present one, except numbers. */
export function changesOf(
  { path, names, atoms, asked }: Subject,
  current: unknown,
): readonly RequestChange[] {
  const change = (value: unknown, said: string): RequestChange => ({
    path,
    names,
    value,
    distance: 1,
    text: `${path} ${said}`,
  });
  if (Array.isArray(current)) {
    return [...atoms.members].map((member) =>
      current.includes(member)
        ? change(
            current.filter((item) => item !== member),
            `does not hold ${JSON.stringify(member)}`,
          )
        : change([...current, member], `holds ${JSON.stringify(member)}`),
    );
  }
  const told = new Set(atoms.constants);
  // A comparison with either truth value distinguishes both.
  if (told.has(true) || told.has(false)) told.add(true).add(false);
  const constants = [...told].filter((value) => value !== current);
  const fits = (type: string) =>
    current === undefined || current === null || typeof current === type;
  const other = unmentioned(atoms);
  return [
    ...constants
      .filter((value) => value !== null && typeof value !== 'number' && fits(typeof value))
      .map((value) => change(value, `is ${JSON.stringify(value)}`)),
    ...(other !== undefined && fits('string')
      ? other.map(({ value, said }) => change(value, said))
      : []),
    ...(asked && current !== undefined ? [change(undefined, 'is left out')] : []),
  ];
}

/** Texts that are none of the constants. */
function unmentioned(atoms: Atoms): readonly { value: string; said: string }[] | undefined {
  const texts = [...atoms.constants].filter((value) => typeof value === 'string');
  const tested = atoms.prefixes.size + atoms.suffixes.size + atoms.parts.size > 0;
  if (texts.length === 0 && !tested) return undefined;
  const values = textsAround(atoms).values.filter((value) => !texts.includes(value));
  const listed = texts.map((text) => JSON.stringify(text)).join(', ');
  return values.map((value) => ({
    value,
    said: tested
      ? `is, say, ${JSON.stringify(value)}`
      : texts.length === 1
        ? `is not ${listed}`
        : `is none of ${listed}`,
  }));
}

/** A range of numbers with the same verdict. */
interface Stretch<T> {
  readonly from: number;
  readonly to: number;
  readonly said: T;
}

/**
 * The ranges of numbers at a place that have the same verdict: nothing changes between constants, so
 * one number stands for each range. The nearest number of each is the change.
 */
export function numberChanges<T>(
  { path, names, atoms }: Subject,
  current: unknown,
  decide: (value: number) => T,
): readonly (RequestChange & { readonly said: T })[] {
  const constants = [...atoms.constants].filter(
    (value): value is number => typeof value === 'number',
  );
  if (constants.length === 0 || (current !== undefined && typeof current !== 'number')) return [];
  const points = numbersAround(constants);
  const stretches: Stretch<T>[] = [];
  for (const [index, point] of points.entries()) {
    const said = decide(point);
    const last = stretches.at(-1);
    if (last !== undefined && last.said === said) stretches.splice(-1, 1, { ...last, to: index });
    else stretches.push({ from: index, to: index, said });
  }
  return stretches.map(({ from, to, said }) => {
    const inside = points.slice(from, to + 1);
    const near = typeof current === 'number' ? nearest(inside, current) : (inside[0] ?? 0);
    return {
      path,
      names,
      value: near,
      distance: typeof current === 'number' ? relative(near, current) : 1,
      text: stretchText(path, points, { from, to }, constants),
      said,
    };
  });
}

function nearest(values: readonly number[], current: number): number {
  return values.reduce((best, value) =>
    Math.abs(value - current) < Math.abs(best - current) ? value : best,
  );
}

function relative(value: number, current: number): number {
  return Math.abs(value - current) / (Math.abs(value - current) + Math.abs(current) + 1);
}

/** Text such as `args.amount <= 1000`; the constants at the ends are inside or outside the range. */
function stretchText(
  path: string,
  points: readonly number[],
  { from, to }: { readonly from: number; readonly to: number },
  constants: readonly Scalar[],
): string {
  const isConstant = (index: number): boolean => constants.includes(points[index] ?? null);
  if (from === to && isConstant(from)) return `${path} == ${points[from]}`;
  const low =
    from === 0
      ? ''
      : isConstant(from)
        ? `${path} >= ${points[from]}`
        : `${path} > ${points[from - 1]}`;
  const last = points.length - 1;
  const high =
    to === last ? '' : isConstant(to) ? `${path} <= ${points[to]}` : `${path} < ${points[to + 1]}`;
  if (low === '' && high === '') return `${path} is any number`;
  return [low, high].filter((part) => part !== '').join(' and ');
}
