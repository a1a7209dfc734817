import { lintSource } from '@secretlint/core';
import { secretLintProfiler } from '@secretlint/profiler';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import { detect, SECRET_TYPES } from '@spanforge/detect';

/** Says how many secrets it finds in a text. */
export interface Finder {
  readonly name: string;
  find(text: string): Promise<number>;
}

const config = {
  rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }],
} as unknown as Parameters<typeof lintSource>[0]['options']['config'];

/** Ours, at a threshold. */
export function ours(threshold: number): Finder {
  return {
    name: `detect, threshold ${threshold}`,
    find: async (text) => detect(text, { types: SECRET_TYPES, threshold }).length,
  };
}

/** secretlint with its recommended rules. */
export const secretlint: Finder = {
  name: 'secretlint',
  find: async (text) => {
    const source = {
      content: text,
      filePath: 'sample.txt',
      ext: '.txt',
      contentType: 'text',
    } as const;
    const { messages } = await lintSource({ source, options: { config } });
    return messages.length;
  },
};

/**
 * Keeps secretlint from measuring itself. It keeps every mark of every text, and searches them all for each:
 * after some thousand texts that takes minutes, when the event loop is free again. For many texts in a row;
 * where its speed is measured it stays as users have it.
 */
export function stopProfilingSecretlint(): void {
  secretLintProfiler.mark = () => undefined;
}
