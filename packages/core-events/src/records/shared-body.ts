import { Given } from '@spanforge/core-signing';

/** What bodies with the same text up to their `values` have in common. */
export class BodyText {
  /** The body with empty `values`, deeply frozen. */
  readonly members: Readonly<Record<string, unknown>>;
  /** What record types made of such a body, by their key. */
  readonly inCode = new Map<string, object>();

  constructor(members: Readonly<Record<string, unknown>>) {
    this.members = members;
  }
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

/** A body made of what it shares and its own values; frozen, since types remember what they made of the shared part. */
export function bodyOfText(text: BodyText, values: unknown): Readonly<Record<string, unknown>> {
  const body = { ...text.members, values };
  new Shared(body, text);
  return Object.freeze(body);
}

/** What a body shares with others; undefined for one that was not made by {@link bodyOfText}. */
export function textOfBody(body: unknown): BodyText | undefined {
  return typeof body === 'object' && body !== null ? Shared.of(body) : undefined;
}
