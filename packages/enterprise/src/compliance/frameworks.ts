import type { LogFacts } from './facts.js';
import type { AssessmentFinding, ComplianceControl, ComplianceFramework } from './model.js';

/** Articles 12, 19 and 26 of systems under Annex III apply from this day since the amendment. */
const HIGH_RISK = '2027-12-02';
/** Six months, the shortest time for which the AI Act requires logs to be kept. */
const SIX_MONTHS_DAYS = 184;

const outside = (because: string) => (): AssessmentFinding => ({
  state: 'outside',
  because,
  records: [],
});

/** Supported by at least one record of each of these types. */
const records =
  (because: string, ...types: readonly string[]) =>
  (facts: LogFacts): AssessmentFinding => {
    const missing = types.filter((type) => facts.seen(type) === undefined);
    if (missing.length > 0) {
      return { state: 'no_evidence', because: `no record of ${missing.join(', ')}`, records: [] };
    }
    const shown = types.flatMap((type) => facts.seen(type)?.last ?? []);
    return { state: 'supported', because, records: [...new Set(shown)].sort((a, b) => a - b) };
  };

/** Records are kept for good. Retention removes only the values beside them. */
function keptSixMonths({ settings, position, firstTime }: LogFacts): AssessmentFinding {
  if (firstTime === undefined || position.size === 0) {
    return { state: 'no_evidence', because: 'nothing was recorded yet', records: [] };
  }
  const { retentionDays } = settings;
  if (retentionDays !== undefined && retentionDays < SIX_MONTHS_DAYS) {
    return {
      state: 'contradicted',
      because: `values are pruned after ${retentionDays} days, before six months have passed`,
      records: [],
    };
  }
  const kept = retentionDays === undefined ? 'for good' : `for ${retentionDays} days`;
  return { state: 'supported', because: `records are kept for good, values ${kept}`, records: [] };
}

function signed({ position: { size, signedSize } }: LogFacts): AssessmentFinding {
  if (signedSize === 0) {
    return { state: 'no_evidence', because: 'no checkpoint was signed yet', records: [] };
  }
  return {
    state: 'supported',
    because: `a signed checkpoint covers ${signedSize} of ${size} records`,
    records: [],
  };
}

function timeLimits({ settings: { retentionDays } }: LogFacts): AssessmentFinding {
  return retentionDays === undefined
    ? { state: 'no_evidence', because: 'no retention is set for this tenant', records: [] }
    : {
        state: 'supported',
        because: `values are due for erasure after ${retentionDays} days`,
        records: [],
      };
}

const DECISION = 'spanforge.policy.decision.v1';
const STARTED = 'spanforge.execution.started.v1';
const ENDED = 'spanforge.execution.ended.v1';
const RESOLVED = 'spanforge.review.resolved.v2';

const control = (
  id: string,
  reference: string,
  asks: string,
  assess: ComplianceControl['assess'],
  appliesFrom?: string,
): ComplianceControl => ({
  ...{ id, reference, asks, assess },
  ...(appliesFrom === undefined ? {} : { appliesFrom }),
});

const aiAct: ComplianceFramework = {
  id: 'eu-ai-act',
  title: 'EU AI Act, record-keeping and the duties of deployers',
  source: 'Regulation (EU) 2024/1689 as amended by Regulation (EU) 2026/1744',
  version: '2026',
  mapping: '1',
  controls: [
    control(
      'aia-12-1',
      'Article 12(1)',
      'Events are recorded automatically while the system runs.',
      records('calls are recorded as they begin and as they end', STARTED, ENDED),
      HIGH_RISK,
    ),
    control(
      'aia-12-2-a',
      'Article 12(2)(a)',
      'Records let situations of risk be recognised.',
      records('each decision is recorded with the rules that had a say', DECISION),
      HIGH_RISK,
    ),
    control(
      'aia-12-2-b',
      'Article 12(2)(b)',
      'Records support monitoring after the system is placed on the market.',
      records(
        'what ran, how it ended and how long it took is recorded',
        ENDED,
        'spanforge.span.v1',
      ),
      HIGH_RISK,
    ),
    control(
      'aia-12-2-c',
      'Article 12(2)(c)',
      'Records support the monitoring of operation by deployers.',
      records('decisions and endings are recorded', DECISION, ENDED),
      HIGH_RISK,
    ),
    control(
      'aia-19-1',
      'Article 19(1)',
      'Providers keep the logs for at least six months.',
      keptSixMonths,
      HIGH_RISK,
    ),
    control(
      'aia-26-1',
      'Article 26(1)',
      'The system is used as its instructions say.',
      outside('whether instructions were followed is not in a log'),
      HIGH_RISK,
    ),
    control(
      'aia-26-2',
      'Article 26(2)',
      'Persons with competence, training and authority oversee the system.',
      records('persons decided held calls; their competence is not in a log', RESOLVED),
      HIGH_RISK,
    ),
    control(
      'aia-26-5',
      'Article 26(5)',
      'Deployers monitor operation and report what goes wrong.',
      outside('that somebody watches, and tells the authorities, is not in a log'),
      HIGH_RISK,
    ),
    control(
      'aia-26-6',
      'Article 26(6)',
      'Deployers keep the logs for at least six months.',
      keptSixMonths,
      HIGH_RISK,
    ),
    control(
      'aia-26-7',
      'Article 26(7)',
      'Workers are told before the system is used on them.',
      outside('what workers were told is not in a log'),
      HIGH_RISK,
    ),
  ],
};

