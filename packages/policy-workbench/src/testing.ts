export type { Expectation, PolicyCase, PolicyCases } from './testing/case.js';
export {
  type CaseCoverage,
  coverCases,
  type RuleCoverage,
  type TargetCoverage,
} from './testing/coverage.js';
export type { Mutant, MutationOperator } from './testing/mutant.js';
export { mutantsOf } from './testing/mutants.js';
export {
  caseFor,
  type MutationOptions,
  type MutationReport,
  type Survivor,
  testMutants,
} from './testing/mutation.js';
export type { NumberCoverage } from './testing/number-coverage.js';
export {
  joinRequestParts,
  type ParseCasesOptions,
  parseCases,
  parseCasesJson,
  parseCasesYaml,
  parseRequestParts,
  parseRequestPartsJson,
  type WrittenRequest,
} from './testing/parse-cases.js';
export { type PinOptions, pinDecision } from './testing/pin-decision.js';
export { type CaseDifference, type CaseResult, runCases } from './testing/run-cases.js';
export { appendCases, formatCases, writtenCase } from './testing/write-cases.js';
