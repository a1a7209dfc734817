import { createAlikeParser, type JsonValue } from '@spanforge/core-signing';
import { type DecodedRecord, decodeStored } from './decode.js';
import { createFoundMacs } from './found-macs.js';
import type { RecordKeys } from './record-keys.js';
import type { StoredRecord } from './store.js';

/** Decodes records that were read together, each as `decodeStored` does. */
export type DecodeMany = (stored: readonly StoredRecord[]) => readonly DecodedRecord[];

const TYPE = '"type":"';

/** What is cut from a text keeps the text: of longer ones a caller would hold too much who holds many records. */
const LONGEST = 4096;

/** The type of a record: the last `type` in the text is that of the envelope, which comes after the body's. */
function typeIn(text: string): string {
  const from = text.lastIndexOf(TYPE) + TYPE.length;
  return text.slice(from, text.indexOf('"', from));
}

/**
 * Creates a decoder for records of all types. Most resemble an earlier one of their type, of which the
 * common part is parsed once and shared, frozen; and their HMACs are computed together.
 */
export function createManyDecoder(keys: RecordKeys, unsignedBelow: number): DecodeMany {
  const alike = createAlikeParser(typeIn);
  const macsOf = createFoundMacs(keys);
  const parse = (text: string): JsonValue =>
    text.length > LONGEST ? JSON.parse(text) : alike.parse(text);
  return (stored) => {
    const isGood = macsOf(stored);
    return stored.map((one, at) =>
      decodeStored(one, keys, unsignedBelow, parse, (tenant) => isGood(at, tenant)),
    );
  };
}
