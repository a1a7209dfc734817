import { formatTime } from '@spanforge/core-events';

/** Gives a valid value instead of an invalid one; undefined if there is none. */
export type Repair = (value: unknown) => unknown;

const INSTANT = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|z|[+-]\d\d:?\d\d)$/;
// Epoch seconds of 1973 and later have nine digits and more, milliseconds twelve and more.
const MIN_SECONDS = 1e8;
const MIN_MILLISECONDS = 1e11;
const MAX_MILLISECONDS = 253_402_300_799_999;

const text: Repair = (value) => {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' ? value.trim() : undefined;
};

const lower: Repair = (value) =>
  typeof value === 'string' ? value.trim().toLowerCase() : undefined;
const upper: Repair = (value) =>
  typeof value === 'string' ? value.trim().toUpperCase() : undefined;

const version: Repair = (value) => {
  const found = /^v?([12])(?:\.0)?$/i.exec(String(text(value) ?? ''))?.[1];
  return found === undefined ? undefined : `${found}.0`;
};

function existingDay(day: string): boolean {
  const epochMs = Date.parse(`${day}T00:00:00Z`);
  return Number.isFinite(epochMs) && new Date(epochMs).toISOString().startsWith(day);
}

const timestamp: Repair = (value) => {
  if (typeof value === 'number') {
    const epochMs = Math.trunc(value < MIN_MILLISECONDS ? value * 1000 : value);
    return value >= MIN_SECONDS && epochMs <= MAX_MILLISECONDS ? formatTime(epochMs) : undefined;
  }
  // A time without a zone is ambiguous, so it is not corrected.
  const parts = typeof value === 'string' ? INSTANT.exec(value.trim()) : null;
  if (parts === null || !existingDay(parts[1] ?? '')) return undefined;
  const [, day = '', time = '', fraction = '', zone = ''] = parts;
  if (/^z$/i.test(zone)) return `${day}T${time}${fraction}Z`;
  const offset = zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const epochMs = Date.parse(`${day}T${time}${offset}`);
  if (!Number.isFinite(epochMs)) return undefined;
  return `${formatTime(epochMs).slice(0, 19)}${fraction}Z`;
};

const tags: Repair = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const written = Object.entries(value).map(([name, member]) => [name, text(member)] as const);
  return written.every(([, member]) => member !== undefined)
    ? Object.fromEntries(written)
    : undefined;
};

const payload: Repair = (value) => (value === null ? {} : { value });

const eventType: Repair = (value) => {
  const found = lower(value);
  return typeof found === 'string' ? found.replace(/\s{1,64}/g, '_') : undefined;
};

/** The corrections of an event's fields, by wire name. */
export const repairs: ReadonlyMap<string, Repair> = new Map<string, Repair>([
  ['schema_version', version],
  ['event_id', upper],
  ['event_type', eventType],
  ['timestamp', timestamp],
  ['source', text],
  ['payload', payload],
  ['tags', tags],
  ['checksum', lower],
  ['signature', lower],
  ['prev_id', upper],
  ...['trace_id', 'span_id', 'parent_span_id', 'org_id', 'team_id', 'actor_id', 'session_id'].map(
    (name) => [name, text] as const,
  ),
]);
