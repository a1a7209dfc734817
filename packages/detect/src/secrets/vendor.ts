import {
  beginsToken,
  type Candidate,
  eachOccurrence,
  isNear,
  peek,
  peekBack,
  run,
  type Source,
} from '../source.js';
import type { SecretType } from '../types.js';
import { isPlaceholder, secretAt } from './value.js';
import { type VendorRule, vendorRules } from './vendor-rules.js';

/** The longest piece that a rule's bounded patterns are tried on. */
const WINDOW = 480;
const BEFORE = 24;

/** Finds tokens by the literal their vendor puts into them. */
export function findVendorTokens(source: Source): readonly Candidate<SecretType>[] {
  const found: Candidate<SecretType>[] = [];
  for (const rule of vendorRules) {
    for (const literal of rule.literals) {
      eachOccurrence(source, literal, (at) => {
        const token = tokenAt(source, rule, literal, at);
        if (token !== undefined) found.push(token);
        return token?.end;
      });
    }
  }
  return found;
}

function tokenAt(
  source: Source,
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
  if (rule.context !== undefined && !isNear(source, start, end, rule.context)) return undefined;
  return secretAt(source, rule.type, start, end);
}

function startOf(source: Source, { before }: VendorRule, at: number): number | undefined {
  if (before === undefined) return beginsToken(source, at) ? at : undefined;
  const lead = before.exec(peekBack(source, at, BEFORE))?.[0];
  return lead === undefined ? undefined : at - lead.length;
}
