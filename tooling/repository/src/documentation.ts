import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A link of a Markdown file that leads nowhere. */
export interface DeadLink {
  /** From 1. */
  readonly line: number;
  readonly target: string;
}

/** Blanks out fenced blocks and code spans, which may hold brackets that are no links. */
function withoutCode(markdown: string): string {
  const blank = (code: string): string => code.replace(/[^\n]/g, ' ');
  return markdown.replace(/^(```+|~~~+)[\s\S]*?^\1\s*$/gm, blank).replace(/`[^`\n]*`/g, blank);
}

/** The anchor that a heading gets: lower case, spaces as hyphens, no punctuation. */
function anchorOf(heading: string): string {
  const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

function hasAnchor(markdown: string, anchor: string): boolean {
  const body = markdown.replace(/^(```+|~~~+)[\s\S]*?^\1\s*$/gm, '');
  return [...body.matchAll(/^#{1,6} (.+)$/gm)].some(
    ([, heading = '']) => anchorOf(heading) === anchor,
  );
}

/**
 * The relative links of a Markdown file whose file or heading is not there. Links with a scheme are
 * not followed: no test needs a network.
 *
 * @param file seen from the root, with forward slashes.
 */
export function deadLinks(
  root: string,
  file: string,
  read: (path: string) => string,
): readonly DeadLink[] {
  const lines = withoutCode(read(file)).split('\n');
  const targets = lines.flatMap((text, at) =>
    [...text.matchAll(/\]\(<?([^)\s>]+)>?\)|^\[[^\]]+\]: +(\S+)/g)].map(
      ([, inline, reference]) => ({
        line: at + 1,
        target: inline ?? reference ?? '',
      }),
    ),
  );
  return targets.filter(({ target }) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const found = path === '' ? file : join(dirname(file), decodeURIComponent(path));
    if (!existsSync(join(root, found))) return true;
    return anchor !== undefined && found.endsWith('.md') && !hasAnchor(read(found), anchor);
  });
}

/** Every `PREFIX_CODE` that stands in backticks or quotes in a text, sorted, each once. */
export function codesIn(text: string): readonly string[] {
  const found = [...text.matchAll(/[`']([A-Z]+(?:_[A-Z0-9]+)+)[`']/g)];
  return [...new Set(found.map(([, code = '']) => code))].sort();
}
