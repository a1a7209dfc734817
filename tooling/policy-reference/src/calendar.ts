import type { ConditionTime } from '@spanforge/condition';

const HOUR_MS = 3_600_000;
const QUARTER_MS = 900_000;

/** How far clocks of a zone are ahead of UTC at an instant, in milliseconds. */
function aheadMs(zone: string, instant: number): number {
  const fixed = /^([+-])(\d\d):(\d\d)$/.exec(zone);
  if (zone === 'UTC') return 0;
  if (fixed !== null) {
    const ahead = Number(fixed[2]) * HOUR_MS + Number(fixed[3]) * 60_000;
    return fixed[1] === '-' ? -ahead : ahead;
  }
  // "MM/DD/YYYY, HH:MM:SS": read back as if it were UTC.
  const shown = new Date(instant).toLocaleString('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const [month, day, year, hour, minute, second] = shown.split(/\D+/).map(Number);
  const wall = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  return wall - Math.floor(instant / 1000) * 1000;
}

/** What clocks and calendars of a zone show; years of four digits after Christ only. */
export function readTime(instant: unknown, zone: string): ConditionTime | undefined {
  if (typeof instant !== 'number' || Number.isNaN(new Date(instant).getTime())) return undefined;
  const wall = new Date(instant + aheadMs(zone, instant));
  if (Number.isNaN(wall.getTime())) return undefined;
  return {
    epoch: instant,
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
    second: wall.getUTCSeconds(),
    weekday: ((wall.getUTCDay() + 6) % 7) + 1,
  };
}

/** Every instant a text can mean is tried: one that fits alone is what it means. */
export function readInstant(text: string, zone: string): number | undefined {
  const parts =
    /^(\d{4}-\d\d-\d\d)(?:[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)?)?$/.exec(
      text,
    );
  if (parts === null) return undefined;
  const [, date, hour = '00', minute = '00', second = '00', fraction = '', offset] = parts;
  const utc = `${date}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
  const wall = Date.parse(utc);
  if (Number.isNaN(wall) || new Date(wall).toISOString() !== utc) return undefined;
  if (offset !== undefined) {
    return wall - aheadMs(offset.toUpperCase() === 'Z' ? 'UTC' : offset, wall);
  }
  if (zone === 'UTC' || /^[+-]/.test(zone)) return wall - aheadMs(zone, wall);
  const meant: number[] = [];
  for (let instant = wall - 16 * HOUR_MS; instant <= wall + 16 * HOUR_MS; instant += QUARTER_MS) {
    if (instant + aheadMs(zone, instant) === wall) meant.push(instant);
  }
  return meant.length === 1 ? meant[0] : undefined;
}
