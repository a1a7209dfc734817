import { Given } from '@spanforge/core-signing';

/** What bodies with the same text up to their `values` have in common. */
export class BodyText {
  /** What record types made of such a body without its values, by their key: to be copied, not given away. */
  readonly inCode = new Map<string, object>();
}

/** Attaches what a body shares with others, where no other code can write it. */
class Shared extends Given {
  readonly #text: BodyText;

  /** Must run before the body is frozen. */
  constructor(body: object, text: BodyText) {
    super(body);
    this.#text = text;
  }

  static of(body: object): BodyText | undefined {
    return #text in body ? body.#text : undefined;
  }
}

/** Says what a body shares; freezes the body, since types remember what they made of the shared part. */
export function shareBody(body: unknown, text: BodyText): void {
  // A body of which even the values are the same is one object.
  if (typeof body !== 'object' || body === null || Shared.of(body)) return;
  new Shared(body, text);
  Object.freeze(body);
}

/** What a body shares with others; undefined for one that was not given to {@link shareBody}. */
export function textOfBody(body: unknown): BodyText | undefined {
  return typeof body === 'object' && body !== null ? Shared.of(body) : undefined;
}
