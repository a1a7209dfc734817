import type { DatasetRecord } from './record.js';

const BLOCK = 65_536;
// A private key of 4096 bits has some 3300 characters: it lies whole in one of two blocks.
const OVERLAP = 4096;

function linesIn(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** A text in overlapping blocks, so that findings across lines are found. */
export async function* textBlocks(pieces: AsyncIterable<string>): AsyncGenerator<DatasetRecord> {
  let text = '';
  let overlap = 0;
  for await (const piece of pieces) {
    text += piece;
    while (text.length >= BLOCK + OVERLAP) {
      const block = text.slice(0, BLOCK);
      yield {
        kind: 'block',
        text: block,
        overlap,
        lines: linesIn(block.slice(overlap)),
        last: false,
      };
      text = text.slice(BLOCK - OVERLAP);
      overlap = OVERLAP;
    }
  }
  const rest = text.slice(overlap);
  if (text === '') return;
  const ends = rest === '' || rest.endsWith('\n') ? 0 : 1;
  yield { kind: 'block', text, overlap, lines: linesIn(rest) + ends, last: true };
}
