import { canonicalize, deepFreeze } from '@spanforge/core-signing';
import { z } from 'zod';
import { EventsError } from '../error.js';
import { type InCode, renamer } from '../wire-names.js';
import { compileWriter } from './canonical-writer.js';
import { textOfBody } from './shared-body.js';
import { compileTest, type WireTest } from './wire-test.js';

/** One record type: its schema key, its fixed wire schema, and the mapping between both forms. */
export interface RecordType<Wire extends object = object> {
  /** Such as `spanforge.scope.v1`; frozen once published. */
  readonly key: string;
  readonly schema: z.ZodType<Wire>;
  /**
   * Renames members to snake_case and leaves out undefined ones. The log validates the result when
   * it appends it.
   */
  toWire(body: InCode<Wire>): Wire;
  /**
   * Validates a payload in wire form.
   *
   * @throws {EventsError} `EVENTS_RECORD_INVALID` with the path of the first problem.
   */
  check(body: unknown): Wire;
  /**
   * Validates a payload in wire form and writes it as canonical JSON (RFC 8785).
   *
   * @throws {EventsError} `EVENTS_RECORD_INVALID` with the path of the first problem.
   */
  write(body: unknown): string;
  /** @throws {EventsError} `EVENTS_RECORD_INVALID` when the payload is not of this type. */
  fromWire(body: unknown): InCode<Wire>;
}

/** The typed payload of a record type, with names in camelCase. */
export type RecordBody<Type> = Type extends RecordType<infer Wire> ? InCode<Wire> : never;

const KEY = /^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+\.v[1-9][0-9]*$/;

function invalidError(key: string, error: z.ZodError): EventsError {
  const issue = error.issues[0];
  const path = `$.body${(issue?.path ?? []).map((part) => `.${String(part)}`).join('')}`;
  return new EventsError(
    'EVENTS_RECORD_INVALID',
    `${key}: ${path}: ${issue?.message ?? 'invalid'}`,
    {
      details: { type: key, path },
      cause: error,
    },
  );
}

function writeChecked(key: string, body: object): string {
  try {
    return canonicalize(body, { integers: 'safe' });
  } catch (cause) {
    const message = `${key}: cannot be written as canonical JSON`;
    throw new EventsError('EVENTS_RECORD_INVALID', message, { details: { type: key }, cause });
  }
}

/** Whether a member somewhere is called `__proto__`: zod passes over such a member, and leaves it out. */
function namesProto(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(namesProto);
}

/** The test of a type's `values`, if its other members can be tested without them. */
function compileValuesTest(schema: z.ZodType): WireTest | undefined {
  if (!(schema instanceof z.ZodObject)) return undefined;
  const member: unknown = schema.shape.values;
  return member instanceof z.ZodOptional && member.unwrap() === values
    ? compileTest(values)
    : undefined;
}

/**
 * Defines a record type from its wire schema. Names are written once, in snake_case; the camelCase
 * form and the mapping between the two are derived from the schema.
 *
 * @throws {EventsError} `EVENTS_RECORD_INVALID` when the key is not `dotted.name.vN`.
 */
export function defineRecordType<Wire extends object>(
  key: string,
  schema: z.ZodType<Wire>,
): RecordType<Wire> {
  if (!KEY.test(key)) {
    throw new EventsError('EVENTS_RECORD_INVALID', `not a schema key: ${key}`, {
      details: { type: key },
    });
  }
  const identity = (value: unknown): unknown => value;
  const toWire = renamer(schema, 'to_wire') ?? identity;
  const fromWire = renamer(schema, 'from_wire') ?? identity;
  const writeFast = compileWriter(schema);
  const isSurely = compileTest(schema);
  const parse = (value: unknown): Wire => {
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw invalidError(key, parsed.error);
    if (namesProto(value) && canonicalize(parsed.data) !== canonicalize(value)) {
      throw new EventsError('EVENTS_RECORD_INVALID', `${key}: has an unknown member __proto__`, {
        details: { type: key },
      });
    }
    return parsed.data;
  };
  const readAny = (body: unknown) => fromWire(isSurely?.(body) ? body : parse(body));
  const isValues = compileValuesTest(schema);
  const readShared = (body: unknown): unknown => {
    const text = isValues && textOfBody(body);
    if (!text) return readAny(body);
    const { values } = body as { readonly values: unknown };
    const known = text.inCode.get(key);
    if (known && isValues(values)) return { ...known, values };
    const read = readAny(body);
    // A frozen object is copied at ten times the cost: only what is in it is frozen.
    if (isSurely?.(body))
      text.inCode.set(key, { ...deepFreeze({ ...(read as object), values: {} }) });
    return read;
  };
  return Object.freeze({
    key,
    schema,
    toWire: (body: InCode<Wire>) => toWire(body) as Wire,
    check: parse,
    write: (body: unknown) => writeFast?.(body) ?? writeChecked(key, parse(body)),
    fromWire: (body: unknown) => readShared(body) as InCode<Wire>,
  });
}

/** Text that names something: 1 to 512 characters. */
export const name = z.string().min(1).max(512);

/** Salted digests of governed values, by the name of the value (RFC 9901). */
export const values = z.record(z.string().min(1), z.string().regex(/^[A-Za-z0-9_-]{43}$/));

/** `allow < allow+log < redact < human_review < block`. */
export const outcome = z.enum(['allow', 'allow+log', 'redact', 'human_review', 'block']);

/** An obligation on the wire. */
export const obligation = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('redact'),
    target: z.enum(['args', 'result']),
    path: z.string(),
    mask: z.string().optional(),
    types: z.array(name).optional(),
  }),
  z.strictObject({ kind: z.literal('notice'), text: z.string() }),
]);

/**
 * How labels reached the arguments of a call; each entry names the call where the label first
 * occurred.
 */
export const propagation = z.array(
  z.strictObject({
    label: name,
    mode: z.enum(['context', 'exact', 'partial']),
    from_call_id: name,
  }),
);

/** The bundle that was asked, and its answer. */
export const policyAnswer = z.strictObject({
  id: z.string(),
  version: z.string(),
  digest: z.string(),
  action: outcome,
});

/** The role of a key. */
export const keyRole = z.enum(['log', 'package', 'root', 'record', 'witness']);
