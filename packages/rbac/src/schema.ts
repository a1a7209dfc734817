import { isName } from '@spanforge/core-events';
import { z } from 'zod';

/** A name: 1 to 512 visible characters. */
export const name = z.custom<string>(isName, 'expected 1 to 512 visible characters');

/** A list of names, each once. */
export const names = z
  .array(name)
  .max(256)
  .refine((items) => new Set(items).size === items.length, 'expected no duplicates');

/** Lists of names by name. */
export const namesByName = z
  .record(name, names)
  .refine((map) => Object.keys(map).length <= 1024, 'expected at most 1024 entries');
