import { OUTCOMES } from '@spanforge/core-events';
import { PII_TYPES, SECRET_TYPES } from '@spanforge/detect';
import { z } from 'zod';
import { closestName } from '../closest-name.js';
import { VERSION } from './version.js';
import { openZone } from './zone.js';

const name = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII characters without spaces');
/** The name of one thing: an asterisk would look like a prefix and be none. */
const exactName = name.refine((text) => !text.includes('*'), 'expected one name, without "*"');
const sentence = z.string().min(1).max(1024);
const outcome = z.enum(OUTCOMES);

/** False for 30 February and the like, which platforms read as a day in March. */
function isDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/;
const instant = z
  .string()
  .refine(
    (text) => INSTANT.test(text) && isDay(text) && Number.isFinite(Date.parse(text)),
    'expected an instant such as 2026-05-02T00:00:00Z',
  );

const pattern = name.refine(
  (text) => !text.slice(0, -1).includes('*'),
  'expected an exact name, "*", or a prefix ending in "*"',
);
const patterns = z.array(pattern).min(1).max(256).optional();

const target = z.strictObject({
  tools: patterns,
  resources: patterns,
  agents: patterns,
  actors: patterns,
  roles: patterns,
  environments: patterns,
});

/** What detectors find. */
export const DETECTOR_TYPES = [...PII_TYPES, ...SECRET_TYPES] as const;

const detectorTypes = z
  .array(
    z.enum(DETECTOR_TYPES, {
      error: ({ input }) => {
        const meant = typeof input === 'string' ? closestName(input, DETECTOR_TYPES) : undefined;
        if (meant === undefined) return 'expected a detector type, such as email';
        return `not a detector type; did you mean "${meant}"?`;
      },
    }),
  )
  .min(1)
  .max(64);

const redaction = z.strictObject({
  path: z
    .string()
    .max(1024)
    .regex(/^(args|result)(\.[^.]+)*$/, 'expected a path that begins with "args" or "result"'),
  mask: z.string().max(256).optional(),
  types: detectorTypes.optional(),
});

const stage = z.union(
  [z.literal('enforce'), z.strictObject({ mode: z.literal('shadow'), until: instant })],
  { error: 'expected "enforce" or {mode: shadow, until: <instant>}' },
);

const told = z.string().min(1).max(256);

/** What agents may be told of a rule's refusals: bounds are numbers, so no member of a set is one. */
const tellAgent = z.strictObject({
  bounds: z
    .array(
      z
        .strictObject({ path: told, min: z.number().optional(), max: z.number().optional() })
        .refine(({ min, max }) => min !== undefined || max !== undefined, 'expected min or max'),
    )
    .max(16)
    .optional(),
  missing: z
    .array(z.strictObject({ kind: z.enum(['read', 'confirmation']), what: told }))
    .max(16)
    .optional(),
});

/** Rules a bundle may have. */
export const MAX_RULES = 10_000;

export const COMPARATORS = ['lt', 'lte', 'gt', 'gte', 'eq', 'neq'] as const;

/** One rule as it is written. */
export const ruleSchema = z
  .strictObject({
    rule_id: name,
    service: name,
    control: name,
    target: target.optional(),
    action: outcome,
    enabled: z.boolean().optional(),
    threshold: z.number().optional(),
    when: z.string().min(1).optional(),
    rationale: sentence.optional(),
    redact: z.array(redaction).min(1).max(64).optional(),
    on_error: outcome.optional(),
    on_unavailable: z.enum(['fail_secure', 'fail_open']).optional(),
    stage: stage.optional(),
    metadata: z
      .looseObject({ comparator: z.enum(COMPARATORS).optional(), tell_agent: tellAgent.optional() })
      .optional(),
  })
  .refine((rule) => rule.threshold !== undefined || rule.metadata?.comparator === undefined, {
    path: ['metadata', 'comparator'],
    message: 'a comparator needs a threshold to compare with',
  })
  .refine((rule) => rule.redact === undefined || !rule.action.startsWith('allow'), {
    path: ['redact'],
    message: 'an action that only allows cannot redact; use action redact',
  });

