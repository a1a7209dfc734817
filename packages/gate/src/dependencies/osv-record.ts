import { z } from 'zod';

const event = z.object({
  introduced: z.string().optional(),
  fixed: z.string().optional(),
  last_affected: z.string().optional(),
  limit: z.string().optional(),
});

const severity = z.array(z.object({ type: z.string(), score: z.string() }));

const range = z.object({ type: z.string(), events: z.array(event) });

const affected = z.object({
  package: z.object({ ecosystem: z.string(), name: z.string() }).optional(),
  ranges: z
    .array(range)
    .nullish()
    .transform((value) => value ?? undefined),
  versions: z
    .array(z.string())
    .nullish()
    .transform((value) => value ?? undefined),
  severity: severity.nullish().transform((value) => value ?? undefined),
  ecosystem_specific: z.record(z.string(), z.unknown()).nullish(),
  database_specific: z.record(z.string(), z.unknown()).nullish(),
});

const strings = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);

/** The parts of an OSV record (schema 1.x) that a verdict needs. */
export const osvRecord = z.object({
  id: z.string().min(1).max(256),
  aliases: strings,
  modified: z.string().optional(),
  withdrawn: z.string().nullish(),
  summary: z.string().nullish(),
  severity: severity.nullish().transform((value) => value ?? []),
  affected: z
    .array(affected)
    .nullish()
    .transform((value) => value ?? []),
  database_specific: z.record(z.string(), z.unknown()).nullish(),
});

/** An advisory. */
export type OsvRecord = z.infer<typeof osvRecord>;
/** One package of an advisory. */
export type Affected = OsvRecord['affected'][number];
/** One range of affected versions. */
export type OsvRange = z.infer<typeof range>;
/** One event of a range: introduced, fixed or last affected. */
export type OsvEvent = z.infer<typeof event>;
