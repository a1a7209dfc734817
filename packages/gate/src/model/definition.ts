import { z } from 'zod';
import { ON_FAIL } from './verdict.js';

/** Ids of gates become file names: nothing that could leave a folder. */
export const GATE_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const gateId = z
  .string()
  .regex(
    GATE_ID,
    'expected 1 to 64 of a-z, 0-9, ".", "_" and "-", starting with a letter or digit',
  );
const text = z.string().min(1).max(1024);

/** A command: one text that is split without a shell, or its parts. */
const command = z.union([text, z.array(z.string().max(1024)).min(1).max(100)]);

/** One gate of a pipeline, as it is written in the file. */
export const gateDefinition = z.strictObject({
  id: gateId,
  name: text.optional(),
  type: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected a name such as schema_validation'),
  on_fail: z.enum(ON_FAIL).default('block'),
  /** Whether the artifact is written to the artifact folder. */
  artifact: z.boolean().default(true),
  pass_condition: z.string().min(1).max(4096).optional(),
  command: command.optional(),
  framework: text.optional(),
  /** `builtin`, a tool on PATH, `report`, or several of them. */
  engine: z.union([text, z.array(text).min(1).max(8)]).optional(),
  /** Reports of other tools that `engine: report` reads. */
  report: z.union([text, z.array(text).min(1).max(32)]).optional(),
  timeout_seconds: z.number().positive().max(86_400).default(300),
  /** Gates that must have passed or warned before this one runs. */
  needs: z.array(gateId).max(100).default([]),
  /** A condition over `vars`; the gate is skipped if it holds. */
  skip_if: z.string().min(1).max(4096).optional(),
  /** Options of this type of gate. */
  with: z.record(z.string(), z.unknown()).default({}),
});

/** A pipeline file, as it is written. */
export const pipelineFile = z.strictObject({
  name: text.optional(),
  project_id: z.string().min(1).max(512).optional(),
  /** Values for `${name}`; those of the caller take precedence. */
  vars: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
      z.union([z.string(), z.number(), z.boolean()]),
    )
    .default({}),
  /** The one suppression file for all gates. */
  suppressions: text.optional(),
  gates: z.array(gateDefinition).min(1, 'expected at least one gate').max(200),
});

/** One gate of a pipeline, with defaults filled in. */
export type GateDefinition = Readonly<z.infer<typeof gateDefinition>>;

/** Values for `${name}`. */
export type PipelineVariables = Readonly<Record<string, string | number | boolean>>;

/** A pipeline that has been checked completely. */
export interface Pipeline {
  readonly name: string;
  readonly projectId?: string;
  readonly suppressions?: string;
  readonly vars: PipelineVariables;
  readonly gates: readonly GateDefinition[];
  /** SHA-256 of the file's bytes, hex. */
  readonly sha256: string;
}
