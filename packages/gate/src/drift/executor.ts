import { fromUtf8, parseJson, sha256, toHex } from '@spanforge/core-signing';
import { z } from 'zod';
import { GateError } from '../error.js';
import type {
  Assessment,
  ExecutorInput,
  GateExecutor,
  GateFacts,
  GatheredFacts,
} from '../executor.js';
import { insideRoot } from '../files/inside.js';
import { readRegularFile } from '../files/open-regular.js';
import { holm } from '../statistics/holm.js';
import { createSeededRandom } from '../statistics/random.js';
import { inconclusive } from '../verdict/conclude.js';
import { compareField, type FieldDrift, type FieldRow } from './compare-field.js';

const MAX_BYTES = 256 * 1024 * 1024;
const DAY_MS = 86_400_000;
const count = z.int().min(0);

const options = z.strictObject({
  /** JSONL of the golden set. */
  golden: z.string().min(1),
  /** JSONL of production; `time` is needed to select a window. */
  production: z.string().min(1),
  /** Fields to compare. Default: every field that both sides have. */
  fields: z.array(z.string().min(1).max(128)).max(200).optional(),
  /** The field that groups rows; whole groups are permuted. */
  group_by: z.string().min(1).default('session_id'),
  days: z.number().positive().max(3650).default(7),
  alpha: z.number().min(0.0001).max(0.2).default(0.05),
  /** Drift smaller than this is ignored: a share, or a distance of distributions. */
  min_effect: z.number().min(0).max(1).default(0.1),
  min_rows: z.int().min(20).max(1_000_000).default(50),
  permutations: z.int().min(99).max(20_000).default(499),
  /** The number of this check, from 1: alpha is spent over all of them. */
  look: z.int().min(1).max(10_000).default(1),
});

const drift = z.strictObject({
  field: z.string(),
  kind: z.enum(['number', 'category']),
  psi: z.number(),
  psi_limit: z.number(),
  js: z.number(),
  statistic: z.number(),
  effect: z.number(),
  p_value: z.number().min(0).max(1),
});

const factsSchema = z.strictObject({
  golden_rows: count,
  production_rows: count,
  golden_groups: count,
  production_groups: count,
  min_rows: count,
  alpha: z.number(),
  look: z.int().min(1),
  min_effect: z.number(),
  fields: z.array(drift),
});

type Row = Readonly<Record<string, unknown>>;

function readRows(bytes: Uint8Array, name: string): readonly Row[] {
  return fromUtf8(bytes)
    .split('\n')
    .flatMap((line, at) => {
      if (line.trim() === '') return [];
      let value: unknown;
      try {
        value = parseJson(line);
      } catch (cause) {
        throw new GateError('GATE_INPUT_INVALID', `${name}:${at + 1}: not JSON`, { cause });
      }
      if (typeof value === 'object' && value !== null && !Array.isArray(value))
        return [value as Row];
      throw new GateError('GATE_INPUT_INVALID', `${name}:${at + 1}: expected an object`);
    });
}

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

/** Rows of the window; a row without a time counts. */
function inWindow(rows: readonly Row[], fromMs: number): readonly Row[] {
  return rows.filter(({ time }) => typeof time !== 'string' || !(Date.parse(time) < fromMs));
}

function fieldsOf(
  golden: readonly Row[],
  production: readonly Row[],
  groupBy: string,
): readonly string[] {
  const names = (rows: readonly Row[]) =>
    new Set(rows.flatMap((row) => Object.keys(row).filter((name) => isScalar(row[name]))));
  const others = names(production);
  return [...names(golden)]
    .filter(
      (name) => others.has(name) && ![groupBy, 'time', 'trace_id', 'case_id', 'id'].includes(name),
    )
    .sort()
    .slice(0, 200);
}

