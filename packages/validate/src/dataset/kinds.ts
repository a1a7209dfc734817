import { PII_TYPES } from '@spanforge/detect';

/** Finds personal data that patterns cannot find, such as names; usually a model of the host. */
export interface PersonalDataFinder {
  /** The kinds it finds, such as `person_name`; a report lists them as searched for. */
  readonly kinds: readonly string[];
  /** Finds personal data in one text. An error ends the scan. */
  find(text: string): readonly PersonalDataSpan[];
}

/** Personal data in a text. Offsets are UTF-16 code units, end exclusive. */
export interface PersonalDataSpan {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  /** 0 to 1. */
  readonly confidence: number;
}

/** Which kinds of personal data a scan searched for. */
export interface SearchedKinds {
  /** Kinds found anywhere in a text. */
  readonly text: readonly string[];
  /** Kinds found only as the value of a field with a matching name. */
  readonly fieldNames: readonly string[];
}

/** Kinds that the detectors know by the name of a field alone. */
const BY_NAME: ReadonlySet<string> = new Set(['person_name', 'postal_address', 'national_id']);

/** Kinds that must be searched before the amount of personal data is known. */
export const NEEDED_KINDS: readonly string[] = ['person_name', 'postal_address'];

/** The kinds that detectors with these options and the host's finders search for. */
export function searchedKinds(
  types: readonly string[] | undefined,
  finders: readonly PersonalDataFinder[],
): SearchedKinds {
  const built = PII_TYPES.filter((type) => types === undefined || types.includes(type));
  const found = finders.flatMap(({ kinds }) => kinds);
  const text = new Set([...built.filter((type) => !BY_NAME.has(type)), ...found]);
  const fieldNames = built.filter((type) => BY_NAME.has(type) && !text.has(type));
  return { text: [...text].sort(), fieldNames: [...fieldNames].sort() };
}
