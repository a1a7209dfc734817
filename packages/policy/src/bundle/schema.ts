import { OUTCOMES } from '@spanforge/core-events';
import { z } from 'zod';
import { VERSION } from './version.js';
import { openZone } from './zone.js';

const name = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII characters without spaces');
const sentence = z.string().min(1).max(1024);
const outcome = z.enum(OUTCOMES);

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/;
const instant = z
  .string()
  .refine(
    (text) => INSTANT.test(text) && Number.isFinite(Date.parse(text)),
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

const redaction = z.strictObject({
  path: z
    .string()
    .max(1024)
    .regex(/^(args|result)(\.[^.]+)*$/, 'expected a path that begins with "args" or "result"'),
  mask: z.string().max(256).optional(),
});

const stage = z.union(
  [z.literal('enforce'), z.strictObject({ mode: z.literal('shadow'), until: instant })],
  { error: 'expected "enforce" or {mode: shadow, until: <instant>}' },
);

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
    metadata: z.looseObject({ comparator: z.enum(COMPARATORS).optional() }).optional(),
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
  effect: z.enum(['read', 'write']),
  output: z.enum(['trusted', 'untrusted']).optional(),
});

/** A bundle as it is written, its rules still unread so that each is reported on its own. */
export const bundleSchema = z.strictObject({
  policy_id: name,
  version: z.string().regex(VERSION, 'expected dotted numbers such as "2026.05.02"'),
  environment: name,
  owner: sentence,
  effective_at: instant,
  rules: z.array(z.unknown()).min(1).max(2000),
  rationale: sentence.optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  strategy: z.enum(['strictest', 'first_match']).optional(),
  zone: z
    .string()
    .refine((zone) => openZone(zone) !== undefined, 'expected UTC, an offset or a known zone')
    .optional(),
  tools: z.record(name, tool).optional(),
  default: outcome.optional(),
});

export type WrittenRule = z.infer<typeof ruleSchema>;
export type WrittenBundle = z.infer<typeof bundleSchema>;
/** How an observed value is compared with a threshold. */
export type Comparator = (typeof COMPARATORS)[number];