async function gather(input: ExecutorInput): Promise<GatheredFacts> {
  const given = options.parse(input.gate.with);
  const read = async (name: string) => {
    const bytes = await readRegularFile(insideRoot(input.services.root, name), MAX_BYTES);
    return { rows: readRows(bytes, name), input: { name, sha256: toHex(sha256(bytes)) } };
  };
  const golden = await read(given.golden);
  const production = await read(given.production);
  const recent = inWindow(production.rows, input.services.clock() - given.days * DAY_MS);
  const groupOf = (row: Row, at: number, side: string): string =>
    `${side}:${isScalar(row[given.group_by]) ? String(row[given.group_by]) : `row-${at}`}`;
  const sides = [
    { rows: golden.rows, side: 'golden' },
    { rows: recent, side: 'production' },
  ] as const;
  const fields = given.fields ?? fieldsOf(golden.rows, recent, given.group_by);
  const random = createSeededRandom(0x0d21f7);
  const compared: FieldDrift[] = [];
  if (golden.rows.length > 0 && recent.length > 0) {
    for (const field of fields) {
      input.signal.throwIfAborted();
      const rows = sides.flatMap(({ rows: all, side }) =>
        all.flatMap((row, at): readonly FieldRow[] => {
          const value = row[field];
          return isScalar(value) ? [{ value, group: groupOf(row, at, side), side }] : [];
        }),
      );
      const { permutations } = given;
      const result = compareField(field, rows, { permutations, random });
      if (result === undefined)
        throw new GateError('GATE_INPUT_INVALID', `the field ${field} is not on both sides`);
      compared.push(result);
    }
  }
  const groups = (rows: readonly Row[], side: string) =>
    new Set(rows.map((row, at) => groupOf(row, at, side))).size;
  return {
    facts: {
      ...{ golden_rows: golden.rows.length, production_rows: recent.length },
      golden_groups: groups(golden.rows, 'golden'),
      production_groups: groups(recent, 'production'),
      ...{ min_rows: given.min_rows, alpha: given.alpha, look: given.look },
      ...{ min_effect: given.min_effect, fields: compared.map((one) => ({ ...one })) },
    },
    inputs: [golden.input, production.input],
    engines: [{ name: 'drift', kind: 'builtin', version: '1', findings: 0 }],
  };
}

function judge(given: GateFacts): Assessment {
  const facts = factsSchema.parse(given);
  const { fields, golden_rows: golden, production_rows: production, min_rows: least } = facts;
  // This check gets 6/(π²k²) of alpha; over all k these sum to alpha.
  const alpha =
    facts.look === 1 ? facts.alpha : (facts.alpha * 6) / (Math.PI ** 2 * facts.look ** 2);
  const adjusted = holm(fields.map(({ p_value: p }) => p));
  const moved = fields.filter(
    ({ effect }, at) => (adjusted[at] ?? 1) <= alpha && effect >= facts.min_effect,
  );
  const metrics = {
    ...{ drifted: moved.length > 0, drifted_fields: moved.map(({ field }) => field) },
    ...{ fields: fields.length, golden_rows: golden, production_rows: production },
    max_psi: Math.max(0, ...fields.map(({ psi }) => psi)),
    max_effect: Math.max(0, ...fields.map(({ effect }) => effect)),
    min_p_value: Math.min(1, ...adjusted),
  };
  const open = (code: string, reason: string) => inconclusive(code, reason, metrics);
  if (golden === 0 || production === 0) return open('no_rows', 'a side has no rows in its window');
  if (Math.min(golden, production) < least) {
    return open('too_few_rows', `${golden} and ${production} rows of at least ${least}`);
  }
  if (Math.min(facts.golden_groups, facts.production_groups) < 10) {
    return open('too_few_groups', 'a side has fewer than 10 sessions: they cannot be permuted');
  }
  if (fields.length === 0) return open('no_fields', 'both sides have no field in common');
  if (moved.length > 0) {
    const reason = `moved: ${moved
      .map(
        ({ field, psi, effect }) => `${field} (PSI ${psi.toFixed(2)}, effect ${effect.toFixed(2)})`,
      )
      .join(', ')}`.slice(0, 1024);
    return { result: 'fail', firm: false, reasonCode: 'drift', reason, metrics };
  }
  const large = fields.filter(({ psi, psi_limit: limit }) => psi > limit).map(({ field }) => field);
  if (large.length > 0) {
    return open('undecided', `large but not sure: ${large.join(', ')}`.slice(0, 1024));
  }
  const reason = `none of ${fields.length} fields moved`;
  return { result: 'pass', firm: false, reasonCode: 'no_drift', reason, metrics };
}

/** `golden_drift`: checks whether the golden set still resembles production. */
export const goldenDrift: GateExecutor = {
  type: 'golden_drift',
  metrics: {
    ...{ drifted: 'boolean', drifted_fields: 'strings', fields: 'number' },
    ...{ golden_rows: 'number', production_rows: 'number' },
    ...{ max_psi: 'number', max_effect: 'number', min_p_value: 'number' },
  },
  options,
  gather,
  judge,
};
