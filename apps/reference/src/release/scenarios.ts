import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidenceContext, RecordDraft } from '@spanforge/core-events';
import {
  detectionPiiV1,
  detectionSecretsV1,
  groundingV1,
  spanV1,
} from '@spanforge/core-events/records';
import { openWorkspace } from 'spanforge';
import { administration } from '../context.js';

/** A release that was laid out, and the workspace with its evidence. */
export interface Release {
  readonly folder: string;
  readonly state: string;
}

/** One way for a gate not to pass. */
export interface Scenario {
  readonly gate: string;
  readonly story: string;
  /** What is wrong with this release. */
  readonly spoil: (release: Release) => Promise<void>;
}

const PIPELINE = 'gates/ci-pipeline.yaml';

async function record(
  { state }: Release,
  drafts: (context: EvidenceContext) => readonly RecordDraft[],
): Promise<void> {
  const workspace = await openWorkspace(state, 'gate-demo');
  try {
    await workspace.log.append(drafts(administration('gate-demo')));
  } finally {
    await workspace.close();
  }
}

const spans = (
  count: number,
  body: Partial<Parameters<typeof spanV1.toWire>[0]>,
): ((context: EvidenceContext) => readonly RecordDraft[]) => {
  return (context) =>
    Array.from({ length: count }, (_, at) => ({
      type: spanV1.key,
      context: { ...context, spanId: `demo-${at}` },
      body: spanV1.toWire({
        ...{ kind: 'model', name: 'drafting', durationMs: 20 + (at % 7), status: 'ok' },
        ...body,
      }),
    }));
};

const detection =
  (type: typeof detectionPiiV1, found: string) =>
  (context: EvidenceContext): readonly RecordDraft[] => [
    {
      type: type.key,
      context,
      body: type.toWire({
        subject: 'output',
        findings: [{ type: found, place: '$', count: 2, confidence: 0.97 }],
        ...{ findingCount: 2, alwaysBlocking: 0 },
      }),
    },
  ];

/** Decisions that rest on nothing, and refusals that did not happen. */
const hallucinations = (context: EvidenceContext): readonly RecordDraft[] =>
  Array.from({ length: 300 }, () => ({
    type: groundingV1.key,
    context,
    body: groundingV1.toWire({
      ...{ average: 0.1, status: 'ungrounded', threshold: 0.85, claimThreshold: 0.5 },
      scorer: { name: 'demo', version: '1' },
      claims: [{ claim: 0, score: 0.1, verdict: 'ungrounded', support: [] }],
      ...{ claimCount: 1, sourceCount: 1, withheldCount: 0 },
      ...{ outcome: 'allow', reason: 'no claim is grounded', reasonCode: 'ungrounded' },
    }),
  }));

/** The gates of the documented pipeline, each made to fail, and what is not there at all. */
export const SCENARIOS: readonly Scenario[] = [
  {
    gate: 'schema-validation',
    story: 'an event without source and payload',
    spoil: ({ folder }) =>
      appendFile(join(folder, 'events.jsonl'), '{"schema_version":"2.0","event_type":"no.such"}\n'),
  },
  {
    gate: 'schema-validation',
    story: 'no events',
    spoil: ({ folder }) => rm(join(folder, 'events.jsonl')),
  },
  {
    gate: 'secrets-scan',
    story: 'a token in the sources',
    spoil: ({ folder }) => {
      const token = ['ghp', 'q7Wz3Kd9Rf5Tn1Yx8Vb2Mc6Hj4Lp0Sg7Da3E'].join('_');
      return writeFile(join(folder, 'src/deploy.ts'), `const token = '${token}';\n`);
    },
  },
  {
    gate: 'dependency-audit',
    story: 'a pin that an advisory names',
    spoil: async ({ folder }) => {
      const path = join(folder, 'pnpm-lock.yaml');
      const pin =
        'packages:\n\n  claims-parser-of-the-desk@1.4.0:\n    resolution: {integrity: x}\n';
      await writeFile(path, (await readFile(path, 'utf8')).replace(/^packages:\n/m, pin));
    },
  },
  {
    gate: 'dependency-audit',
    story: 'no advisories',
    spoil: ({ folder }) => rm(join(folder, '.sf-gate/advisories'), { recursive: true }),
  },
  {
    gate: 'perf-regression',
    story: 'calls of three seconds',
    spoil: (release) => record(release, spans(40, { durationMs: 3000 })),
  },
  {
    gate: 'prri-check',
    story: 'answers that rest on nothing, refusals that did not happen, twice the costs',
    spoil: async (release) => {
      const golden = join(release.folder, '.sf-gate/golden.jsonl');
      const refused = '{"case_id":"c","expected_refusal":true,"refused":false}\n';
      await writeFile(golden, refused.repeat(20));
      await record(release, hallucinations);
      await record(release, spans(200, { cost: 0.05, costCurrency: 'EUR' }));
    },
  },
  {
    gate: 'prri-check',
    story: 'no golden set',
    spoil: ({ folder }) => rm(join(folder, '.sf-gate/golden.jsonl')),
  },
  {
    gate: 'trust-gate',
    story: 'calls whose hallucination would do harm',
    spoil: (release) => record(release, spans(10, { hriCritical: true })),
  },
  {
    gate: 'trust-gate',
    story: 'personal data in an answer',
    spoil: (release) => record(release, detection(detectionPiiV1, 'email')),
  },
  {
    gate: 'trust-gate',
    story: 'a secret in an answer',
    spoil: (release) => record(release, detection(detectionSecretsV1, 'github_token')),
  },
  {
    gate: 'pipeline',
    story: 'a gate of a type nobody knows',
    spoil: ({ folder }) =>
      appendFile(join(folder, PIPELINE), '  - id: invented\n    type: invented\n'),
  },
  {
    gate: 'pipeline',
    story: 'a field that is misspelt',
    spoil: ({ folder }) =>
      appendFile(join(folder, PIPELINE), '  - id: misspelt\n    tipe: secrets_scan\n'),
  },
];
