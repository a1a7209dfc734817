import { ValidateError } from '../error.js';

/** One record: its value, or its text if it could not be parsed. */
export type DatasetRecord =
  | { readonly kind: 'value'; readonly value: unknown; readonly formulas?: number }
  | { readonly kind: 'unreadable'; readonly text: string; readonly formulas?: number }
  /** A block of a text: it overlaps the one before by `overlap` code units. */
  | {
      readonly kind: 'block';
      readonly text: string;
      readonly overlap: number;
      readonly lines: number;
      readonly last: boolean;
    };

/** The most code units one record may have. */
export const MAX_RECORD_LENGTH = 8 * 1024 * 1024;

export function tooLargeError(record: number): ValidateError {
  return new ValidateError(
    'VALIDATE_INPUT_TOO_LARGE',
    `record ${record} is longer than ${MAX_RECORD_LENGTH} characters`,
    { details: { record, maxLength: MAX_RECORD_LENGTH } },
  );
}

/** JSON text as a record. */
export function parseRecord(text: string): DatasetRecord {
  try {
    return { kind: 'value', value: JSON.parse(text) };
  } catch {
    return { kind: 'unreadable', text };
  }
}
