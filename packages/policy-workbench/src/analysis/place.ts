/** The type of a place in a request; everything below `args`, `facts` and `context` is any JSON. */
export interface Kind {
  readonly type: 'text' | 'texts' | 'number' | 'object' | 'any';
  readonly optional: boolean;
}

const required = (type: Kind['type']): Kind => ({ type, optional: false });
const optional = (type: Kind['type']): Kind => ({ type, optional: true });

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['request', required('object')],
  ['request.service', required('text')],
  ['request.control', required('text')],
  ['request.tool', optional('text')],
  ['request.resource', optional('text')],
  ['request.action', optional('text')],
  ['actor', optional('object')],
  ['actor.id', required('text')],
  ['actor.roles', optional('texts')],
  ['agent', optional('object')],
  ['agent.id', required('text')],
  ['agent.capabilities', optional('texts')],
  ['env', optional('text')],
  ['labels', optional('texts')],
  ['facts', optional('object')],
  ['observed', optional('number')],
  ['context', optional('object')],
]);

export function kindOf(path: string): Kind {
  return KINDS.get(path) ?? optional('any');
}

/** The range of each calendar field; a year has none of its own. */
export const CALENDAR: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['year', [-271_821, 275_760]],
  ['month', [1, 12]],
  ['day', [1, 31]],
  ['hour', [0, 23]],
  ['minute', [0, 59]],
  ['second', [0, 59]],
  ['weekday', [1, 7]],
]);

/** The limit of calendars, in milliseconds from 1970; conditions have no `time` beyond. */
export const CALENDAR_END = 8.64e15;

/** Beyond this, the zone decides whether calendar fields exist. */
export const CALENDAR_EDGE = CALENDAR_END - 86_400_000;

const PART = /\.([A-Za-z_][A-Za-z0-9_]*)|\[("(?:[^"\\]|\\.)*")\]/g;

/** Splits a path into its parent's path and its own name; a root has no parent. */
export function splitPath(path: string): { readonly parent?: string; readonly name: string } {
  const last = [...path.matchAll(PART)].at(-1);
  if (last === undefined) return { name: path };
  const name = last[1] ?? (JSON.parse(last[2] ?? '""') as string);
  return { parent: path.slice(0, last.index), name };
}
