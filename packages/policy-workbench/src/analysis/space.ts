import type { Expression, Scalar } from '@spanforge/condition';
import { type DoubtShared, whereDoubtful } from './doubts.js';
import { entails } from './entails.js';
import { CALENDAR, CALENDAR_EDGE, CALENDAR_END, kindOf, splitPath } from './place.js';
import { type Atoms, createAtoms, numbersAround, textsAround } from './values.js';
import {
  type Assignment,
  type Choice,
  createVariable,
  isVariable,
  LIST,
  MISFIT,
  MISSING,
  OBJECT,
  type Test,
  type Variable,
} from './variable.js';

/** The parent of a place is present but not an object, so the place cannot be read. */
export const MISTYPED: unique symbol = Symbol('mistyped');

/** What reading a place finds. */
export type PlaceReading = Choice | typeof MISTYPED | Variable;

/** A value a list may hold, and whether it does. */
export interface Element {
  readonly value: Scalar | typeof OBJECT;
  readonly held: Variable;
}

/** A place in requests, with everything with which rules compare it. */
export interface AnalysisPlace {
  readonly path: string;
  readonly name: string;
  readonly parent: AnalysisPlace | undefined;
  readonly children: AnalysisPlace[];
  /** The places beside it, and itself. */
  readonly siblings: readonly AnalysisPlace[];
  readonly atoms: Atoms;
  /** Whether some tool declares a type for it. */
  readonly typed: boolean;
  /** Built from the atoms on first use; no atom may be added after that. */
  readonly variable: () => Variable;
  readonly elements: () => readonly Element[];
}

/** The parts of a bundle that decide what its places mean. */
export interface Surroundings {
  readonly zone: string;
  /** The definition of each fact; two facts with one name and different definitions are different places. */
  readonly facts: Readonly<Record<string, string>>;
  /** The declared types of what stands at a path, by tool; `undefined` where nothing is declared. */
  readonly typesAt: (path: string) => string | undefined;
  /** Equal for bundles that declare the same types. */
  readonly types: string;
}

/** For places that mean the same in every bundle. */
export const ANYWHERE: Surroundings = Object.freeze({
  zone: '',
  facts: Object.freeze({}),
  typesAt: () => undefined,
  types: '',
});

/** All requests to one control, as far as some rules can tell them apart. */
export interface Space {
  /** Finds or makes a place. Time has separate places for each zone, a fact for each definition. */
  place(path: string, surroundings: Surroundings): AnalysisPlace;
  /** Finds or makes the variable of a question that only a decider can answer, by its name. */
  question(
    name: string,
    answers: readonly Choice[],
    loose: boolean,
    about?: QuestionSubject,
  ): Variable;
  /** Tests that hold for every request: dependencies between answers to questions. */
  readonly ties: () => readonly Test[];
  /** The values of `request.time` that rules compare it with. */
  readonly instants: Set<Scalar>;
  readonly instant: () => Variable;
  readonly roots: () => readonly AnalysisPlace[];
}

/** The part of a condition that a question is about. */
export interface QuestionSubject extends Surroundings {
  readonly expression: Expression;
  /** The facts it reads. */
  readonly names: readonly string[] | 'all';
  readonly timed: boolean;
}

/** The parts that every request to a space shares. */
export interface AskedControl {
  readonly service: string;
  readonly control: string;
  /** An arbitrary time. */
  readonly time: number;
}

