/** Code that is changed, and the tests that have to notice. */
export interface Target {
  readonly name: string;
  /** The folder of the package, seen from the root of the repository. */
  readonly folder: string;
  /** What is changed, seen from the folder. */
  readonly mutate: readonly string[];
  /** The test files that judge it, seen from the folder. */
  readonly tests: readonly string[];
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
];
