import type { ConditionTime, LocalTime } from '@spanforge/condition';

/** Resolves an instant (epoch milliseconds) into calendar fields; `undefined` beyond the calendar. */
export type ZoneClock = (epochMs: number) => ConditionTime | undefined;

const OFFSET = /^([+-])(0[0-9]|1[0-4]):([0-5][0-9])$/;
const MINUTE_MS = 60_000;

/**
 * Opens a zone: `UTC`, a fixed offset such as `+02:00`, or a name such as `Europe/Berlin`, whose
 * rules come from the platform's time zone tables. `undefined` when there is no such zone.
 */
export function openZone(zone: string): ZoneClock | undefined {
  if (zone === 'UTC') return (epochMs) => fieldsAt(epochMs, epochMs);
  const offset = OFFSET.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    const shift = (offset[1] === '-' ? -minutes : minutes) * MINUTE_MS;
    return (epochMs) => fieldsAt(epochMs, epochMs + shift);
  }
  return /^[A-Z][A-Za-z_]+(\/[A-Za-z0-9_+-]+){1,2}$/.test(zone) ? namedZone(zone) : undefined;
}

const DAY_MS = 86_400_000;

/**
 * Creates the inverse: from a wall-clock time of a zone (given as if it were UTC) to the instant.
 * `undefined` when clocks change and the zone shows that time never, or twice.
 */
export function openLocalTime(zone: string): LocalTime {
  const clock = openZone(zone);
  const offsetAt = (epochMs: number): number | undefined => {
    const shown = clock?.(epochMs);
    return shown === undefined ? undefined : wallMs(shown) - Math.floor(epochMs / 1000) * 1000;
  };
  return (wall) => {
    const offsets = new Set([offsetAt(wall - DAY_MS), offsetAt(wall + DAY_MS)]);
    const found: number[] = [];
    for (const offset of offsets) {
      if (offset !== undefined && offsetAt(wall - offset) === offset) found.push(wall - offset);
    }
    return found.length === 1 ? found[0] : undefined;
  };
}

function wallMs({ year, month, day, hour, minute, second }: ConditionTime): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.setUTCHours(hour, minute, second);
}

function fieldsAt(epoch: number, local: number): ConditionTime | undefined {
  const date = new Date(local);
  const year = date.getUTCFullYear();
  if (Number.isNaN(year)) return undefined;
  return {
    epoch,
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay() || 7,
  };
}

function namedZone(zone: string): ZoneClock | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
  return (epochMs) => {
    if (Number.isNaN(new Date(epochMs).getTime())) return undefined;
    const parts = new Map(format.formatToParts(epochMs).map(({ type, value }) => [type, value]));
    const read = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    const year = parts.get('era') === 'BC' ? 1 - read('year') : read('year');
    const local = new Date(0);
    local.setUTCFullYear(year, read('month') - 1, read('day'));
    local.setUTCHours(read('hour'), read('minute'), read('second'));
    return fieldsAt(epochMs, local.getTime());
  };
}
