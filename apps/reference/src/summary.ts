import type { TraceReport } from '@spanforge/operator';
import { wrap } from './wrap.js';

const WIDTH = 100;
const PERMITS: readonly string[] = ['allow', 'allow+log', 'redact'];

type Finding = TraceReport['controls'][number];

/** A control is asked again when a call is tried again: each of its answers counts once. */
function distinct(controls: readonly Finding[]): readonly Finding[] {
  const byAnswer = new Map(controls.map((one) => [`${one.control}\n${one.outcome}`, one]));
  return [...byAnswer.values()];
}

function whyAllowed({ timeline, outcome }: TraceReport, controls: readonly Finding[]): string {
  const approval = timeline.find(({ type }) => type.startsWith('spanforge.review.resolved.'));
  const consumed = timeline.some(({ type }) => type === 'spanforge.review.consumed.v1');
  if (approval && consumed) {
    return `${approval.actor} approved it; the approval was used once, for this call and no other`;
  }
  if (!PERMITS.includes(outcome)) return 'it was not: the strictest control decides';
  return `no control objected: ${controls.map(({ control }) => control).join(', ')}`;
}

function whyBlocked(controls: readonly Finding[]): string {
  const objections = controls.filter(({ outcome }) => !PERMITS.includes(outcome));
  if (objections.length === 0) return 'it was not';
  return objections
    .map(({ control, outcome, rules, reason }) => {
      const by = rules.map(({ ruleId }) => ruleId).join(', ');
      return `${outcome} by ${control}${by === '' ? '' : `, rule ${by}`}: “${reason}”`;
    })
    .join('; ');
}

function evidence({ chain }: TraceReport): string {
  const [fault] = chain.broken;
  if (fault)
    return `no: ${fault.index === undefined ? '' : `record ${fault.index}: `}${fault.reason}`;
  const { published, acknowledged, checkpoint } = chain;
  const records = `${published + acknowledged} records`;
  if (acknowledged > 0 || !checkpoint) return `${records}, ${acknowledged} not yet published`;
  return `yes: ${records}, all proven in checkpoint ${checkpoint.size}, signature ${checkpoint.signature}`;
}

/** The four questions about a trace, each answered in a line or two, and the explanation of it. */
export function formatSummary(report: TraceReport, why: string): readonly string[] {
  const controls = distinct(report.controls);
  const answers = [
    ['why allowed?', whyAllowed(report, controls)],
    ['why blocked?', whyBlocked(controls)],
    ['which controls?', controls.map(({ control, outcome }) => `${control} ${outcome}`).join(', ')],
    ['evidence valid?', evidence(report)],
    ['in plain words', why],
  ] as const;
  return [
    ...wrap(`trace ${report.traceId}: ${report.outcome}`, WIDTH + 19),
    ...answers.flatMap(([question, answer]) =>
      wrap(answer, WIDTH).map((line, at) => `  ${(at === 0 ? question : '').padEnd(17)}${line}`),
    ),
  ];
}
