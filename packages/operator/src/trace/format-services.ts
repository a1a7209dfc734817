import type { RoleNote, ScopeNote } from './access-notes.js';
import type { ReviewNote, ReviewStepNote } from './review-notes.js';
import type { ExplanationNote, GroundingNote, LineageNote, ServiceNotes } from './service-notes.js';

const MAX_CLAIMS = 5;
const MAX_STEPS = 20;

const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
const two = (value: number): string => value.toFixed(2);
const list = (names: readonly string[]): string => (names.length === 0 ? '-' : names.join(', '));

function more(count: number, shown: number): readonly string[] {
  return count > shown ? [`          and ${count - shown} more; --json has all`] : [];
}

/** Factors by name, each name said once: several decisions may have the same factor. */
function factorsByName(factors: ExplanationNote['factors']): readonly string[] {
  const byName = new Map<string, Map<string, number>>();
  for (const { name, weight, contribution } of factors) {
    const values = byName.get(name) ?? new Map<string, number>();
    const value = `${two(weight)} (${contribution < 0 ? '' : '+'}${two(contribution)})`;
    byName.set(name, values.set(value, (values.get(value) ?? 0) + 1));
  }
  const said = ([value, count]: [string, number]) => (count === 1 ? value : `${count} x ${value}`);
  return [...byName].map(([name, values]) => `${name} ${[...values].map(said).join(' and ')}`);
}

function explanationLines(note: ExplanationNote): readonly string[] {
  const { index, text, factors, articles, confidence, coverage } = note;
  const sure = confidence === undefined ? '' : `, confidence ${percent(confidence)}`;
  const strongest = factorsByName(factors);
  const evidence = articles.map(({ article, status }) => `${article} ${status}`);
  return [
    `  ${String(index).padStart(6)}  ${text ?? '(the sentences are not here)'}`,
    `          covers ${percent(coverage)} of the decisions${sure}`,
    ...(factors.length === 0 ? [] : [`          factors: ${strongest.join(', ')}`]),
    ...(articles.length === 0 ? [] : [`          AI Act articles: ${evidence.join(', ')}`]),
  ];
}

function groundingLines(note: GroundingNote): readonly string[] {
  const { index, status, average, threshold, claimCount, sourceCount, offending } = note;
  const withheld = note.withheldCount === 0 ? '' : `, ${note.withheldCount} withheld`;
  const claims = offending.slice(0, MAX_CLAIMS).map(({ claim, score, cues, text }) => {
    const why = cues.length === 0 ? '' : ` (${cues.join(', ')})`;
    return `          claim ${claim} scores ${two(score)}${why}: ${text ?? '(its words are not here)'}`;
  });
  return [
    `  ${String(index).padStart(6)}  ${status}: average ${two(average)}, threshold ${two(threshold)}, ` +
      `${offending.length} of ${claimCount} claims not supported by ${sourceCount} sources${withheld}`,
    ...claims,
    ...more(offending.length, MAX_CLAIMS),
  ];
}

function lineageLine({ index, activity, kind, inputs, outputs, labels }: LineageNote): string {
  const marked = labels.length === 0 ? '' : ` [${labels.join(', ')}]`;
  return `  ${String(index).padStart(6)}  ${activity} (${kind}): ${list(inputs)} -> ${list(outputs)}${marked}`;
}

function scopeLine(note: ScopeNote): string {
  const { index, agent, action, resource, capability, outcome, reason } = note;
  const needed = capability === undefined ? '' : ` (capability ${capability})`;
  return `  ${String(index).padStart(6)}  ${agent}: ${action} ${resource}${needed} -> ${outcome}: ${reason}`;
}

function roleLine(note: RoleNote): string {
  const { index, actor, action, resource, required, match, effective, outcome, reason } = note;
  const one = match === 'any' && required.length > 1 ? 'one of ' : '';
  const needs = required.length === 0 ? '' : `, needs ${one}${required.join(', ')}`;
  return (
    `  ${String(index).padStart(6)}  ${actor}: ${action} ${resource} -> ${outcome}: ${reason} ` +
    `(has ${list(effective)}${needs})`
  );
}

function stepLine({ step, index, time, by, detail }: ReviewStepNote): string {
  const who = by === undefined ? '' : ` by ${by}`;
  const more = detail === undefined ? '' : `: ${detail}`;
  return `  ${String(index ?? '').padStart(6)}  ${time}  ${step}${who}${more}`;
}

function reviewLines(note: ReviewNote): readonly string[] {
  const { reviewId, state, tool, callId, reason, required, approvedBy, steps } = note;
  const people = required === 1 ? '' : ` (${approvedBy.length} of ${required} approvals)`;
  return [
    `  ${reviewId} is ${state}${people}: call ${callId} of ${tool}: ${reason}`,
    ...steps.map(stepLine),
  ];
}

/** What the services say, as lines; nothing where they say nothing. */
export function formatServices(notes: ServiceNotes): readonly string[] {
  const { scope, roles, reviews, explanations, groundings, lineage } = notes;
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', title, ...lines];
  return [
    ...section('Scope', scope.map(scopeLine)),
    ...section('Roles', roles.map(roleLine)),
    ...section('Reviews', reviews.flatMap(reviewLines)),
    ...section('Explanations', explanations.flatMap(explanationLines)),
    ...section('Grounding', groundings.flatMap(groundingLines)),
    ...section('Lineage', [
      ...lineage.slice(0, MAX_STEPS).map(lineageLine),
      ...more(lineage.length, MAX_STEPS),
    ]),
  ];
}
