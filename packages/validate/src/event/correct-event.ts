import { type Clock, formatTime, type MakeId } from '@spanforge/core-events';
import { eventSchema } from '@spanforge/core-events/records';
import { formatPath } from '@spanforge/core-signing';
import type { z } from 'zod';
import type { Violation } from '../violation.js';
import { checkCopy } from './check-event.js';
import { copyPlain, isObject } from './plain.js';
import { repairs } from './repair.js';

/** One change of a correction. It names the place, never the value. */
export interface EventChange {
  readonly op: 'add' | 'replace' | 'remove';
  /** JSON path in the document as it was given. */
  readonly path: string;
  /** The reason: `required`, `type`, `format`, `field_name`, `unknown_field`, `null`. */
  readonly rule: string;
}

/** The result of a correction. */
export interface CorrectedEvent {
  /** True when the corrected document validates. */
  readonly valid: boolean;
  /** The corrected document, possibly incomplete; absent if there was nothing to correct. */
  readonly correctedDoc?: Readonly<Record<string, unknown>>;
  readonly changes: readonly EventChange[];
  /** The remaining violations. */
  readonly violations: readonly Violation[];
  /** True if the document has a signature from before the change. */
  readonly signatureStale: boolean;
}

/** The sources for missing fields. A field without a source stays missing. */
export interface CorrectOptions {
  /** Epoch milliseconds, for a missing `timestamp`. */
  readonly clock?: Clock;
  /** ULIDs, for a missing `event_id`. */
  readonly ids?: MakeId;
  /** `name@semver`, for a missing `source`. */
  readonly source?: string;
}

type Fields = Map<string, unknown>;

const shape = eventSchema.shape as Readonly<Record<string, z.ZodType>>;
const known: ReadonlySet<string> = new Set(Object.keys(shape));

function knownName(name: string): string | undefined {
  const snake = name
    .trim()
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[\s.-]/g, '_')
    .toLowerCase();
  return known.has(snake) ? snake : undefined;
}

/** Keeps known fields under their own names, whatever their spelling was. */
function nameFields(event: Readonly<Record<string, unknown>>, changes: EventChange[]): Fields {
  const fields: Fields = new Map(Object.entries(event).filter(([name]) => known.has(name)));
  for (const [name, value] of Object.entries(event)) {
    if (known.has(name)) continue;
    const meant = knownName(name);
    const path = formatPath([name]);
    if (meant === undefined || fields.has(meant)) {
      changes.push({ op: 'remove', path, rule: 'unknown_field' });
    } else {
      fields.set(meant, value);
      changes.push({ op: 'replace', path, rule: 'field_name' });
    }
  }
  return fields;
}

function removeNull(fields: Fields, changes: EventChange[]): void {
  for (const [name, value] of fields) {
    // A payload of `null` becomes an empty one; any other field of `null` counts as missing.
    if (value !== null || name === 'payload') continue;
    fields.delete(name);
    changes.push({ op: 'remove', path: formatPath([name]), rule: 'null' });
  }
}

const holds = (name: string, value: unknown): boolean =>
  shape[name]?.safeParse(value).success === true && checkTags(name, value);

function checkTags(name: string, value: unknown): boolean {
  return name !== 'tags' || !isObject(value) || !Object.hasOwn(value, '__proto__');
}

function repairFields(fields: Fields, changes: EventChange[]): void {
  for (const [name, value] of fields) {
    if (holds(name, value)) continue;
    const repaired = repairs.get(name)?.(value);
    if (repaired === undefined || !holds(name, repaired)) continue;
    fields.set(name, repaired);
    const rule = typeof value === typeof repaired ? 'format' : 'type';
    changes.push({ op: 'replace', path: formatPath([name]), rule });
  }
}

function addMissing(fields: Fields, changes: EventChange[], options: CorrectOptions): void {
  const { clock, ids, source } = options;
  const fillers: Readonly<Record<string, () => unknown>> = {
    schema_version: () => '2.0',
    payload: () => ({}),
    event_id: () => ids?.(),
    timestamp: () => clock && formatTime(clock()),
    source: () => source,
  };
  for (const [name, fill] of Object.entries(fillers)) {
    if (fields.has(name)) continue;
    const value = fill();
    if (value === undefined || !holds(name, value)) continue;
    fields.set(name, value);
    changes.push({ op: 'add', path: formatPath([name]), rule: 'required' });
  }
}

/**
 * Corrects an event in wire form if that needs no guessing.
 *
 * Fields in another case get their proper name, times with an offset become UTC, numbers become
 * text where text is required, and missing fields are filled in from the options. No known field is
 * dropped unless its value is `null`. Unknown fields are removed; each removal is a change. Never
 * throws for its input: a document that is still invalid has its violations.
 */
export function correctEvent(event: unknown, options: CorrectOptions = {}): CorrectedEvent {
  const plain = copyPlain(event);
  const refused = { valid: false, changes: [], signatureStale: false };
  if (!plain.ok) return { ...refused, violations: [plain.violation] };
  if (!isObject(plain.value)) return { ...refused, violations: checkCopy(plain.value) };
  const changes: EventChange[] = [];
  const fields = nameFields(plain.value, changes);
  removeNull(fields, changes);
  repairFields(fields, changes);
  addMissing(fields, changes, options);
  const correctedDoc = Object.fromEntries(fields);
  // Corrections may have made it larger or deeper than an event may be.
  const again = copyPlain(correctedDoc);
  const violations = again.ok ? checkCopy(again.value) : [again.violation];
  return {
    valid: violations.length === 0,
    correctedDoc: Object.freeze(correctedDoc),
    changes,
    violations,
    signatureStale: changes.length > 0 && fields.has('signature'),
  };
}
