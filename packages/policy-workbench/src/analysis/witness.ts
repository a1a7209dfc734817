import type { PolicyRequest } from '@spanforge/core-events';
import { openZone } from '@spanforge/policy/internal';
import { CALENDAR } from './place.js';
import type { Solution } from './search.js';
import type { AnalysisPlace, AskedControl, Space } from './space.js';
import { LIST, MISFIT, MISSING, OBJECT } from './variable.js';

const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;
/** Twelve years to either side: every day of a year, mostly on every weekday. */
const DAYS = 2 * 12 * 366;

/** Candidate requests for a solution, likeliest first. */
export function* witnesses(
  solution: Solution,
  space: Space,
  given: AskedControl,
): Generator<PolicyRequest> {
  const { request = {}, time: _time, ...rest } = objectOf(space.roots(), solution);
  const { service, control } = given;
  const fixed = { ...(request as object), service, control, ...rest };
  for (const time of times(solution, space, given.time)) yield { ...fixed, time } as PolicyRequest;
}

function objectOf(places: readonly AnalysisPlace[], solution: Solution): Record<string, unknown> {
  const entries = places.flatMap((place) => {
    const value = chosenAt(place, solution);
    return value === undefined ? [] : [[place.name, value] as const];
  });
  return Object.fromEntries(entries);
}

function chosenAt(place: AnalysisPlace, solution: Solution): unknown {
  const { path, name, parent, children } = place;
  if (name === 'time' && parent === undefined) return undefined;
  const fixed = path === 'request' ? OBJECT : undefined;
  const choice = fixed ?? solution.get(place.variable());
  if (choice === undefined || choice === MISSING) return undefined;
  if (choice === LIST) return listOf(place, solution);
  if (choice === MISFIT && children.length === 0) return [{}];
  if (choice !== OBJECT && choice !== MISFIT) return choice;
  const object = objectOf(children, solution);
  const named = path === 'actor' || path === 'agent';
  return named ? { id: 'x', ...object } : object;
}

function listOf(place: AnalysisPlace, solution: Solution): readonly unknown[] {
  const held = place.elements().filter((element) => solution.get(element.held) === true);
  return held.map(({ value }) => (value === OBJECT ? {} : value));
}

/**
 * The chosen instant; then, if calendar fields were chosen, later instants at which a zone shows
 * them. Fields are chosen independently, so there may be none.
 */
function* times(solution: Solution, space: Space, usual: number): Generator<number> {
  const chosen = solution.get(space.instant());
  const start = chosen === undefined ? usual : Number(chosen);
  yield start;
  const fields = calendarFields(space, solution);
  for (const { zone, wanted } of fields) yield* instantsShowing(wanted, zone, start);
}

interface Calendar {
  readonly zone: string;
  readonly wanted: ReadonlyMap<string, unknown>;
}

function calendarFields(space: Space, solution: Solution): readonly Calendar[] {
  const times = space.roots().filter(({ name }) => name === 'time');
  return times.flatMap(({ path, children }) => {
    const chosen = children
      .filter(({ name }) => CALENDAR.has(name))
      .map((place) => [place.name, solution.get(place.variable())] as const)
      .filter(([, value]) => value !== undefined);
    const zone = path.slice(path.indexOf('@') + 1);
    return chosen.length === 0 ? [] : [{ zone, wanted: new Map(chosen) }];
  });
}

/** Tries the days around the start, at every quarter of an hour: zone offsets are multiples of 15 minutes. */
function* instantsShowing(
  wanted: Calendar['wanted'],
  zone: string,
  start: number,
): Generator<number> {
  const resolve = openZone(zone);
  const shows = (instant: number, names: readonly string[]): boolean => {
    const asked = names.filter((name) => wanted.has(name));
    if (asked.length === 0) return true;
    const time = resolve?.(instant) as Readonly<Record<string, number>> | undefined;
    return asked.every((name) => wanted.get(name) === time?.[name]);
  };
  const year = wanted.get('year');
  const near = typeof year === 'number' ? Date.UTC(year, 6) : start;
  const from = Math.floor(near / QUARTER_MS) * QUARTER_MS;
  const past = (Number(wanted.get('minute') ?? 0) * 60 + Number(wanted.get('second') ?? 0)) * 1000;
  const days = DATE.some((name) => wanted.has(name)) ? DAYS : 16;
  for (let step = 0; step < days; step += 1) {
    const day = from + (step % 2 === 0 ? step / 2 : -(step + 1) / 2) * DAY_MS;
    if (!PROBES.some((ahead) => shows(day + ahead, [...DATE, 'weekday']))) continue;
    for (let quarter = 0; quarter < 96; quarter += 1) {
      const instant = day + quarter * QUARTER_MS + past;
      if (shows(instant, [...wanted.keys()])) yield instant;
    }
  }
}

const DATE = ['year', 'month', 'day'];
const PROBES = [0, DAY_MS / 2, DAY_MS - 1];
