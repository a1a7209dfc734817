import { detect, SECRET_TYPES } from '@spanforge/detect';
import type { GateFinding } from '../model/finding.js';
import { fingerprintOf } from '../suppress/book.js';

/** Keys from the documentation of vendors: they give access to nothing. */
const DOCUMENTED: ReadonlySet<string> = new Set([
  'AKIAIOSFODNN7EXAMPLE',
  'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  'sk_test_4eC39HqLyjWDarjtT1zdp7dc',
]);

/** A secret that was found, without its text. */
export interface FoundSecret extends GateFinding {
  readonly alwaysBlocking: boolean;
}

/** Finds secrets in a text; `firstLine` is the number of its first line. */
export function scanText(
  text: string,
  file: string,
  options: { readonly threshold: number; readonly firstLine?: number },
): readonly FoundSecret[] {
  const found = detect(text, { types: SECRET_TYPES, threshold: options.threshold });
  if (found.length === 0) return [];
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const lineAt = (offset: number): number => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return found
    .filter(({ start, end }) => !DOCUMENTED.has(text.slice(start, end)))
    .map(({ type, start, end, masked, alwaysBlocking }): FoundSecret => {
      const line = lineAt(start);
      const begin = starts[line] ?? 0;
      const lineEnd = text.indexOf('\n', end);
      const before = maskOthers(text.slice(begin, start), found, begin);
      const after = maskOthers(text.slice(end, lineEnd < 0 ? text.length : lineEnd), found, end);
      return {
        ...{ rule: type, severity: alwaysBlocking ? 'critical' : 'high', alwaysBlocking },
        message: `a ${type.replaceAll('_', ' ')} stands here`,
        ...{ file, line: line + (options.firstLine ?? 1), column: start - begin + 1 },
        fingerprint: fingerprintOf(
          type,
          `${file} ${before.slice(-200)}${masked}${after.slice(0, 200)}`,
        ),
        engines: ['builtin'],
      };
    });
}

/** The rest of the line, with its other secrets masked too. */
function maskOthers(part: string, found: ReturnType<typeof detect>, offset: number): string {
  let result = '';
  let from = 0;
  for (const { start, end, masked } of found) {
    const [a, b] = [start - offset, end - offset];
    if (b <= from || a >= part.length) continue;
    result += part.slice(from, Math.max(from, a)) + masked;
    from = b;
  }
  return result + part.slice(from);
}
