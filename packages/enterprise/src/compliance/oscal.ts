import type { AssessedControl, ComplianceAssessment } from './model.js';

/** The version of OSCAL that is written. */
export const OSCAL_VERSION = '1.2.2';

/** Options for writing an assessment as OSCAL. */
export interface OscalOptions {
  /** The assessment plan the results belong to, as a URI reference; `#` when there is none. */
  readonly plan?: string;
  /** UUIDs, version 4 or 5; random when absent. */
  readonly uuid?: () => string;
}

/** The namespace of properties that OSCAL does not define. */
const NAMESPACE = 'https://spanforge.dev/ns/oscal';

const property = (name: string, value: string) => ({ name, ns: NAMESPACE, value });

function observationOf(control: AssessedControl, collected: string, uuid: string) {
  const { reference, asks, because, state, applies, appliesFrom, records, framework } = control;
  return {
    uuid,
    title: `${reference}: ${state.replaceAll('_', ' ')}`,
    description: `${asks} ${because}.`,
    props: [
      property('framework', framework),
      property('state', state),
      property('applies', applies ? 'yes' : 'not-yet'),
      ...(appliesFrom === undefined ? [] : [property('applies-from', appliesFrom)]),
    ],
    methods: ['EXAMINE'],
    ...(records.length === 0
      ? {}
      : {
          'relevant-evidence': records.map((index) => ({
            href: `#record-${index}`,
            description: `Record ${index} of the evidence log.`,
          })),
        }),
    collected,
  };
}

/**
 * Only a supported or contradicted control becomes a finding. Missing evidence is only an
 * observation.
 */
function findingOf({ id, reference, because, state }: AssessedControl, of: string, uuid: string) {
  return {
    uuid,
    title: reference,
    description: `${because}.`,
    target: {
      type: 'objective-id',
      'target-id': id,
      status: { state: state === 'supported' ? 'satisfied' : 'not-satisfied', reason: 'other' },
    },
    'related-observations': [{ 'observation-uuid': of }],
  };
}

/**
 * Writes an assessment as OSCAL assessment results (JSON). Each control is an observation. A
 * control that applies and that the log supports or contradicts is a finding too. `satisfied` means
 * only that the log supports it.
 */
export function toOscal(
  assessment: ComplianceAssessment,
  { plan = '#', uuid = () => crypto.randomUUID() }: OscalOptions = {},
): Readonly<Record<string, unknown>> {
  const { assessedAt, log, controls, frameworks } = assessment;
  const observed = controls.map((control) => ({ control, uuid: uuid() }));
  const speaks = ({ control: { state, applies } }: (typeof observed)[number]): boolean =>
    applies && (state === 'supported' || state === 'contradicted');
  const findings = observed
    .filter(speaks)
    .map(({ control, uuid: of }) => findingOf(control, of, uuid()));
  return {
    'assessment-results': {
      uuid: uuid(),
      metadata: {
        title: 'What an evidence log says about controls',
        'last-modified': assessedAt,
        version: assessment.v,
        'oscal-version': OSCAL_VERSION,
      },
      'import-ap': { href: plan },
      results: [
        {
          uuid: uuid(),
          title: `Evidence log ${log.origin}`,
          description: `${log.size} records. ${frameworks.map(({ title, source }) => `${title} (${source})`).join('; ')}.`,
          start: assessedAt,
          end: assessedAt,
          'reviewed-controls': {
            'control-selections': [
              { 'include-controls': controls.map(({ id }) => ({ 'control-id': id })) },
            ],
          },
          observations: observed.map(({ control, uuid: own }) =>
            observationOf(control, assessedAt, own),
          ),
          ...(findings.length === 0 ? {} : { findings }),
        },
      ],
    },
  };
}
