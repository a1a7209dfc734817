/** Code that is changed, and the tests that have to notice. */
export interface Target {
  readonly name: string;
  /** The folder of the package, seen from the root of the repository. */
  readonly folder: string;
  /** What is changed, seen from the folder. */
  readonly mutate: readonly string[];
  /** The test files that judge it, seen from the folder. */
  readonly tests: readonly string[];
  /** What else the tests read, seen from the folder: files, or patterns. */
  readonly reads?: readonly string[];
}

/** What decides, redacts, redeems, judges and verifies. */
export const TARGETS: readonly Target[] = [
  {
    name: 'scope',
    folder: 'packages/scope',
    mutate: ['src/decide.ts', 'src/grants.ts', 'src/delegation.ts'],
    tests: ['src/decide.test.ts', 'src/delegation.test.ts', 'src/control.test.ts'],
  },
  {
    name: 'rbac',
    folder: 'packages/rbac',
    mutate: ['src/decide.ts', 'src/permissions.ts', 'src/separation-of-duty.ts'],
    tests: [
      'src/decide.test.ts',
      'src/role-matrix.test.ts',
      'src/separation-of-duty.test.ts',
      'src/actor.test.ts',
    ],
  },
  {
    name: 'redeem',
    folder: 'packages/govern',
    mutate: ['src/stages/redeem-approval.ts', 'src/reviews/read-binding.ts'],
    tests: ['src/stages/redeem-approval.test.ts'],
  },
  {
    name: 'redact',
    folder: 'packages/govern',
    mutate: ['src/redaction/redact.ts', 'src/redaction/mask-types.ts'],
    tests: ['src/redaction/redact.test.ts', 'src/redaction/mask-types.test.ts'],
  },
  {
    name: 'conclude',
    folder: 'packages/govern',
    mutate: ['src/stages/decide.ts', 'src/decision/combine.ts', 'src/decision/outcome.ts'],
    tests: ['src/decision/decision.test.ts', 'src/stages/decide.test.ts'],
  },
  {
    name: 'ask-control',
    folder: 'packages/govern',
    mutate: [
      'src/controls/ask-control.ts',
      'src/controls/ask-controls.ts',
      'src/controls/who-asks.ts',
      'src/controls/obligation.ts',
    ],
    tests: ['src/controls/ask-control.test.ts', 'src/denial.test.ts'],
  },
  {
    name: 'judge-result',
    folder: 'packages/govern',
    mutate: ['src/controls/result-controls.ts', 'src/trace/labels.ts'],
    tests: [
      'src/controls/result-controls.test.ts',
      'src/trace/labels.test.ts',
      'src/labels.test.ts',
    ],
  },
  {
    name: 'breaker',
    folder: 'packages/govern',
    mutate: ['src/model/refusal-breaker.ts'],
    tests: ['src/model/refusal-breaker.test.ts'],
  },
  {
    name: 'grants',
    folder: 'packages/govern',
    mutate: [
      'src/reviews/grant-bounds.ts',
      'src/reviews/review-votes.ts',
      'src/reviews/reviewers.ts',
    ],
    tests: ['src/reviews/grant-bounds.test.ts', 'src/reviews/review-votes.test.ts'],
  },
  {
    name: 'redemption',
    folder: 'packages/govern',
    mutate: [
      'src/stages/start.ts',
      'src/stages/redeem-grant.ts',
      'src/stages/decide-edited.ts',
      'src/stages/release-withheld.ts',
    ],
    tests: [
      'src/stages/redeem-grant.test.ts',
      'src/stages/release-withheld.test.ts',
      'src/stages/release-unrecorded.test.ts',
      'src/stages/release-remembered.test.ts',
      'src/stages/start.test.ts',
      'src/stages/stored-once.test.ts',
      'src/idempotency.test.ts',
      'src/resume.test.ts',
      'src/reviews.test.ts',
      'src/review-queue.test.ts',
      'src/faults.test.ts',
      'src/shadow.test.ts',
      'src/stream.test.ts',
    ],
  },
  {
    name: 'add-past',
    folder: 'packages/govern',
    mutate: ['src/stages/add-past.ts'],
    tests: [
      'src/facts.test.ts',
      'src/labels.test.ts',
      'src/idempotency.test.ts',
      'src/stages/add-past.test.ts',
    ],
  },
  {
    name: 'refuse',
    folder: 'packages/govern',
    mutate: ['src/stages/refuse.ts'],
    tests: [
      'src/faults.test.ts',
      'src/reviews.test.ts',
      'src/progress.test.ts',
      'src/teaching.test.ts',
      'src/govern.test.ts',
      'src/stages/refuse.test.ts',
    ],
  },
  {
    name: 'controls',
    folder: 'packages/govern',
    mutate: ['src/controls/installed-controls.ts', 'src/controls/policy-control.ts'],
    tests: ['src/controls/policy-control.test.ts'],
  },
  {
    name: 'policy-decide',
    folder: 'packages/policy',
    mutate: [
      'src/decide/decider.ts',
      'src/decide/compiled-rule.ts',
      'src/decide/target.ts',
      'src/pattern.ts',
      'src/decide/condition-input.ts',
    ],
    tests: [
      'src/decide/target.test.ts',
      'src/decide/verdict.test.ts',
      'src/decide/decider.test.ts',
      'src/decide/declared-index.test.ts',
      'src/decide/never-open.test.ts',
    ],
    reads: ['examples/**'],
  },
  {
    name: 'policy-facts',
    folder: 'packages/policy',
    mutate: [
      'src/decide/call-fact.ts',
      'src/decide/counters.ts',
      'src/decide/detected-fact.ts',
      'src/decide/fact-plan.ts',
      'src/decide/read-path.ts',
      'src/decide/tool-result.ts',
      'src/decide/with-facts.ts',
    ],
    tests: [
      'src/decide/fact-parts.test.ts',
      'src/decide/facts.test.ts',
      'src/decide/never-open.test.ts',
    ],
    reads: ['examples/**'],
  },
  {
    name: 'policy-index',
    folder: 'packages/policy',
    mutate: ['src/decide/guard.ts', 'src/decide/guard-index.ts', 'src/decide/rule-index.ts'],
    tests: [
      'src/decide/rule-index.test.ts',
      'src/decide/guard.test.ts',
      'src/decide/guard-index.test.ts',
    ],
  },
  {
    name: 'policy-types',
    folder: 'packages/policy',
    mutate: ['src/decide/declared-types.ts'],
    tests: ['src/decide/types-for.test.ts', 'src/decide/declared-types.test.ts'],
  },
  {
    name: 'condition',
    folder: 'packages/condition',
    mutate: [
      'src/evaluate.ts',
      'src/evaluate-compare.ts',
      'src/evaluate-number.ts',
      'src/evaluate-text.ts',
      'src/evaluate-time.ts',
      'src/frame.ts',
      'src/is-number.ts',
      'src/read.ts',
      'src/result.ts',
    ],
    tests: ['src/evaluate.test.ts', 'src/condition.test.ts', 'src/time.test.ts'],
  },
  {
    name: 'declared-types',
    folder: 'packages/condition',
    mutate: ['src/declared.ts'],
    tests: ['src/declared.test.ts'],
  },
  {
    name: 'verify-checkpoint',
    folder: 'packages/operator',
    mutate: ['src/verify/checkpoint.ts', 'src/verify/if-readable.ts'],
    tests: ['src/verify/verdicts.test.ts', 'src/verify/if-readable.test.ts'],
    reads: ['vectors/*.json'],
  },
  {
    name: 'verify-statement',
    folder: 'packages/operator',
    mutate: ['src/verify/statement.ts'],
    tests: ['src/verify/verdicts.test.ts'],
    reads: ['vectors/*.json'],
  },
  {
    name: 'verify-package',
    folder: 'packages/operator',
    mutate: ['src/verify/verify-package.ts'],
    tests: ['src/verify/verify-package.test.ts'],
    reads: ['vectors/*.json'],
  },
  {
    name: 'verify-trust',
    folder: 'packages/operator',
    mutate: [
      'src/verify/check-members.ts',
      'src/verify/note-opening.ts',
      'src/verify/weigh-trust.ts',
    ],
    tests: ['src/verify/parts.test.ts'],
  },
  {
    name: 'verify-anchors',
    folder: 'packages/operator',
    mutate: ['src/verify/anchors.ts'],
    tests: ['src/verify/anchors.test.ts'],
  },
  {
    name: 'verify-proofs',
    folder: 'packages/operator',
    mutate: ['src/verify/proofs.ts', 'src/verify/lines.ts', 'src/verify/parse-records.ts'],
    tests: ['src/verify/lines.test.ts', 'src/verify/proofs.test.ts'],
    reads: ['vectors/*.json'],
  },
  {
    name: 'verify-values',
    folder: 'packages/operator',
    mutate: ['src/verify/values.ts', 'src/verify/macs.ts', 'src/verify/index-proof.ts'],
    tests: ['src/verify/values-parts.test.ts'],
  },
  {
    name: 'verify-agreement',
    folder: 'packages/operator',
    mutate: ['src/verify/agreement.ts', 'src/verify/conduct.ts'],
    tests: ['src/verify/statement.test.ts', 'src/verify/agreement.test.ts'],
  },
  {
    name: 'tlog-proofs',
    folder: 'packages/core-signing',
    mutate: ['src/tlog/verify.ts'],
    tests: [
      'src/tlog/verify-subtree.test.ts',
      'src/tlog/verify.test.ts',
      'src/tlog/verify-forged.test.ts',
    ],
  },
  {
    name: 'tlog-notes',
    folder: 'packages/core-signing',
    mutate: [
      'src/tlog/verify-record.ts',
      'src/tlog/verify-checkpoint.ts',
      'src/tlog/verify-extension.ts',
      'src/tlog/open-note.ts',
    ],
    tests: [
      'src/tlog/verify-checkpoint.test.ts',
      'src/tlog/verify-record.test.ts',
      'src/tlog/note.test.ts',
    ],
  },
  {
    name: 'tlog-index',
    folder: 'packages/core-signing',
    mutate: ['src/tlog/verify-index.ts'],
    tests: ['src/tlog/index-proof.test.ts', 'src/tlog/verify-index.test.ts'],
  },
  {
    name: 'dsse',
    folder: 'packages/core-signing',
    mutate: ['src/envelope/verify-envelope.ts', 'src/envelope/envelope.ts', 'src/keys/standing.ts'],
    tests: ['src/envelope/envelope.test.ts', 'src/keys/standing.test.ts'],
  },
  {
    name: 'strict-json',
    folder: 'packages/core-signing',
    mutate: ['src/json/parse.ts'],
    tests: ['src/json/parse.test.ts'],
  },
  {
    name: 'seals',
    folder: 'packages/core-events',
    mutate: ['src/records/seal.ts'],
    tests: ['src/records/seal.test.ts'],
  },
  {
    name: 'claims',
    folder: 'packages/core-events',
    mutate: ['src/log/claims.ts', 'src/log/taken.ts', 'src/log/joining.ts'],
    tests: ['src/log/claim-book.test.ts'],
  },
  {
    name: 'gate-verdict',
    folder: 'packages/gate',
    mutate: ['src/verdict/conclude.ts', 'src/prri/band.ts'],
    tests: ['src/verdict/conclude.test.ts'],
  },
];
