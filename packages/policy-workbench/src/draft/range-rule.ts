import { argumentPath, ruleId, runsOf, type Said, type SeenArgument, testOf } from './argument.js';
import { cite, counted, printable, review } from './comments.js';

/**
 * How far beyond the seen values a number may lie: a tenth of the distance from smallest to
 * largest.
 */
const MARGIN = 0.1;

/** "Not outside this range"; the note tells the margin that was added. */
export function rangeRule(seen: SeenArgument, minimum: number): Said {
  const { tool, name, present } = seen;
  const values = present.map(({ call }) => call.args[name]);
  if (!values.every((value) => typeof value === 'number')) return undefined;
  const path = argumentPath(name);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const spread = `${least} to ${most}`;
  const seenIn = `${counted(present.length, 'call')} of ${counted(runsOf(present), 'run')}`;
  if (present.length < minimum || runsOf(present) < 2) {
    const few = `${path}: ${spread} in only ${seenIn}, too few for a range`;
    return { review: review(`${few}; calls: ${cite(present)}`) };
  }
  const whole = values.every(Number.isInteger);
  const step = whole ? 1 : 0.01;
  const margin = (most - least) * MARGIN;
  const low = Math.max(bound(least - margin, step, Math.floor), least >= 0 ? 0 : -Infinity);
  const high = bound(most + margin, step, Math.ceil);
  if (![low, high].every(Number.isSafeInteger) && whole) return undefined;
  const rule = {
    ruleId: ruleId(tool, name, 'range'),
    tool,
    when: testOf(seen, `${path} < ${signed(low)} || ${path} > ${signed(high)}`),
    rationale: `Outside what was seen of ${printable(name)}.`,
    comments: [
      `${spread} in ${seenIn}; a tenth of the way was added on both sides, rounded outwards${low === 0 ? ', not below 0' : ''}`,
      `calls: ${cite(present)}`,
    ],
    basis: { kind: 'range', argument: name, low, high, step } as const,
  };
  return { rule };
}

function bound(value: number, step: number, round: (value: number) => number): number {
  return step === 1 ? round(value) : round(value * 100) / 100;
}

const signed = (value: number): string => (value < 0 ? `(${value})` : String(value));
