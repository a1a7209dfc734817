import { join } from 'node:path';
import {
  createStatement,
  encodeStatement,
  formatEnvelope,
  type SigningKey,
  STATEMENT_PAYLOAD_TYPE,
  sha256,
  signEnvelope,
  toHex,
  utf8,
} from '@spanforge/core-signing';
import { writeWhole } from '../artifact/write-new.js';
import { asJson, type GatePredicate, subjectsOf, VSA_PREDICATE_TYPE } from './predicate.js';

/** The statement of a run, as written. */
export interface WrittenStatement {
  readonly name: string;
  /** The DSSE envelope; absent if there was no key. */
  readonly statement?: string;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
}

/**
 * Writes the statement of a run, signed if there are keys. An unsigned statement has another file
 * name, so that it is not mistaken for a signed one.
 *
 * @throws {GateError} `GATE_ARTIFACT_UNWRITABLE`.
 */
export async function writeStatement(
  predicate: GatePredicate,
  { folder, keys }: { readonly folder: string; readonly keys: readonly SigningKey[] },
): Promise<WrittenStatement> {
  const payload = encodeStatement(
    createStatement({
      subjects: subjectsOf(predicate),
      predicateType: VSA_PREDICATE_TYPE,
      predicate: asJson(predicate),
    }),
  );
  const signed = keys.length > 0;
  const text = signed
    ? formatEnvelope(await signEnvelope({ payloadType: STATEMENT_PAYLOAD_TYPE, payload, keys }))
    : new TextDecoder().decode(payload);
  const file = `${text}\n`;
  const stem = `run-${predicate.spanforge_gate_run.run_id}`;
  const name = `${stem}.${signed ? 'intoto.dsse' : 'unsigned.json'}`;
  await writeWhole(join(folder, name), utf8(file));
  return { name, ...(signed ? { statement: file } : {}), sha256: toHex(sha256(utf8(file))) };
}
