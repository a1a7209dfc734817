import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/min';
import { DetectError } from './error.js';
import { type FindingType, isFindingType } from './types.js';

/** How to search. */
export interface DetectOptions {
  /** Only these; all by default. `PII_TYPES` and `SECRET_TYPES` are whole families. */
  readonly types?: readonly FindingType[];
  /** Least confidence that is reported, 0..1, 0.85 by default; always-blocking types ignore it. */
  readonly threshold?: number;
  /** ISO 3166-1 alpha-2 country whose national telephone numbers are recognised: `DE`. */
  readonly region?: string;
}

/** Options that have been checked. */
export interface DetectSettings {
  readonly types: ReadonlySet<FindingType> | undefined;
  readonly threshold: number;
  readonly region: CountryCode | undefined;
}

export function readOptions({ types, threshold = 0.85, region }: DetectOptions): DetectSettings {
  if (types !== undefined && !(Array.isArray(types) && types.every(isFindingType))) {
    throw refusedError('types');
  }
  if (typeof threshold !== 'number' || !(threshold >= 0 && threshold <= 1)) {
    throw refusedError('threshold');
  }
  if (region !== undefined && !isSupportedCountry(region)) throw refusedError('region');
  return { types: types && new Set(types), threshold, region };
}

function refusedError(option: string): DetectError {
  return new DetectError('DETECT_OPTION', `the option ${option} is not valid`, { option });
}
