import { isPlainObject, member, type PlainObject, sortedJson } from './plain.js';
import { blockOf, textBlock } from './result-form.js';

/** A tool's result as rules see it, and how to turn it back into a result. */
export interface ResultView {
  readonly view: unknown;
  /** Makes a result of a view that was redacted; what the view does not show is left out. */
  readonly rebuild: (view: unknown) => unknown;
}

type TextBlock = PlainObject & { readonly text: string };

const isTextBlock = (value: unknown): value is TextBlock =>
  member(value, 'type') === 'text' && typeof member(value, 'text') === 'string';

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function hasText(value: unknown, text: string): boolean {
  if (typeof value === 'string') return value === text;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((part) => hasText(part, text));
}

/** True if the content only repeats the structured part. */
function isRepeated(content: readonly unknown[], structured: PlainObject): boolean {
  const whole = sortedJson(structured);
  return content.every((block) => {
    if (!isTextBlock(block)) return false;
    if (hasText(structured, block.text)) return true;
    const parsed = parse(block.text);
    return parsed !== undefined && sortedJson(parsed) === whole;
  });
}

/**
 * Gives what was masked the form of a tool's result again: clients refuse a result that is a text, a
 * block that is none, and structured content that is no object.
 */
function asResult(masked: unknown, original: unknown): unknown {
  if (!isPlainObject(masked)) {
    const failed = member(original, 'isError') === true;
    return { content: [textBlock(masked)], ...(failed ? { isError: true } : {}) };
  }
  const { content, structuredContent } = masked;
  const kept = isPlainObject(structuredContent) ? masked : without(masked, 'structuredContent');
  if (content === undefined) return kept;
  if (!Array.isArray(content)) return { ...kept, content: [textBlock(content)] };
  return {
    ...kept,
    content: content.map(blockOf),
  };
}

const KNOWN = new Set(['content', 'structuredContent', 'isError', 'resultType', '_meta']);

/** A result with unknown members is shown unchanged, so that nothing is hidden from rules. */
function isOrdinary(result: PlainObject): boolean {
  return Object.keys(result).every((key) => KNOWN.has(key)) && Array.isArray(result.content);
}

/**
 * What rules see of a result: its structured part where the content only repeats it; the one text,
 * read as JSON where it is JSON; else the result as it is.
 */
export function viewResult(result: unknown): ResultView {
  const whole: ResultView = { view: result, rebuild: (view) => asResult(view, result) };
  try {
    return ordinaryView(result, whole);
  } catch {
    // Nested too deeply to be read in parts; govern decides about the whole.
    return whole;
  }
}

function ordinaryView(result: unknown, whole: ResultView): ResultView {
  if (!isPlainObject(result) || !isOrdinary(result)) return whole;
  const content = result.content as readonly unknown[];
  const structured = member(result, 'structuredContent');
  if (isPlainObject(structured)) {
    if (!isRepeated(content, structured)) return whole;
    const rebuild = (view: unknown): unknown => ({
      ...without(result, '_meta'),
      content: [textBlock(view)],
      structuredContent: view,
    });
    return { view: structured, rebuild: (view) => asResult(rebuild(view), result) };
  }
  const [only] = content;
  if (structured !== undefined || content.length !== 1 || !isTextBlock(only)) return whole;
  const parsed = parse(only.text);
  const view = parsed === undefined ? only.text : parsed;
  const rebuild = (changed: unknown): unknown => ({
    ...without(result, '_meta'),
    content: [textBlock(changed)],
  });
  return { view, rebuild };
}

function without(value: PlainObject, key: string): PlainObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}