const tool = z.strictObject({
  schema: z.record(z.string(), z.unknown()).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  failure: z.strictObject({ starts_with: z.string().min(1).max(256) }).optional(),
  effect: z.enum(['read', 'write']),
  output: z.enum(['trusted', 'untrusted']).optional(),
});

const factName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'expected a name of letters, digits and "_"');
const fieldPath = z
  .string()
  .max(1024)
  .regex(/^[^.]+(\.[^.]+)*$/, 'expected field names joined by dots');
const sourcePath = z
  .string()
  .max(1024)
  .regex(
    /^(actor\.id|agent\.id|(args|facts)(\.[^.]+)+)$/,
    'expected a path such as args.order_id, actor.id, agent.id or facts.order.id',
  );
const constant = z.strictObject({ value: z.union([z.string(), z.number(), z.boolean()]) });

/** A fact taken from earlier calls. */
export const callFactSchema = z.strictObject({
  from: z.union([name, z.array(name).min(1).max(64)], 'expected a tool, or a list of tools'),
  for: z
    .record(
      fieldPath,
      z.union([sourcePath, constant], 'expected a path such as args.order_id, or {value: …}'),
    )
    .optional(),
  take: z.enum(['latest', 'all']).optional(),
  pick: fieldPath.optional(),
});

export const DIMENSIONS = ['agent', 'actor', 'tool', 'run', 'trace'] as const;
const counter = {
  tools: patterns,
  per: z.array(z.enum(DIMENSIONS)).max(DIMENSIONS.length).optional(),
  window: z
    .string()
    .regex(/^[1-9][0-9]{0,6}[smhd]$/, 'expected a length such as 90s, 15m, 24h or 30d')
    .refine((text) => !(windowMs(text) > MAX_WINDOW_MS), 'a window is at most 366d'),
};

/** A fact that counts calls. */
export const countFactSchema = z.strictObject({ count: z.literal('calls'), ...counter });

/** A fact that adds up an argument. */
export const sumFactSchema = z.strictObject({
  sum: z
    .string()
    .max(1024)
    .regex(/^args(\.[^.]+)+$/, 'expected an argument such as args.amount'),
  ...counter,
});

/** A fact that detectors find in a text. */
export const detectFactSchema = z.strictObject({
  detect: z
    .string()
    .max(1024)
    .regex(
      /^(args(\.[^.]+)*|facts(\.[^.]+)+)$/,
      'expected args, a path below it, or a fact such as facts.result',
    ),
  types: detectorTypes.optional(),
});

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MAX_WINDOW_MS = 366 * UNIT_MS.d;

/** Milliseconds of a length such as `24h`. */
export function windowMs(text: string): number {
  return Number(text.slice(0, -1)) * UNIT_MS[text.slice(-1) as keyof typeof UNIT_MS];
}

/** A bundle as it is written, its rules and facts still unread so that each is reported on its own. */
export const bundleSchema = z.strictObject({
  policy_id: name,
  version: z.string().regex(VERSION, 'expected dotted numbers such as "2026.05.02"'),
  environment: exactName,
  owner: sentence,
  effective_at: instant,
  rules: z.array(z.unknown()).min(1).max(MAX_RULES),
  rationale: sentence.optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  strategy: z.enum(['strictest', 'first_match']).optional(),
  zone: z
    .string()
    .refine((zone) => openZone(zone) !== undefined, 'expected UTC, an offset or a known zone')
    .optional(),
  tools: z.record(exactName, tool).optional(),
  facts: z.record(factName, z.unknown()).optional(),
  default: outcome.optional(),
});

/** The same with everything in it, for editors. */
export const wholeBundleSchema = bundleSchema.extend({
  rules: z.array(ruleSchema).min(1).max(MAX_RULES),
  facts: z
    .record(factName, z.union([callFactSchema, countFactSchema, sumFactSchema, detectFactSchema]))
    .optional(),
});

export type WrittenRule = z.infer<typeof ruleSchema>;
export type WrittenBundle = z.infer<typeof bundleSchema>;
/** How an observed value is compared with a threshold. */
export type Comparator = (typeof COMPARATORS)[number];
