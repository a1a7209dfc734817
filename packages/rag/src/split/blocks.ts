import type { Work } from '../text/token.js';
import type { Span } from './sentences.js';

/** A block of a text: prose is split further, a row or a piece of code is one unit. */
export interface Block extends Span {
  readonly kind: 'prose' | 'item' | 'row' | 'code' | 'heading';
}

const FENCE = /^\s{0,3}(?:```|~~~)/;
const ITEM = /^\s*(?:[-*+•‣◦]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+/;
const HEADING = /^\s{0,3}#{1,6}\s/;
const RULE = /^[\s|:\-=+_*]+$/;

interface Line extends Span {
  readonly text: string;
}

function* linesOf(text: string, { start, end }: Span): Generator<Line> {
  let from = start;
  while (from < end) {
    const found = text.indexOf('\n', from);
    const to = found < 0 || found > end ? end : found;
    yield { start: from, end: to, text: text.slice(from, to) };
    from = to + 1;
  }
}

function isRow(line: string): boolean {
  const trimmed = line.trim();
  return trimmed.startsWith('|') ? trimmed.length > 1 : trimmed.split(' | ').length > 2;
}

/** Splits a text into blocks by its lines: paragraphs, list items, table rows, code, headings. */
export function splitBlocks(text: string, work: Work, span?: Span): readonly Block[] {
  const blocks: Block[] = [];
  let open: { start: number; end: number; kind: 'prose' | 'item' } | undefined;
  let fenced = false;
  const close = (): void => {
    if (open) blocks.push(open);
    open = undefined;
  };
  for (const line of linesOf(text, span ?? { start: 0, end: text.length })) {
    work.steps += line.text.length + 1;
    const { start, end } = line;
    if (FENCE.test(line.text)) {
      close();
      fenced = !fenced;
    } else if (fenced) {
      if (line.text.trim() !== '') blocks.push({ start, end, kind: 'code' });
    } else if (line.text.trim() === '' || RULE.test(line.text)) {
      close();
    } else if (HEADING.test(line.text)) {
      close();
      blocks.push({ start, end, kind: 'heading' });
    } else if (isRow(line.text)) {
      close();
      blocks.push({ start, end, kind: 'row' });
    } else {
      const marker = ITEM.exec(line.text);
      if (marker) {
        close();
        open = { start: start + marker[0].length, end, kind: 'item' };
      } else if (open) open.end = end;
      else open = { start, end, kind: 'prose' };
    }
  }
  close();
  return blocks;
}
