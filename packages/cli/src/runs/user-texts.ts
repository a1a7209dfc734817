import type { JsonValue } from '@spanforge/core-signing';

/** What a user wrote, and before which call of the run. */
export interface UserText {
  readonly text: string;
  /** Position of the next call. */
  readonly before: number;
}

/**
 * Finds what the user wrote in a conversation of the usual form: messages with `role` and
 * `content`, the assistant's with `tool_calls`. Whatever has another form is passed over.
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
