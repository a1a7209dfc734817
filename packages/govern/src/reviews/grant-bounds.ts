import { canonicalize } from '@spanforge/core-signing';
import { z } from 'zod';

/**
 * How far an argument may differ from the reviewed call: numbers between `min` and `max`, one of
 * some values, or anything. `optional` lets it be left out.
 */
export interface GrantBound {
  /** Dotted path in the arguments, such as `order.amount`. */
  readonly path: string;
  readonly min?: number;
  readonly max?: number;
  readonly oneOf?: readonly (string | number | boolean | null)[];
  readonly any?: true;
  readonly optional?: true;
}

/** What people may write as a bound. */
export const grantBoundSchema = z
  .strictObject({
    path: z.string().min(1).max(512),
    min: z.number().optional(),
    max: z.number().optional(),
    oneOf: z
      .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .min(1)
      .max(256)
      .optional(),
    any: z.literal(true).optional(),
    optional: z.literal(true).optional(),
  })
  .refine(({ min, max, oneOf, any, optional }) => {
    const ranged = min !== undefined || max !== undefined;
    const kinds = [ranged, oneOf !== undefined, any === true].filter(Boolean).length;
    return kinds === 1 || (kinds === 0 && optional === true);
  }, 'expected min or max, oneOf, or any')
  .refine(
    ({ min, max }) => min === undefined || max === undefined || min <= max,
    'min is over max',
  );

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isWithin({ min, max, oneOf, any }: GrantBound, value: unknown): boolean {
  if (any) return true;
  if (oneOf) return oneOf.some((one) => one === value);
  if (typeof value !== 'number') return false;
  return (min === undefined || value >= min) && (max === undefined || value <= max);
}

const hasLimits = ({ min, max, oneOf, any }: GrantBound): boolean =>
  [min, max, oneOf, any].some((limit) => limit !== undefined);

/** Tells the steps `a`, `b` from one member that is called `a.b`: no bound names that. */
const keyOf = (steps: readonly string[]): string => JSON.stringify(steps);

/**
 * True when arguments differ from the reviewed call's only as far as the bounds allow. Members that
 * no bound names must be equal; an added or missing member is another call. Pure and total.
 */
export function isWithinGrant(
  reviewed: unknown,
  given: unknown,
  bounds: readonly GrantBound[],
): boolean {
  const byPath = new Map(bounds.map((bound) => [keyOf(bound.path.split('.')), bound]));
  const matches = (was: unknown, is: unknown, path: readonly string[]): boolean => {
    const bound = byPath.get(keyOf(path));
    if (bound && hasLimits(bound)) return isWithin(bound, is);
    if (isObject(was) && isObject(is)) {
      return [...new Set([...Object.keys(was), ...Object.keys(is)])].every((key) => {
        const at = [...path, key];
        if (!Object.hasOwn(is, key)) return byPath.get(keyOf(at))?.optional === true;
        return matches(Object.hasOwn(was, key) ? was[key] : undefined, is[key], at);
      });
    }
    if (Array.isArray(was) && Array.isArray(is)) {
      return (
        was.length === is.length &&
        is.every((one, at) => matches(was[at], one, [...path, String(at)]))
      );
    }
    return was !== undefined && is !== undefined && canonicalize(was) === canonicalize(is);
  };
  return matches(reviewed, given, []);
}
