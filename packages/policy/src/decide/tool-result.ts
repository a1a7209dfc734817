import { typeOfSchema } from '@spanforge/condition';
import { parseJson } from '@spanforge/core-signing';

/** The declared kind of a result; `undefined` when it is not declared, or text. */
export type JsonKind = 'list' | 'object' | 'number' | 'boolean' | 'null';

/** The kind of JSON a result schema asks for, if it is not text. */
export function resultKind(schema: unknown): JsonKind | undefined {
  if (schema === undefined) return undefined;
  const { kind } = typeOfSchema(schema);
  return kind === 'string' || kind === 'dyn' ? undefined : kind;
}

const MAX_RESULT_BYTES = 1_048_576;

/** A result. When a kind is declared and the result is text, it is parsed as JSON; missing if that fails. */
export function readResult(result: unknown, kind: JsonKind | undefined): unknown {
  if (kind === undefined || typeof result !== 'string') return result;
  try {
    const value = parseJson(result, { maxBytes: MAX_RESULT_BYTES, integers: 'safe' });
    return kindOf(value) === kind ? value : undefined;
  } catch {
    return undefined;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}
