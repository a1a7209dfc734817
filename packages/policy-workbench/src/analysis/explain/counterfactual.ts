import { type Outcome, type PolicyRequest, strictness } from '@spanforge/core-events';
import type { Decider, PolicyRule } from '@spanforge/policy';
import {
  changed,
  changesOf,
  numberChanges,
  type RequestChange,
  type Subject,
  subjectsOf,
  valueAt,
} from './changes.js';

/** A nearby request with another verdict, which was actually decided. */
export interface DecisionCounterfactual {
  readonly outcome: Outcome;
  /** Each changed path with its new value; `undefined` removes the value. */
  readonly changes: readonly { readonly path: string; readonly value: unknown }[];
  readonly request: PolicyRequest;
  /** `allowed if args.amount <= 1000`. */
  readonly text: string;
}

/** What would have made a difference. */
export interface DecisionCounterfactuals {
  /** Nearest first, one for each path; pairs of changes only when no single change is enough. */
  readonly looser: readonly DecisionCounterfactual[];
  readonly stricter: readonly DecisionCounterfactual[];
  /** Paths read by conditions outside the analysable fragment; not explored. */
  readonly unknown: readonly string[];
}

const MAX_PAIRS = 2000;

/** Looks for the nearest changes; the request has its facts filled in. */
export function findCounterfactuals(
  decider: Decider,
  rules: readonly PolicyRule[],
  request: PolicyRequest,
): DecisionCounterfactuals {
  const { subjects, unknown } = subjectsOf(rules);
  const before = strictness(decider.decide(request).outcome);
  const decide = (value: PolicyRequest | undefined): Outcome | undefined =>
    value === undefined ? undefined : decider.decide(value).outcome;
  const single = subjects
    .flatMap((subject) => changesAt(subject, request, decide))
    .flatMap((change) => shown(decide, request, [change]));
  const levelOf = ({ outcome }: Found): number => strictness(outcome);
  const stricter = single.filter((one) => levelOf(one) > before);
  const looser = single.filter((one) => levelOf(one) < before);
  if (looser.length > 0 || before === 0) return { ...told(looser, stricter), unknown };
  // Numbers are not grouped here: two changes together may have an effect that neither has alone.
  const each = subjects.flatMap((subject) => changesAt(subject, request, decide, true));
  const both = pairs(decide, request, each).filter((one) => levelOf(one) < before);
  const wide = nearestOf(both).map((one) => widen(one, subjects, decide));
  return { ...told(wide, stricter), unknown };
}

function told(looser: readonly Found[], stricter: readonly Found[]) {
  const show = (all: readonly Found[]): readonly DecisionCounterfactual[] =>
    nearestOf(all).map(({ distance: _distance, texts: _texts, ...rest }) => rest);
  return { looser: show(looser), stricter: show(stricter) };
}

/** Every change at one place; numbers with the same verdict are one change, unless all are wanted. */
function changesAt(
  subject: Subject,
  request: PolicyRequest,
  decide: Decide,
  each = false,
): readonly RequestChange[] {
  const current = valueAt(request, subject.names);
  const at = (value: unknown): RequestChange => ({ ...subject, value, distance: 1, text: '' });
  return [
    ...numberChanges(subject, current, (value) =>
      each ? value : decide(changed(request, at(value))),
    ),
    ...changesOf(subject, current),
  ];
}

/** Finds the range of each changed number, with the other changes applied. */
function widen(found: Found, subjects: readonly Subject[], decide: Decide): Found {
  const texts = found.changes.map(({ path, value }, index) => {
    const subject = subjects.find((one) => one.path === path);
    if (subject === undefined || typeof value !== 'number') return found.texts[index] ?? path;
    const wide = numberChanges(subject, value, (other) =>
      decide(changed(found.request, { ...subject, value: other, distance: 1, text: '' })),
    );
    return wide.find((stretch) => stretch.value === value)?.text ?? path;
  });
  return { ...found, text: `${WORDS[found.outcome]} if ${texts.join(' and ')}` };
}

type Found = DecisionCounterfactual & {
  readonly distance: number;
  readonly texts: readonly string[];
};
type Decide = (request: PolicyRequest | undefined) => Outcome | undefined;

function shown(
  decide: Decide,
  request: PolicyRequest,
  changes: readonly RequestChange[],
): readonly Found[] {
  const other = changes.reduce<PolicyRequest | undefined>(
    (made, change) => (made === undefined ? undefined : changed(made, change)),
    request,
  );
  const outcome = decide(other);
  if (outcome === undefined || other === undefined) return [];
  return [
    {
      outcome,
      changes: changes.map(({ path, value }) => ({ path, value })),
      request: other,
      text: `${WORDS[outcome]} if ${changes.map(({ text }) => text).join(' and ')}`,
      texts: changes.map(({ text }) => text),
      distance: changes.reduce((sum, { distance }) => sum + distance, 0),
    },
  ];
}

const WORDS: Readonly<Record<Outcome, string>> = {
  allow: 'allowed',
  'allow+log': 'allowed and logged',
  redact: 'allowed with redactions',
  human_review: 'held for a person',
  block: 'blocked',
};

function pairs(
  decide: Decide,
  request: PolicyRequest,
  changes: readonly RequestChange[],
): readonly Found[] {
  const found: Found[] = [];
  let tried = 0;
  for (const [index, one] of changes.entries()) {
    for (const other of changes.slice(index + 1)) {
      if (other.path === one.path) continue;
      tried += 1;
      if (tried > MAX_PAIRS) return found;
      found.push(...shown(decide, request, [one, other]));
    }
  }
  return found;
}

/** The nearest change for each set of places; among equally near ones, the loosest. */
function nearestOf(all: readonly Found[]): readonly Found[] {
  const best = new Map<string, Found>();
  for (const one of all) {
    const key = one.changes.map(({ path }) => path).join('\n');
    const other = best.get(key);
    if (other === undefined || one.distance < other.distance) best.set(key, one);
  }
  return [...best.values()].sort(
    (a, b) => a.distance - b.distance || strictness(a.outcome) - strictness(b.outcome),
  );
}
