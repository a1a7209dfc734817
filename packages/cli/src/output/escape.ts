import { visible } from '@spanforge/operator';

/**
 * Text fit for a terminal: whatever would steer it, reorder it or hide in it is shown as an escape.
 * Newlines and backslashes stay, so text that was escaped before is not escaped again.
 */
export function escapeText(text: string): string {
  return text.replace(/[^\n\\]+/g, visible);
}

function escapeUnits(character: string): string {
  if (visible(character) === character) return character;
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** JSON in which no string, keys among them, carries a character that {@link escapeText} escapes. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(/[^\n -~]/gu, escapeUnits);
}

/** The same as one line, for commands that print one document after another. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(/[^ -~]/gu, escapeUnits);
}
