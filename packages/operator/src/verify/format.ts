import { visible } from '../visible.js';
import type { VerificationReport } from './report.js';

const VERDICTS: Readonly<Record<VerificationReport['verdict'], string>> = {
  valid: 'VALID',
  invalid: 'INVALID',
  failed: 'FAILED: the verification could not be carried out',
  unsupported: 'UNSUPPORTED',
  untrusted: 'UNTRUSTED: no trusted key has signed this',
  incomplete: 'INCOMPLETE',
};

/** A verification report as plain text for a terminal, everything foreign escaped. */
export function formatVerification(report: VerificationReport): string {
  const { verdict, level, firstBad, checks, notCovered, outcome, signers, log } = report;
  const place = firstBad?.index === undefined ? (firstBad?.file ?? '') : `record ${firstBad.index}`;
  const lines = [
    `${VERDICTS[verdict]}${level ? ` (${level})` : ''}`,
    ...(firstBad ? [`First fault: ${[place, firstBad.reason].filter(Boolean).join(': ')}`] : []),
    ...(log ? [`Log: ${log.origin}, size ${log.size}`] : []),
    ...(outcome ? [`Outcome: ${outcome}`] : []),
    ...checks.map(({ name, ok, detail }) => `  ${ok ? 'ok  ' : 'FAIL'} ${name}: ${detail}`),
    ...signers.map(
      ({ role, kid, name }) => `  signed by ${role} key ${kid}${name ? ` of ${name}` : ''}`,
    ),
    ...notCovered.map((what) => `  not covered: ${what}`),
  ];
  return `${lines.map(visible).join('\n')}\n`;
}
