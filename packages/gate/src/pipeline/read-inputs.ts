import { resolve } from 'node:path';
import { GateError, SFGateSchemaError } from '../error.js';
import { insideRoot } from '../files/inside.js';
import { readRegularText } from '../files/open-regular.js';
import type { SuppressionBook } from '../model/suppressions.js';
import { emptyBook, readSuppressions } from '../suppress/book.js';

const MAX_PIPELINE_BYTES = 256 * 1024;
const MAX_SUPPRESSION_BYTES = 4 * 1024 * 1024;

/** Reports an input that cannot be read as an invalid pipeline: nothing ran. */
async function orInvalid<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!GateError.is(error) || error.code === 'GATE_PIPELINE_INVALID') throw error;
    throw new SFGateSchemaError(error.message, [{ path, message: error.message }], error);
  }
}

/** Reads the text of a pipeline file. @throws {SFGateSchemaError} */
export function readPipeline(root: string, path: string): Promise<string> {
  return orInvalid('$', () => readRegularText(resolve(root, path), MAX_PIPELINE_BYTES));
}

/**
 * Reads the suppressions that a pipeline names; an empty book if it names no file. @throws
 * {SFGateSchemaError}
 */
export async function readBook(
  root: string,
  file: string | undefined,
  nowMs: number,
): Promise<SuppressionBook> {
  if (file === undefined) return emptyBook();
  const path = insideRoot(root, file);
  return orInvalid('$.suppressions', async () =>
    readSuppressions(await readRegularText(path, MAX_SUPPRESSION_BYTES), file, nowMs),
  );
}
