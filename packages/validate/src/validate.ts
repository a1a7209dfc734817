import {
  createDiscloser,
  createIds,
  type EvidenceReader,
  type RecordDraft,
  readRecords,
  systemClock,
  type TraceListOptions,
  within,
} from '@spanforge/core-events';
import { validateV1 } from '@spanforge/core-events/records';
import { draftDataset, draftEvent } from './drafts.js';
import { ValidateError } from './error.js';
import { type EnforceOptions, enforceEvent, type ValidationResult } from './event/enforce-event.js';
import type { EnforcementMode } from './mode.js';
import { type OutputParts, validateOutput } from './output/validate-output.js';
import { resolveSettings } from './settings.js';
import type {
  OutputInput,
  OutputResult,
  RecordedValidation,
  Validate,
  ValidateCall,
  ValidateOptions,
  ValidateStatus,
} from './types.js';

function warningsOf({ source, onWarning, eventPolicy: policy }: ValidateOptions) {
  return {
    ...(source === undefined ? {} : { source }),
    ...(onWarning === undefined ? {} : { onWarning }),
    ...(policy === undefined ? {} : { policy }),
  };
}

/** The result of an event, also of one that is refused; only then is there an error to be thrown. */
function judgeEvent(
  event: unknown,
  how: EnforceOptions & { readonly mode: EnforcementMode },
): { readonly result: ValidationResult; readonly refused?: ValidateError } {
  try {
    return { result: enforceEvent(event, how) };
  } catch (error) {
    if (!ValidateError.is(error) || error.code !== 'VALIDATE_EVENT_INVALID') throw error;
    const { violations } = error;
    return { result: { valid: false, mode: how.mode, violations }, refused: error };
  }
}

async function listValidations(
  reader: EvidenceReader,
  traceId: string,
  where: TraceListOptions = {},
): Promise<readonly RecordedValidation[]> {
  const query = { ...where, traceId, types: [validateV1.key] };
  const records = await readRecords(reader, query);
  return records.map(({ id, index, time, mode, context, body }) => ({
    ...validateV1.fromWire(body),
    ...{ id, index, time, recordMode: mode, context },
  }));
}

/**
 * Creates a validate service over one evidence log. Creating it reads and writes nothing.
 *
 * @throws {ValidateError} `VALIDATE_OPTIONS_INVALID` naming the option.
 */
export function createValidate(options: ValidateOptions): Validate {
  const settings = resolveSettings(options);
  const { recorder, reader, clock = systemClock, ids = createIds(clock) } = options;
  const parts: OutputParts = { options, settings, clock, disclose: createDiscloser() };
  const counts = { validations: 0, valid: 0, corrections: 0, unrecorded: 0 };
  let troubled = false;

  async function record(drafts: readonly RecordDraft[], call: ValidateCall): Promise<string> {
    try {
      const appended = await within(settings.recordTimeoutMs, () =>
        (call.recorder ?? recorder).append(drafts),
      );
      appended.receipts.catch(() => undefined);
      troubled = false;
      return appended.ids.at(-1) ?? '';
    } catch (cause) {
      troubled = true;
      counts.unrecorded += 1;
      const message = 'the validation could not be recorded';
      throw new ValidateError('VALIDATE_EVIDENCE_UNAVAILABLE', message, { cause });
    }
  }

  async function enforce(
    event: unknown,
    call: ValidateCall & { readonly enforce?: EnforcementMode },
  ): Promise<ValidationResult> {
    counts.validations += 1;
    const { result, refused } = judgeEvent(event, {
      ...warningsOf(options),
      ...{ clock, ids, mode: call.enforce ?? settings.mode },
    });
    if (result.valid) counts.valid += 1;
    if ((result.changes?.length ?? 0) > 0) counts.corrections += 1;
    await record(draftEvent(event, result, { call, detect: settings.detect }), call);
    if (refused !== undefined) throw refused;
    return Object.freeze(result);
  }

  async function validate(
    input: OutputInput,
    call: ValidateCall,
    asks: boolean,
  ): Promise<OutputResult> {
    counts.validations += 1;
    const result = await validateOutput(parts, input, { call, asks });
    if (result.valid) counts.valid += 1;
    counts.corrections += result.corrections;
    troubled = result.recordId === undefined;
    if (troubled) counts.unrecorded += 1;
    return result;
  }

  async function getStatus(): Promise<ValidateStatus> {
    const readable = await within(settings.recordTimeoutMs, () => reader.size()).then(
      () => true,
      () => false,
    );
    const known = troubled ? 'degraded' : 'ok';
    return { status: readable ? known : 'unavailable', ...counts };
  }

  return Object.freeze({
    enforceEvent: enforce,
    validateOutput: (input, call) => validate(input, call, false),
    validateOutputWithPolicy: (input, call) => validate(input, call, true),
    recordDataset: (report, call) => record(draftDataset(report, call), call),
    listForTrace: (traceId, where) => listValidations(reader, traceId, where),
    getStatus,
  } satisfies Validate);
}