export function createSpace(given: AskedControl): Space {
  const places = new Map<string, AnalysisPlace>();
  const questions = new Map<string, Variable>();
  const instants = new Set<Scalar>();
  const first: AnalysisPlace[] = [];
  let calendar = false;
  const instant = once(() => {
    const ends = calendar ? [-CALENDAR_END, given.time, CALENDAR_END] : [];
    const around = [...numbersAround([...instants, ...ends])];
    const partial =
      calendar && [...instants].some((time) => Math.abs(Number(time)) > CALENDAR_EDGE);
    return createVariable(
      'request.time',
      around.sort((a, b) => Math.abs(a) - Math.abs(b)),
      { partial },
    );
  });
  const place = (path: string, surroundings: Surroundings): AnalysisPlace => {
    const { parent, name } = splitPath(path);
    const above = parent === undefined ? undefined : place(parent, surroundings);
    const timed = path === 'time' || (above !== undefined && isTime(above));
    const types = surroundings.typesAt(path);
    const plain = timed ? `${path}@${surroundings.zone}` : factKey(path, surroundings.facts);
    const key = types === undefined ? plain : `${plain}@${types}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    calendar ||= timed;
    const made: AnalysisPlace = {
      path: key,
      name,
      parent: above,
      children: [],
      siblings: above?.children ?? first,
      atoms: createAtoms(),
      typed: types !== undefined,
      variable: path === 'time.epoch' ? instant : once(() => variableOf(made, given)),
      elements: once(() => elementsOf(made)),
    };
    places.set(key, made);
    (above?.children ?? first).push(made);
    return made;
  };
  const asked = new Map<Variable, QuestionSubject>();
  const shared = new Set<Variable>();
  const question: Space['question'] = (name, answers, loose, about) => {
    const known = questions.get(name) ?? createVariable(name, answers, { loose });
    questions.set(name, known);
    if (about !== undefined) {
      const before = asked.get(known);
      if (before !== undefined && before.facts !== about.facts) shared.add(known);
      asked.set(known, before ?? about);
    }
    return known;
  };
  const roots = () => [...places.values()].filter(({ parent }) => parent === undefined);
  return {
    place,
    question,
    instants,
    instant,
    roots,
    ties: once(() => tiesBetween(asked, shared)),
  };
}

/** More pairs of questions than this are not compared. */
const MAX_PAIRS = 10_000;

/** Ties for pairs of questions of which one is never truer than the other. */
function tiesBetween(
  asked: ReadonlyMap<Variable, QuestionSubject>,
  shared: ReadonlySet<Variable>,
): readonly Test[] {
  // Two questions that both bundles share need no order between them.
  const own = [...asked].filter(([one]) => !shared.has(one));
  if (own.length * asked.size > MAX_PAIRS) return doubtsBetween([...asked]);
  const ordered = own.flatMap(([one, about]) =>
    [...asked].flatMap(([other, beside]) => {
      if (one === other || !meansTheSame(about, beside)) return [];
      const { expression } = about;
      const below = entails(expression, beside.expression) ? [notAbove(one, other)] : [];
      const above = entails(beside.expression, expression) ? [notAbove(other, one)] : [];
      return [...below, ...above];
    }),
  );
  return [...ordered, ...doubtsBetween([...asked])];
}

/** Ties for questions that are indeterminate for the same reason. */
function doubtsBetween(asked: readonly (readonly [Variable, QuestionSubject])[]): readonly Test[] {
  if (asked.length ** 2 > MAX_PAIRS) return [];
  return asked.flatMap(([one, about]) =>
    asked.flatMap(([other, beside]) => {
      if (one === other || !meansTheSame(about, beside)) return [];
      const shared = whereDoubtful(about.expression, beside.expression);
      return shared === undefined ? [] : [sharesDoubt(one, other, shared)];
    }),
  );
}

/** Whether the names that both questions use mean the same in both. */
function meansTheSame(one: QuestionSubject, other: QuestionSubject): boolean {
  if ((one.timed || other.timed) && one.zone !== other.zone) return false;
  if (one.types !== other.types) return false;
  const all = one.names === 'all' || other.names === 'all';
  const names = all
    ? [...Object.keys(one.facts), ...Object.keys(other.facts)]
    : [...one.names, ...other.names];
  return [...names].every((name) => one.facts[name] === other.facts[name]);
}

const RANK = new Map<Choice | undefined, number>([
  [false, 0],
  ['unknown', 1],
  [true, 2],
]);

function notAbove(one: Variable, other: Variable): Test {
  return (assignment) => {
    const low = assignment.choice(one);
    if (low === false) return true;
    const high = assignment.choice(other);
    if (high === true) return true;
    if (low === undefined) return one;
    return high === undefined ? other : (RANK.get(low) ?? 2) <= (RANK.get(high) ?? 0);
  };
}

const EXCLUDED: Readonly<Record<DoubtShared, readonly Choice[]>> = {
  unknown: [true, false],
  not_false: [false],
  not_true: [true],
};

function sharesDoubt(one: Variable, other: Variable, shared: DoubtShared): Test {
  return (assignment) => {
    const doubtful = assignment.choice(one);
    if (doubtful !== undefined && doubtful !== 'unknown') return true;
    const answer = assignment.choice(other);
    if (answer !== undefined && !EXCLUDED[shared].includes(answer)) return true;
    if (doubtful === undefined) return one;
    return answer === undefined ? other : false;
  };
}

/** A fact's path, with what it is computed from. */
function factKey(path: string, facts: Surroundings['facts']): string {
  const name = factName(path);
  const definition = name !== undefined && Object.hasOwn(facts, name) ? facts[name] : undefined;
  return definition === undefined ? path : `${path}@${definition}`;
}

/** The fact a path reads. */
export function factName(path: string): string | undefined {
  return /^facts\.([A-Za-z_][A-Za-z0-9_]*)/.exec(path)?.[1];
}

/**
 * True when two bundles define the fact, or declare the types, differently: no single request may
 * satisfy both.
 */
function isContested({ name, parent, siblings }: AnalysisPlace): boolean {
  if (siblings.filter((one) => one.name === name).length > 1) return true;
  return parent !== undefined && isContested(parent);
}

function variableOf(place: AnalysisPlace, given: AskedControl): Variable {
  const variable = variableAt(place, given);
  return isContested(place) ? { ...variable, loose: true } : variable;
}

function variableAt(
  { path, name, parent, atoms, children, typed }: AnalysisPlace,
  given: AskedControl,
): Variable {
  if (path === 'request.service') return createVariable(path, [given.service]);
  if (path === 'request.control') return createVariable(path, [given.control]);
  const range = isTime(parent) ? CALENDAR.get(name) : undefined;
  if (range !== undefined) {
    const [low, high] = range;
    const inside = (value: number) => Number.isInteger(value) && low <= value && value <= high;
    const shown = numbersAround([...atoms.constants, ...range]).filter(inside);
    return createVariable(path, shown, { loose: true });
  }
  const { type, optional } = kindOf(path);
  const missing: readonly Choice[] = optional ? [MISSING] : [];
  if (type === 'text') {
    const { values, partial } = textsAround(atoms);
    return createVariable(path, [...values, ...missing], { partial });
  }
  if (type === 'texts') return createVariable(path, [LIST, ...missing]);
  if (type === 'object') return createVariable(path, [OBJECT, ...missing]);
  if (type === 'number') {
    return createVariable(path, [...numbersAround(atoms.constants), ...missing]);
  }
  return anyVariable(path, atoms, children.length > 0, typed);
}

/** A variable over any JSON: first the values rules compare with, then unlikely ones. */
function anyVariable(path: string, atoms: Atoms, hasChildren: boolean, typed: boolean): Variable {
  const types = new Set([...atoms.constants].map((value) => typeof value));
  const tested = atoms.prefixes.size + atoms.suffixes.size + atoms.parts.size > 0;
  const texts = tested || types.has('string') ? textsAround(atoms) : undefined;
  const scalars: readonly Choice[] = [
    ...(types.has('number') ? numbersAround(atoms.constants) : []),
    ...(texts?.values ?? []),
    ...(types.has('boolean') ? [true, false] : []),
  ];
  const usual: readonly Choice[] = atoms.members.size > 0 ? [...scalars, LIST] : scalars;
  const unusual: readonly Choice[] = scalars.length === 0 ? ['x', null] : [null];
  const choices: readonly Choice[] = hasChildren
    ? [OBJECT, ...usual, MISSING, ...unusual]
    : [...usual, MISSING, ...unusual, OBJECT];
  const all: readonly Choice[] = typed ? [...choices, MISFIT] : choices;
  return createVariable(path, all, { partial: texts?.partial ?? false });
}

/** The elements a list at a place may have; an element of another type makes a comparison indeterminate. */
function elementsOf({ path, atoms }: AnalysisPlace): readonly Element[] {
  const { members } = atoms;
  const values: (Scalar | typeof OBJECT)[] = [];
  if (kindOf(path).type === 'texts') values.push(...textsAround(atoms, members).values);
  else {
    const types = new Set([...members].map((value) => typeof value));
    values.push(...members, OBJECT);
    if (types.has('number')) values.push(numbersAround(members).at(-1) ?? null);
    if (types.has('string')) values.push(textsAround(createAtoms(), members).values.at(-1) ?? null);
    if (types.has('boolean')) values.push(true, false);
  }
  return [...new Set(values)].map((value) => ({
    value,
    held: createVariable(`${path} holds ${String(value)}`, [false, true]),
  }));
}

/** Reads a place as a condition does: its parent decides whether it can be present. */
export function read(place: AnalysisPlace, space: Space, assignment: Assignment): PlaceReading {
  const { parent } = place;
  if (isTime(place)) return readTime(space, assignment);
  if (place.path === 'request') return OBJECT;
  const above = parent === undefined ? OBJECT : read(parent, space, assignment);
  if (isVariable(above) || above === MISSING) return above;
  if (above !== OBJECT && above !== MISFIT) return MISTYPED;
  const variable = place.variable();
  const choice = assignment.choice(variable);
  return choice === undefined ? variable : choice;
}

function readTime(space: Space, assignment: Assignment): PlaceReading {
  const instant = space.instant();
  const chosen = assignment.choice(instant);
  if (chosen === undefined) return instant;
  return Math.abs(Number(chosen)) <= CALENDAR_END ? OBJECT : MISSING;
}

function isTime(place: AnalysisPlace | undefined): boolean {
  return place !== undefined && place.parent === undefined && place.name === 'time';
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
