import type { JsonValue } from '@spanforge/core-signing';

/** A text of the user, and the call of the run that it precedes. */
export interface UserText {
  readonly text: string;
  /** Position of the next call. */
  readonly before: number;
}

/**
 * Finds the user's texts in a conversation of the usual form: messages with `role` and `content`,
 * those of the assistant with `tool_calls`. Anything of another form is skipped.
 */
export function userTexts(messages: JsonValue | undefined): readonly UserText[] {
  if (!Array.isArray(messages)) return [];
  const texts: UserText[] = [];
  let before = 0;
  for (const message of messages) {
    if (typeof message !== 'object' || message === null || Array.isArray(message)) continue;
    const { role, content, tool_calls: calls } = message;
    if (role === 'user' && typeof content === 'string') texts.push({ text: content, before });
    if (role === 'assistant' && Array.isArray(calls)) before += calls.length;
  }
  return texts;
}
