import { isViolation } from '../trace/completeness.js';
import { visible } from '../visible.js';
import type { RederivedDecision, VerificationReport } from './report.js';

const VERDICTS: Readonly<Record<VerificationReport['verdict'], string>> = {
  valid: 'VALID',
  invalid: 'INVALID',
  violation: 'VIOLATION: the package is authentic, and shows what should not have happened',
  failed: 'FAILED: the verification could not be carried out',
  unsupported: 'UNSUPPORTED',
  untrusted: 'UNTRUSTED: no trusted key has signed this',
  incomplete: 'INCOMPLETE',
};

const LAST_SECOND = 253_402_300_799;

const timeOf = (seconds: number): string =>
  seconds > LAST_SECOND ? `second ${seconds}` : new Date(seconds * 1000).toISOString();

function rederivedLine(decision: RederivedDecision): string {
  const head = `  decision at ${decision.index}:`;
  if (decision.status === 'different') return `${head} differs in ${decision.parts.join(', ')}`;
  if (decision.status === 'same') return `${head} same`;
  return `${head} not re-derivable: ${decision.missing.join(', ')} withheld or erased`;
}

/** What witnesses say, and what they cannot know. */
function witnessLines({ witnesses }: VerificationReport): readonly string[] {
  if (witnesses === undefined || witnesses.cosigned.length === 0) return [];
  const said = witnesses.cosigned.map(({ name, time }) => `${name} at ${timeOf(time)}`);
  const few = witnesses.quorum === 'met' ? '' : ', too few for your policy';
  return [
    `Witnessed by ${said.join(', ')}${few}`,
    '  each says: by then I had cosigned no other and no longer history of this log; what was recorded since, I do not know',
  ];
}

/** A verification report as plain text for a terminal, everything foreign escaped. */
export function formatVerification(report: VerificationReport): string {
  const { verdict, level, firstBad, checks, notCovered, outcome, strictest, signers, log } = report;
  const beside = strictest === outcome ? '' : ` (the strictest decision was ${strictest})`;
  const place = firstBad?.index === undefined ? (firstBad?.file ?? '') : `record ${firstBad.index}`;
  const lines = [
    `${VERDICTS[verdict]}${level ? ` (${level})` : ''}`,
    ...(firstBad ? [`First fault: ${[place, firstBad.reason].filter(Boolean).join(': ')}`] : []),
    ...(log ? [`Log: ${log.origin}, size ${log.size}`] : []),
    ...(outcome ? [`Outcome: ${outcome}${beside}`] : []),
    ...(log ? [`Tail: ${report.tail}; completeness: ${report.complete}`] : []),
    ...(report.timestamp
      ? [`Existed by: ${report.timestamp.time}, says ${report.timestamp.authority}`]
      : []),
    ...witnessLines(report),
    ...checks.map(({ name, ok, detail }) => `  ${ok ? 'ok  ' : 'FAIL'} ${name}: ${detail}`),
    ...(report.rederivation?.decisions ?? []).map(rederivedLine),
    ...signers.map(
      ({ role, kid, name, later }) =>
        `  signed by ${role} key ${kid}${name ? ` of ${name}` : ''}${later ? `, ${later} later` : ''}`,
    ),
    ...report.findings.map(
      ({ code, message }) =>
        `  ${isViolation({ code, message }) ? 'VIOLATION' : 'to look at'} ${code}: ${message}`,
    ),
    ...notCovered.map((what) => `  not covered: ${what}`),
  ];
  return `${lines.map(visible).join('\n')}\n`;
}
