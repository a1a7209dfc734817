import type { Token, Work } from '../text/token.js';
import { tokenize } from '../text/tokenize.js';
import { splitBlocks } from './blocks.js';
import { type Span, splitSentences } from './sentences.js';

/** A unit of an answer that is judged on its own. */
export interface Claim extends Span {
  readonly kind: 'statement' | 'question' | 'row' | 'code';
  readonly tokens: readonly Token[];
}

/** Tokens of one claim at most: what is longer without a full stop is cut. */
const MAX_TOKENS = 64;

const HINGES: ReadonlySet<string> = /* @__PURE__ */ new Set(
  'but so although though while whereas because and which'.split(' '),
);
const SUBJECTS: ReadonlySet<string> = /* @__PURE__ */ new Set(
  'i he she it they we you this that these those there'.split(' '),
);

const says = (token: Token): boolean => token.role === 'content' || token.role === 'light';

const lower = (text: string, token: Token | undefined): string =>
  token ? text.slice(token.start, token.end).toLowerCase() : '';

/** Whether a new clause begins at a token: after a semicolon, or a hinge with its own subject. */
function hinged(text: string, tokens: readonly Token[], at: number): boolean {
  const token = tokens[at] as Token;
  const before = tokens[at - 1];
  const gap = text.slice(before?.end ?? token.start, token.start);
  if (gap.length < 8 && /[;—–]\s/.test(gap)) return true;
  const word = lower(text, token);
  if (!HINGES.has(word)) return false;
  const subject = SUBJECTS.has(lower(text, tokens[at + 1]));
  return word === 'but' ? subject || gap.includes(',') : subject && word !== 'which';
}

function clauses(text: string, tokens: readonly Token[]): readonly (readonly Token[])[] {
  const parts: Token[][] = [];
  let part: Token[] = [];
  let weight = 0;
  for (const [at, token] of tokens.entries()) {
    const rest = tokens.length - at;
    if (part.length >= MAX_TOKENS || (weight >= 2 && rest >= 3 && hinged(text, tokens, at))) {
      parts.push(part);
      part = [];
      weight = 0;
    }
    part.push(token);
    if (says(token)) weight += 1;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

function sentenceClaims(text: string, span: Span, work: Work, kind?: 'row' | 'code'): Claim[] {
  const tokens = tokenize(text, work, { from: span.start, to: span.end });
  const asked =
    kind === undefined &&
    /[?？؟]["'”’)\s]*$/.test(text.slice(Math.max(span.start, span.end - 6), span.end));
  const parts = kind === undefined ? clauses(text, tokens) : chunks(tokens);
  work.steps += tokens.length;
  return parts.map((part, at) => ({
    start: at === 0 ? span.start : (part[0] as Token).start,
    end: at === parts.length - 1 ? span.end : (part.at(-1) as Token).end,
    kind: kind ?? (asked ? 'question' : 'statement'),
    tokens: part,
  }));
}

function chunks(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const parts: (readonly Token[])[] = [];
  for (let at = 0; at < tokens.length; at += MAX_TOKENS) {
    parts.push(tokens.slice(at, at + MAX_TOKENS));
  }
  return parts;
}

/**
 * True for a remark such as `Me too!` or `I do.` that no source can support or contradict. A denial
 * is not one, because it asserts something.
 */
function isSmallTalk({ kind, tokens }: Claim): boolean {
  const idle = ({ kind: of, role }: Token): boolean =>
    of === 'word' && role !== 'content' && role !== 'negator';
  return kind === 'statement' && tokens.every(idle);
}

/**
 * Splits an answer into claims: sentences and clauses with a subject of their own, table rows and
 * lines of code. Headings, greetings and empty phrases are left out. Small talk is left out too,
 * unless the answer is nothing else. Linear in the length.
 */
export function splitClaims(text: string, work: Work): readonly Claim[] {
  const claims: Claim[] = [];
  for (const block of splitBlocks(text, work)) {
    if (block.kind === 'heading') continue;
    if (block.kind === 'row' || block.kind === 'code') {
      claims.push(...sentenceClaims(text, block, work, block.kind));
      continue;
    }
    for (const sentence of splitSentences(text, block, work)) {
      claims.push(...sentenceClaims(text, sentence, work));
    }
  }
  const said = claims.filter(({ tokens }) =>
    tokens.some(({ role }) => role === 'content' || role === 'speaker'),
  );
  const judged = said.filter((claim) => !isSmallTalk(claim));
  return judged.length === 0 ? said : judged;
}
