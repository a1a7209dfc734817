import { argumentPath, ruleId, runsOf, type Said, type SeenArgument, testOf } from './argument.js';
import { cite, counted, printable, review } from './comments.js';

const MAX_VALUES = 10;
const MAX_LENGTH = 64;
/** Undeclared values count as complete if each was seen in this many runs on average. */
const RUNS_EACH = 4;
/** Arguments that identify things have unlimited values, however few were seen. */
const NAMES_THINGS = /(^|_)(id|ids|number|email|phone|token|key)$|Id$/;

/** "Only these values", if few were seen often. */
export function valuesRule(
  seen: SeenArgument,
  declared: readonly unknown[] | undefined,
  minimum: number,
): Said {
  const { tool, name, present } = seen;
  const given = [...new Set(present.map(({ call }) => call.args[name]))];
  if (!given.every(isPlain) || given.length > MAX_VALUES) return undefined;
  const values = given.sort(byText);
  const runs = runsOf(present);
  const finite = declared !== undefined || values.every((value) => typeof value === 'boolean');
  if (!finite) {
    const named = NAMES_THINGS.test(name) || values.some((value) => /[0-9]/.test(String(value)));
    if (named || runs < RUNS_EACH * values.length) return undefined;
  }
  if (present.length < minimum || runs < 2) {
    const few = `only ${counted(present.length, 'call')} of ${counted(runs, 'run')}`;
    const text = `${argumentPath(name)}: ${few}, too few for a rule`;
    return { review: review(`${text}; calls: ${cite(present)}`) };
  }
  const unseen = declared?.filter((value) => !values.includes(value)) ?? [];
  const list = values.map((value) => JSON.stringify(value)).join(', ');
  const rule = {
    ruleId: ruleId(tool, name, 'values'),
    tool,
    when: testOf(seen, `!(${argumentPath(name)} in [${list}])`),
    rationale: `Nobody was seen to use another ${printable(name)}.`,
    comments: [
      `${counted(values.length, 'value')} in ${counted(present.length, 'call')} of ${counted(runs, 'run')}`,
      `calls: ${cite(present)}`,
      ...(unseen.length === 0
        ? []
        : [review(`the tool also takes ${printable(JSON.stringify(unseen))}; never seen, denied`)]),
    ],
    basis: { kind: 'values', argument: name, values } as const,
  };
  return { rule };
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'boolean') return true;
  return typeof value === 'string' && value.length <= MAX_LENGTH && value.isWellFormed();
}

function byText(one: unknown, other: unknown): number {
  return String(one) < String(other) ? -1 : 1;
}
