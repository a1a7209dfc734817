import {
  beginsToken,
  type Candidate,
  eachOccurrence,
  isNear,
  peek,
  peekBack,
  run,
  type SearchedText,
} from '../source.js';
import type { SecretType } from '../types.js';
import { candidateOf, isCutShort, isPlaceholder, isVariedBody } from './value.js';
import { type VendorRule, vendorRules } from './vendor-rules.js';

/** The longest piece that a rule's bounded patterns are tried on. */
const WINDOW = 480;
const BEFORE = 40;

/** Finds tokens by the literal their vendor puts into them. */
export function findVendorTokens(source: SearchedText): readonly Candidate<SecretType>[] {
  const found: Candidate<SecretType>[] = [];
  for (const { rule, literal } of searchesFor(source)) {
    eachOccurrence(source, literal, (at) => {
      const token = tokenAt(source, rule, literal, at);
      if (token !== undefined) found.push(token);
      return token?.end;
    });
  }
  return found;
}

interface Search {
  readonly rule: VendorRule;
  readonly literal: string;
  readonly order: number;
}

const searches: ReadonlyMap<string, readonly Search[]> = groupByLiteral();

function groupByLiteral(): ReadonlyMap<string, readonly Search[]> {
  const groups = new Map<string, Search[]>();
  let order = 0;
  for (const rule of vendorRules) {
    for (const literal of rule.literals) {
      const group = groups.get(literal) ?? [];
      group.push({ rule, literal, order });
      groups.set(literal, group);
      order += 1;
    }
  }
  return groups;
}

/** The literals of all vendors. */
export const vendorLiterals: readonly string[] = [...searches.keys()];

/** What is worth looking for, in the order of the rules: of what stands in the text, the rules. */
function searchesFor({ occurrences }: SearchedText): readonly Search[] {
  const literals = occurrences === undefined ? vendorLiterals : [...occurrences.found.keys()];
  return literals
    .flatMap((literal) => searches.get(literal) ?? [])
    .sort((a, b) => a.order - b.order);
}

function tokenAt(
  source: SearchedText,
  rule: VendorRule,
  literal: string,
  at: number,
): Candidate<SecretType> | undefined {
  const start = startOf(source, rule, at);
  if (start === undefined) return undefined;
  const from = at + literal.length;
  const rest = rule.rest.exec(peek(source, from, WINDOW))?.[0];
  if (rest === undefined) return undefined;
  const closed = from + rest.length;
  const end = rule.open === undefined ? closed : run(source, closed, rule.open);
  if (isPlaceholder(source.text.slice(start, Math.min(end, start + WINDOW)))) return undefined;
  if (rule.open !== undefined && isCutShort(source, end)) return undefined;
  if (rule.context !== undefined && !isNear(source, start, end, rule.context)) return undefined;
  const body = source.text.slice(from, Math.min(end, from + WINDOW));
  return candidateOf(source, rule.type, { start, end, certain: !rule.weak && isVariedBody(body) });
}

function startOf(source: SearchedText, { before }: VendorRule, at: number): number | undefined {
  if (before === undefined) return beginsToken(source, at) ? at : undefined;
  const lead = before.exec(peekBack(source, at, BEFORE))?.[0];
  return lead === undefined ? undefined : at - lead.length;
}
