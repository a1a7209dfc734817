import { createAlikeParser, type JsonValue, type Likeness } from '@spanforge/core-signing';
import { BodyText, shareBody } from '../records/shared-body.js';

/** Parses the text of a record as `JSON.parse` does. What it returns is valid until the next call; what is in it stays. */
export type ParseRecord = (text: string) => JsonValue;

/** What stands before the values of a body. In JSON, no text can contain it. */
const VALUES = ',"values":{';

/** What comes before the values. Few records are alike of which these texts differ. */
const headOf = (text: string): string => text.slice(0, Math.max(0, text.indexOf(VALUES)));

/** What bodies of a likeness share, if they differ in nothing but their values. */
function textOf({ varying }: Likeness): BodyText | undefined {
  const inBody = varying.filter(([name]) => name === 'body');
  const areValues = inBody.every(([, name, ...more]) => name === 'values' && more.length === 1);
  return areValues ? new BodyText() : undefined;
}

/** Likenesses of which it is remembered what their bodies share. */
const MOST = 256;

/**
 * Makes a parser for many records of one type. Most decisions differ from an earlier one only in the
 * digests of their values, and in what stands behind them: the rest is parsed once, and shared. A body
 * that shares is frozen.
 */
export function createRecordParser(): ParseRecord {
  const alike = createAlikeParser(headOf);
  const texts = new Map<Likeness, BodyText | undefined>();
  return (text) => {
    const wire = alike.parse(text);
    const { likeness } = alike;
    if (!likeness) return wire;
    if (!texts.has(likeness)) {
      if (texts.size === MOST) texts.clear();
      texts.set(likeness, textOf(likeness));
    }
    const shared = texts.get(likeness);
    if (shared) shareBody((wire as { readonly body?: unknown }).body, shared);
    return wire;
  };
}
