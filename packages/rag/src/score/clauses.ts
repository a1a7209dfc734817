import { createLexicon, PAST_FORMS } from '../text/lexicon.js';
import { stem } from '../text/stem.js';
import type { Token } from '../text/token.js';

const list = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const LEXICON = /* @__PURE__ */ createLexicon(stem);

const DETERMINERS = /* @__PURE__ */ list(
  'a an the this that these those his her its their my your our each every any some no all both',
);
const PREPOSITIONS = /* @__PURE__ */ list(
  'of in on at by for from with into over under about than between through during after before to as',
);
const BE = /* @__PURE__ */ list('am is are was were be been being');
const HELPERS = /* @__PURE__ */ list(
  'do does did will would shall should can could may might must have has had',
);
const PRONOUNS = /* @__PURE__ */ list(
  'i he she it they we you him her them us this that these those there who which what one',
);
const HINGES = /* @__PURE__ */ list(
  'but while because although though if unless when where whereas',
);
const JOINTS = /* @__PURE__ */ list('and or');
const WEEKDAYS = /* @__PURE__ */ list(
  'monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow',
);

/** How far from a verb its subject and its object are looked for. */
const REACH = 12;

/** The most clauses of a claim, and of its evidence, that are compared. */
const MOST = { claim: 6, evidence: 12 } as const;

const BE_KEY = 'be';

interface Clause {
  readonly verb: string;
  readonly passive: boolean;
  /** Who does it, as keys; undefined where a pronoun, or nobody, stands there. */
  readonly actor: ReadonlySet<string> | undefined;
  /** What else is said with the verb: whom, what, where. */
  readonly rest: ReadonlySet<string>;
}

const wordOf = (token: Token | undefined): string => token?.word ?? '';

/** Names a person or thing: a content word that is no day and no number. */
const names = (token: Token): boolean =>
  token.kind === 'word' && token.role === 'content' && !WEEKDAYS.has(wordOf(token));

/** Punctuation stands between two tokens, or another passage begins. */
const parted = (before: Token | undefined, after: Token | undefined): boolean =>
  !before || !after || after.start - before.end > 1 || after.start < before.end;

const skips = ({ role, word = '' }: Token): boolean =>
  role === 'negator' || role === 'light' || HELPERS.has(word) || /.{3}ly$/.test(word);

/** The last token before a position that is no helper and no adverb. */
function before(tokens: readonly Token[], at: number): Token | undefined {
  let place = at - 1;
  while (place >= 0 && skips(tokens[place] as Token)) place -= 1;
  return tokens[place];
}

const isPast = (word: string): boolean => PAST_FORMS.has(word) || /.[^e]ed$/.test(word);

/** Whether a word is the verb of a clause; `known` are words that are verbs in the other text. */
function isVerb(tokens: readonly Token[], at: number, known: ReadonlySet<string>): boolean {
  const token = tokens[at] as Token;
  const [previous, next] = [tokens[at - 1], tokens[at + 1]];
  const [word, lead] = [wordOf(token), wordOf(previous)];
  // `called` and `made` weigh little, and are verbs.
  const light = token.role === 'light' && isPast(word);
  if (!(names(token) || light) || token.proper || !previous) return false;
  if (DETERMINERS.has(lead) || PREPOSITIONS.has(lead)) return false;
  if (known.has(token.key) || HELPERS.has(lead) || isPast(word)) return true;
  if (!/.{2}[^s]s$/.test(word) || !names(previous) || /s$/.test(lead) || parted(token, next)) {
    return false;
  }
  const after = wordOf(next);
  return DETERMINERS.has(after) || PREPOSITIONS.has(after) || next?.proper === true;
}

/** The subject: the words that name something, back from a verb to the beginning of its clause. */
function subject(
  tokens: readonly Token[],
  verb: number,
  verbs: ReadonlySet<number>,
): ReadonlySet<string> | undefined {
  const found = new Set<string>();
  for (let at = verb - 1; at >= Math.max(0, verb - REACH); at -= 1) {
    const token = tokens[at] as Token;
    const word = wordOf(token);
    if (parted(token, tokens[at + 1]) || verbs.has(at) || HINGES.has(word)) break;
    if (names(token)) found.add(token.key);
    else if (found.size === 0) {
      if (JOINTS.has(word) || PRONOUNS.has(word)) return undefined;
    } else if (PRONOUNS.has(word)) break;
    // `After midnight the nurse`: an article after a noun begins another phrase.
    const behind = tokens[at - 1];
    if (found.size > 0 && DETERMINERS.has(word) && behind && names(behind)) break;
  }
  return found.size === 0 ? undefined : found;
}

