const TOKEN: unique symbol = Symbol('raw number');

/** A number from foreign JSON as it was written, so that `1.0` stays `1.0`. */
export interface RawNumber {
  readonly [TOKEN]: string;
}

export function rawNumber(token: string): RawNumber {
  return Object.freeze({ [TOKEN]: token });
}

export function rawNumberToken(value: object): string | undefined {
  return (value as Partial<RawNumber>)[TOKEN];
}
