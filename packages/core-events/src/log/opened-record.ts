import type { EvidenceContext } from '../context.js';
import { EventsError } from '../error.js';
import type { RecordDraft } from '../ports.js';
import { logOpenedV1 } from '../records/log-opened-v1.js';
import { SOURCE } from '../version.js';
import { requireWhole } from './decode.js';
import type { EvidenceLog, EvidenceLogOptions } from './types.js';

/** The context of the records that a log writes about itself. */
export function ownContext(options: EvidenceLogOptions, boot: string): EvidenceContext {
  return Object.freeze({
    tenant: 'system',
    project: options.project ?? 'spanforge',
    env: options.env ?? 'system',
    run: boot,
    traceId: boot,
    agent: 'spanforge',
    actor: options.writer,
    source: SOURCE,
  });
}

/** Checks that the store has the log of this origin; writes the first record into an empty store. */
export async function openOrCheck(
  { origin, store, decode }: EvidenceLog,
  append: (draft: RecordDraft) => Promise<unknown>,
  context: EvidenceContext,
  { guard, opened }: Pick<EvidenceLogOptions, 'guard' | 'opened'>,
): Promise<void> {
  if ((await store.size()) === 0) {
    // A log that lost all its records must not be started again.
    if (guard?.refusal()) return;
    try {
      const body = logOpenedV1.toWire({ ...opened, origin });
      await append({ type: logOpenedV1.key, context, body });
      return;
    } catch (error) {
      // Another process opened the log at the same moment.
      if (!EventsError.is(error) || error.code !== 'EVENTS_CLAIM_TAKEN') throw error;
    }
  }
  const [first] = await store.read(0, 1);
  const record = first ? requireWhole(decode(first)) : undefined;
  const found =
    record?.type === logOpenedV1.key ? logOpenedV1.fromWire(record.body).origin : 'none';
  if (found === origin) return;
  throw new EventsError('EVENTS_OPTIONS_INVALID', 'the store holds a log of another origin', {
    details: { path: '$.origin', found },
  });
}
