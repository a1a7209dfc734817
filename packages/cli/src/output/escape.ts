import { visible } from '@spanforge/operator';

/**
 * Escapes text for a terminal: control characters, and characters that reorder or hide text.
 * Newlines and backslashes stay, so escaping twice changes nothing.
 */
export function escapeText(text: string): string {
  return text.replace(/[^\n\\]+/g, visible);
}

function escapeUnits(character: string): string {
  if (visible(character) === character) return character;
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** JSON whose strings and keys contain no character that {@link escapeText} escapes. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/[^\n -~]/gu, escapeUnits);
}

/** JSON on one line, for commands that print one document after another. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(/[^ -~]/gu, escapeUnits);
}
