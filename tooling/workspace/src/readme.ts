/** A fenced block of a Markdown file. */
export interface CodeBlock {
  /** What stands behind the opening fence: `ts`. Empty when nothing does. */
  readonly language: string;
  readonly code: string;
  /** Line of the file, from 1, on which the code begins. */
  readonly line: number;
}

/** The first fenced block of a Markdown text, or undefined when it has none. */
export function firstCodeBlock(markdown: string): CodeBlock | undefined {
  const text = markdown.replaceAll('\r\n', '\n');
  const found = /^```(\S*)[^\n]*\n([\s\S]*?)^```\s*$/m.exec(text);
  if (found === null) return undefined;
  const [, language = '', code = ''] = found;
  return { language, code, line: text.slice(0, found.index).split('\n').length + 1 };
}
