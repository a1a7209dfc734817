import { z } from 'zod';
import type { ContentOption } from './content.js';
import { ExportError } from './error.js';
import type { ExporterOptions } from './model.js';

function method(name: string) {
  return (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Record<string, unknown>)[name] === 'function';
}

const names = z.array(z.string().min(1)).min(1);
const fn = z.custom<() => unknown>((value) => typeof value === 'function', 'expected a function');

const exporterOptions = z.strictObject({
  reader: z.custom(method('query'), 'expected an evidence reader'),
  sink: z.custom(method('send'), 'expected a sink'),
  cursor: z.custom(method('save'), 'expected a cursor store'),
  filter: z
    .strictObject({
      types: names.optional(),
      tenants: names.optional(),
      projects: names.optional(),
      modes: z
        .array(z.enum(['live', 'shadow', 'simulate', 'replay']))
        .min(1)
        .optional(),
    })
    .optional(),
  content: z
    .union([z.literal('none'), z.literal('unredacted'), z.strictObject({ redact: fn })])
    .optional(),
  batchRecords: z.int().min(1).max(1000).optional(),
  retryMs: z.number().positive().optional(),
  maxRetryMs: z.number().positive().optional(),
  maxAttempts: z.int().min(1).optional(),
  idleMs: z.number().positive().optional(),
  random: fn.optional(),
  onProgress: fn.optional(),
});

/** Exporter options with every default filled in. */
export type CheckedExporterOptions = ExporterOptions &
  Required<
    Pick<
      ExporterOptions,
      'batchRecords' | 'retryMs' | 'maxRetryMs' | 'maxAttempts' | 'idleMs' | 'random'
    >
  > & {
    readonly content: ContentOption;
  };

/** @throws {ExportError} `EXPORT_OPTIONS_INVALID` with the path of the option. */
export function throwIfInvalid(schema: z.ZodType, options: unknown, what: string): void {
  const parsed = schema.safeParse(options);
  if (parsed.success) return;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') || '(root)';
  throw new ExportError('EXPORT_OPTIONS_INVALID', `${what}: ${path}: ${issue?.message}`, {
    details: { path },
  });
}

/** @throws {ExportError} `EXPORT_OPTIONS_INVALID`. */
export function checkExporterOptions(options: ExporterOptions): CheckedExporterOptions {
  throwIfInvalid(exporterOptions, options, 'the options of the exporter are not valid');
  return {
    ...options,
    content: options.content ?? 'none',
    batchRecords: options.batchRecords ?? 500,
    retryMs: options.retryMs ?? 500,
    maxRetryMs: options.maxRetryMs ?? 60_000,
    maxAttempts: options.maxAttempts ?? Number.POSITIVE_INFINITY,
    idleMs: options.idleMs ?? 1000,
    random: options.random ?? Math.random,
  };
}