const nist: ComplianceFramework = {
  id: 'nist-ai-rmf',
  title: 'NIST AI Risk Management Framework',
  source: 'NIST AI 100-1',
  version: '1.0',
  mapping: '1',
  controls: [
    control(
      'rmf-map-3.5',
      'MAP 3.5',
      'Processes for human oversight are defined, assessed and documented.',
      records(
        'calls were held for persons, and decided by them',
        'spanforge.review.requested.v1',
        RESOLVED,
      ),
    ),
    control(
      'rmf-measure-2.4',
      'MEASURE 2.4',
      'The behaviour of the system is monitored in production.',
      records('calls and their decisions are recorded in production', DECISION, ENDED),
    ),
    control(
      'rmf-measure-2.8',
      'MEASURE 2.8',
      'Risks to transparency and accountability are examined.',
      records('why was explained, on record', 'spanforge.explanation.v1'),
    ),
    control(
      'rmf-measure-2.11',
      'MEASURE 2.11',
      'Fairness and bias are evaluated.',
      outside('fairness is not measured here'),
    ),
    control(
      'rmf-manage-2.4',
      'MANAGE 2.4',
      'A system that behaves otherwise than intended can be stopped.',
      records(
        'policies decide each call, and their changes are on record',
        DECISION,
        'spanforge.policy.lifecycle.v1',
      ),
    ),
    control(
      'rmf-manage-4.1',
      'MANAGE 4.1',
      'Monitoring after deployment takes in feedback, appeal and override.',
      records('persons judged decisions afterwards', 'spanforge.policy.review.v1'),
    ),
  ],
};

const iso: ComplianceFramework = {
  id: 'iso-42001',
  title: 'ISO/IEC 42001, AI management systems',
  source: 'ISO/IEC 42001',
  version: '2023',
  mapping: '1',
  controls: [
    control(
      'iso42001-a.6.2.6',
      'A.6.2.6',
      'Operation and monitoring of the system are defined.',
      records('calls and their decisions are recorded', DECISION, ENDED),
    ),
    control('iso42001-a.6.2.8', 'A.6.2.8', 'Event logs are recorded.', signed),
    control(
      'iso42001-a.7.5',
      'A.7.5',
      'The provenance of data is recorded.',
      records('where data came from is recorded', 'spanforge.lineage.v1'),
    ),
    control(
      'iso42001-a.9.2',
      'A.9.2',
      'Processes for responsible use are defined.',
      records('a policy was put in force, on record', 'spanforge.policy.lifecycle.v1'),
    ),
    control(
      'iso42001-a.2.2',
      'A.2.2',
      'There is a policy of the organisation about AI.',
      outside('documents of the organisation are not in a log'),
    ),
  ],
};

const gdpr: ComplianceFramework = {
  id: 'gdpr-30',
  title: 'GDPR, records of processing activities',
  source: 'Regulation (EU) 2016/679',
  version: '2016',
  mapping: '1',
  controls: [
    control(
      'gdpr-30-1-a',
      'Article 30(1)(a)',
      'The controller and its representatives are named.',
      outside('who the controller is, is not in a log'),
      '2018-05-25',
    ),
    control(
      'gdpr-30-1-b',
      'Article 30(1)(b)',
      'The purposes of processing are stated.',
      outside('purposes are not in a log'),
      '2018-05-25',
    ),
    control(
      'gdpr-30-1-f',
      'Article 30(1)(f)',
      'Time limits for erasure are stated, where possible.',
      timeLimits,
      '2018-05-25',
    ),
    control(
      'gdpr-30-1-g',
      'Article 30(1)(g)',
      'Security measures are described, where possible.',
      signed,
      '2018-05-25',
    ),
  ],
};

/** The mappings of this version. Read them beside their sources, not instead of them. */
export const COMPLIANCE_FRAMEWORKS: readonly ComplianceFramework[] = Object.freeze([
  aiAct,
  nist,
  iso,
  gdpr,
]);
