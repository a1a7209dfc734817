import type { CountryCode } from 'libphonenumber-js/min';
import type { Candidate, SearchedText } from '../source.js';
import type { PiiType } from '../types.js';
import { findDatesAndPlaces } from './date-and-place.js';
import { findEmails } from './email.js';
import { findAddresses } from './network.js';
import { findNumbers } from './number.js';
import { findPhones } from './phone.js';

/** All personal data that a detector believes in. */
export function findPii(
  source: SearchedText,
  region: CountryCode | undefined,
): readonly Candidate<PiiType>[] {
  return [
    ...findEmails(source),
    ...findNumbers(source),
    ...findPhones(source, region),
    ...findAddresses(source),
    ...findDatesAndPlaces(source),
  ];
}