/** What follows a verb in its clause, and where `by` stands. */
function predicate(
  tokens: readonly Token[],
  verb: number,
  verbs: ReadonlySet<number>,
): { readonly rest: ReadonlySet<string>; readonly by: ReadonlySet<string> } {
  const rest = new Set<string>();
  const by = new Set<string>();
  let into = rest;
  for (let at = verb + 1; at < Math.min(tokens.length, verb + REACH); at += 1) {
    const token = tokens[at] as Token;
    const word = wordOf(token);
    if (parted(tokens[at - 1], token) || verbs.has(at) || HINGES.has(word)) break;
    if (word === 'by') into = by;
    else if (PREPOSITIONS.has(word)) into = rest;
    else if (names(token)) into.add(token.key);
  }
  return { rest, by };
}

const verbsOf = (tokens: readonly Token[], known: ReadonlySet<string>): ReadonlySet<number> =>
  new Set([...tokens.keys()].filter((at) => isVerb(tokens, at, known)));

function clausesOf(tokens: readonly Token[], verbs: ReadonlySet<number>): readonly Clause[] {
  const found: Clause[] = [];
  for (const [at, token] of tokens.entries()) {
    const be = BE.has(wordOf(token));
    if (!verbs.has(at) && !be) continue;
    const { rest, by } = predicate(tokens, at, verbs);
    const left = subject(tokens, at, verbs);
    if (be) {
      if (rest.size > 0) found.push({ verb: BE_KEY, passive: false, actor: left, rest });
      continue;
    }
    const passive = isPast(wordOf(token)) && BE.has(wordOf(before(tokens, at)));
    if (passive) {
      const actor = by.size === 0 ? undefined : by;
      found.push({ verb: token.key, passive, actor, rest: new Set([...(left ?? []), ...rest]) });
    } else {
      found.push({ verb: token.key, passive, actor: left, rest: new Set([...rest, ...by]) });
    }
  }
  return found;
}

const akin = (a: string, b: string): boolean => {
  if (a === b) return true;
  const groups = LEXICON.groups(b);
  return groups.length > 0 && LEXICON.groups(a).some((group) => groups.includes(group));
};

const meets = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  [...a].some((one) => b.has(one) || [...b].some((other) => akin(one, other)));

/** Whether one clause of the evidence speaks for or against one of the claim; 0 for neither. */
function speaks(claim: Clause, { verb, actor, rest }: Clause): -1 | 0 | 1 {
  if (claim.verb === BE_KEY || verb === BE_KEY ? claim.verb !== verb : !akin(claim.verb, verb)) {
    return 0;
  }
  const same = claim.rest.size === 0 || meets(claim.rest, rest);
  if (actor === undefined) return same ? 1 : 0;
  if (claim.actor === undefined) {
    return claim.passive && !same && meets(claim.rest, actor) ? -1 : same ? 1 : 0;
  }
  if (meets(claim.actor, actor)) return same || rest.size === 0 ? 1 : 0;
  const turned = verb !== BE_KEY && meets(claim.actor, rest) && meets(claim.rest, actor);
  return turned || same ? -1 : 0;
}

/**
 * How many clauses of a claim give what the evidence says to somebody else whom the evidence knows: `B paid
 * A` beside `A paid B`, and `Jones wrote it` beside `Miller wrote it. Jones read it.` Verbs are told by their
 * form and their neighbours, so many are missed; a subject that is a pronoun, or that the evidence does not
 * know, is left alone.
 */
export function changedActors(claim: readonly Token[], evidence: readonly Token[]): number {
  const keys = (tokens: readonly Token[], verbs: ReadonlySet<number>): readonly string[] =>
    [...verbs].map((at) => (tokens[at] as Token).key);
  const none: ReadonlySet<string> = new Set();
  const known = new Set([
    ...keys(claim, verbsOf(claim, none)),
    ...keys(evidence, verbsOf(evidence, none)),
  ]);
  const here = clausesOf(claim, verbsOf(claim, known)).slice(0, MOST.claim);
  if (here.length === 0) return 0;
  const there = clausesOf(evidence, verbsOf(evidence, known)).slice(0, MOST.evidence);
  const held = new Set(evidence.filter(names).map(({ key }) => key));
  return here.filter((clause) => {
    const strange = [...(clause.actor ?? [])].some((key) => !held.has(key));
    if (strange) return false;
    const said = there.map((other) => speaks(clause, other));
    return said.includes(-1) && !said.includes(1);
  }).length;
}
