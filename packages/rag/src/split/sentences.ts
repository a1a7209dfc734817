import type { Work } from '../text/token.js';

/** A part of a text: UTF-16 offsets, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Abbreviations after whose point a sentence goes on. */
const ABBREVIATIONS: ReadonlySet<string> = /* @__PURE__ */ new Set(
  (
    'mr mrs ms dr prof sr jr st mt rev hon gen col lt sgt capt gov sen rep pres vs etc eg ie cf al ' +
    'approx ca no nos vol vols pp ed eds fig figs sec ch art para inc ltd co corp dept est jan feb ' +
    'mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun hr hrs min mins ave blvd ' +
    'rd ft lb lbs oz z bzw usw ggf nr str bd av p a.m p.m u.s u.k u.n e.g i.e ph.d'
  ).split(' '),
);

/** Abbreviations that also end sentences: they do where a capital follows. */
const ENDING: ReadonlySet<string> = /* @__PURE__ */ new Set(
  'etc inc ltd co corp jr sr al a.m p.m u.s u.k u.n ph.d'.split(' '),
);

const STOPS = /[.!?…。！？।॥؟۔։]+/g;
const WIDE_STOP = /[。！？।॥؟۔։]/;
const CLOSERS = new Set(['"', "'", '”', '’', ')', ']', '»', '」', '』', '）']);

const WORD_LIMIT = 12;

const isSpace = (char: string): boolean => /\s/.test(char);

/** The word that ends at a position, with inner points, in lower case; empty when it is long. */
function wordBefore(text: string, at: number, from: number): string {
  let start = at;
  while (start > from && at - start <= WORD_LIMIT && /[\p{L}.]/u.test(text[start - 1] ?? '')) {
    start -= 1;
  }
  return at - start > WORD_LIMIT ? '' : text.slice(start, at).toLowerCase();
}

function pointGoesOn(text: string, at: number, from: number, next: string): boolean {
  const word = wordBefore(text, at, from);
  if (/^\p{L}$/u.test(word) || /^(?:\p{L}\.)+\p{L}$/u.test(word)) {
    // An initial: `J. R. Cash`; `U.S. The` ends a sentence only where a capital follows two points.
    return word.length === 1 ? !/^[i]$/.test(word) : !/\p{Lu}/u.test(next);
  }
  if (!ABBREVIATIONS.has(word)) return false;
  return !(ENDING.has(word) && /\p{Lu}/u.test(next));
}

/** Whether the sentence goes on after a stop that ends at `at`. */
function continues(
  text: string,
  stop: {
    readonly first: number;
    readonly at: number;
    readonly end: number;
    readonly from: number;
    readonly single: boolean;
  },
): boolean {
  const { first, at, end, from, single } = stop;
  if (!single) return false;
  let next = at;
  while (next < end && next < at + 4 && isSpace(text[next] ?? '')) next += 1;
  const follows = text[next] ?? '';
  // `end.Next` is a missing space; `3.5`, `a.b` and `example.org` are not.
  if (next === at && !(/\p{Ll}/u.test(text[first - 1] ?? '') && /\p{Lu}/u.test(follows))) {
    return true;
  }
  return pointGoesOn(text, first, from, follows);
}

/** Splits a run of prose into sentences; covers everything but the space between them. */
export function splitSentences(text: string, { start, end }: Span, work: Work): readonly Span[] {
  const found: Span[] = [];
  let from = start;
  const cut = (to: number): void => {
    let a = from;
    let b = to;
    while (a < b && isSpace(text[a] ?? '')) a += 1;
    while (b > a && isSpace(text[b - 1] ?? '')) b -= 1;
    if (b > a) found.push({ start: a, end: b });
    from = to;
  };
  for (const stop of text.slice(start, end).matchAll(STOPS)) {
    const first = start + stop.index;
    let at = first + stop[0].length;
    if (at < from) continue;
    const single = stop[0] === '.';
    while (at < end && CLOSERS.has(text[at] ?? '')) at += 1;
    work.steps += at - first + WORD_LIMIT;
    if (at < end && !WIDE_STOP.test(stop[0]) && continues(text, { first, at, end, from, single })) {
      continue;
    }
    cut(at);
  }
  work.steps += end - start;
  cut(end);
  return found;
}
