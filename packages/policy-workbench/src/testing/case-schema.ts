import { OUTCOMES } from '@spanforge/core-events';
import { z } from 'zod';

const name = z.string().min(1).max(512);
const names = z.array(name).max(256);
const rules = names.optional();
const outcome = z.enum(OUTCOMES);
/** Any JSON value, but not `undefined`. */
const value = z.unknown().refine((given) => given !== undefined, 'expected a value');
const facts = z.record(z.string(), value);

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/;
const instant = z
  .string()
  .refine(
    (text) => INSTANT.test(text) && Number.isFinite(Date.parse(text)),
    'expected an instant such as 2026-05-02T00:00:00Z',
  );

const redact = z.strictObject({
  kind: z.literal('redact'),
  target: z.enum(['args', 'result']),
  path: z.string().max(1024),
  mask: z.string().max(256).optional(),
  types: names.optional(),
});
const notice = z.strictObject({ kind: z.literal('notice'), text: z.string().max(1024) });

const expectation = z.strictObject({
  outcome,
  triggered: rules,
  indeterminate: rules,
  shadow: rules,
  silent: rules,
  obligations: z
    .array(z.discriminatedUnion('kind', [redact, notice]))
    .max(256)
    .optional(),
  reason_code: name.optional(),
});

const call = z.strictObject({
  tool: name,
  args: value,
  result: value,
  labels: names.optional(),
});

/** Members that both the defaults of a file and each case may have. */
const parts = {
  service: name.optional(),
  control: name.optional(),
  tool: name.optional(),
  resource: name.optional(),
  action: name.optional(),
  args: value.optional(),
  actor: z.strictObject({ id: name, roles: names.optional() }).optional(),
  agent: z.strictObject({ id: name, capabilities: names.optional() }).optional(),
  env: name.optional(),
  labels: names.optional(),
  calls: z.array(call).max(1000).optional(),
  facts: facts.optional(),
  observed: z.number().optional(),
  context: z.record(z.string(), value).optional(),
  counted: z.record(z.string(), z.number().nonnegative()).optional(),
  time: instant.optional(),
};

/** One case as written. */
export const caseSchema = z.strictObject({ name, ...parts, expect: expectation });

/** One request as written, without name and expectation. */
export const requestSchema = z.strictObject(parts);

/** A file of cases as written; each case is validated on its own. */
export const casesSchema = z.strictObject({
  stages: z.enum(['as_written', 'ended']).optional(),
  defaults: z.strictObject(parts).optional(),
  cases: z.array(z.unknown()).min(1).max(2000),
});

export type WrittenCase = z.infer<typeof caseSchema>;
export type WrittenDefaults = NonNullable<z.infer<typeof casesSchema>['defaults']>;
