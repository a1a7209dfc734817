import type { EvidenceContext } from '../context.js';
import { EventsError } from '../error.js';
import type { EvidenceRecord } from '../evidence.js';
import type { RecordDraft } from '../ports.js';
import { logOpenedV1 } from '../records/log-opened-v1.js';
import { SOURCE } from '../version.js';
import { requireWhole } from './decode.js';
import { FIRST_RECORD_DAMAGED, type LogGuard } from './log-guard.js';
import { frozenError } from './signing-state.js';
import type { EvidenceLog, EvidenceLogOptions } from './types.js';

const DAMAGE: ReadonlySet<string> = new Set(['EVENTS_RECORD_TAMPERED', 'EVENTS_STORE_INVALID']);

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

/**
 * The first record of a log. Where a guard can keep the log from governing, one that is damaged does not keep
 * anybody from examining the others.
 */
async function readFirst(
  store: EvidenceLog['store'],
  decode: EvidenceLog['decode'],
  guard: LogGuard | undefined,
): Promise<EvidenceRecord | 'damaged' | undefined> {
  try {
    const [first] = await store.read(0, 1);
    return first ? requireWhole(decode(first)) : undefined;
  } catch (error) {
    const isDamage = EventsError.is(error) && DAMAGE.has(error.code);
    if (!guard || !isDamage) throw error;
    guard.report(frozenError(FIRST_RECORD_DAMAGED, 0));
    return 'damaged';
  }
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
  const record = await readFirst(store, decode, guard);
  if (record === 'damaged') return;
  const found =
    record?.type === logOpenedV1.key ? logOpenedV1.fromWire(record.body).origin : 'none';
  if (found === origin) return;
  throw new EventsError('EVENTS_OPTIONS_INVALID', 'the store holds a log of another origin', {
    details: { path: '$.origin', found },
  });
}
