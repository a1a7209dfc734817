import type { Assessment, GateFacts } from '../executor.js';
import { gateDefinition } from '../model/definition.js';
import type { SuppressionBook } from '../model/suppressions.js';
import type { EvaluatedGate } from '../verdict/assess.js';
import { concludeGate } from '../verdict/conclude.js';

/** The gate that every run with a suppression file gets. */
export const SUPPRESSIONS_GATE = 'suppressions';

const METRICS = {
  entries: 'number',
  used: 'number',
  expired: 'number',
  unmatched: 'number',
} as const;

/**
 * Fails for an entry that has expired or that matches no finding: a leftover entry could hide a
 * later finding.
 */
export function judgeSuppressionFacts(facts: GateFacts): Assessment {
  const { entries, used, expired, unmatched } = facts;
  const [over, idle] = [Number(expired), Number(unmatched)];
  const metrics = { entries: Number(entries), used: Number(used), expired: over, unmatched: idle };
  const sound = over === 0 && idle === 0;
  return {
    ...{ result: sound ? 'pass' : 'fail', firm: true, metrics },
    reasonCode: sound ? 'suppressions_sound' : 'suppressions_stale',
    reason: sound
      ? `${used} of ${entries} suppressions used`
      : `${over} expired, ${idle} unmatched`,
  };
}

/** Judges the suppressions of a run after all its gates have used them. */
export function judgeSuppressions(book: SuppressionBook): EvaluatedGate {
  const { expired, unmatched } = book.faults();
  const facts = {
    ...{ entries: book.size, used: book.uses().length },
    ...{ expired: expired.length, unmatched: unmatched.length },
  };
  const fault = (rule: string, fingerprint: string) => ({
    ...{ rule, severity: 'medium' as const, fingerprint, engines: ['builtin'] },
    message: `${rule.replaceAll('_', ' ')} ${fingerprint}`,
  });
  const gate = gateDefinition.parse({ id: SUPPRESSIONS_GATE, type: 'suppressions' });
  return {
    gate: { ...gate, name: 'Suppressions' },
    gathered: {
      facts,
      findings: [
        ...expired.map((one) => fault('expired_suppression', one)),
        ...unmatched.map((one) => fault('unmatched_suppression', one)),
      ],
    },
    conclusion: concludeGate(judgeSuppressionFacts(facts), { onFail: 'block', metrics: METRICS }),
    ...{ metrics: METRICS, opaque: false, startedMs: 0, durationMs: 0 },
  };
}

/** The metrics of that gate, for recomputing it. */
export const SUPPRESSION_METRICS = METRICS;
