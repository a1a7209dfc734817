/**
 * Circles that were here before they were looked for. The list only shrinks: an entry that is no
 * longer found fails the test, and so does a circle that is not listed.
 */
export const KNOWN_CIRCLES: readonly string[] = [
  'packages/cli/src/commands/mcp-controls.ts > packages/cli/src/commands/mcp-proxy.ts',
  'packages/condition/src/evaluate-time.ts > packages/condition/src/frame.ts',
  'packages/core-events/src/log/decode.ts > packages/core-events/src/log/record-keys.ts > packages/core-events/src/log/types.ts',
  'packages/core-events/src/log/record-keys.ts > packages/core-events/src/log/types.ts > packages/core-events/src/log/snapshots.ts',
  'packages/detect/src/literals.ts > packages/detect/src/source.ts',
  'packages/operator/src/trace/completeness.ts > packages/operator/src/trace/odd-times.ts',
  'packages/operator/src/verify/lines.ts > packages/operator/src/verify/report.ts > packages/operator/src/verify/rederive.ts > packages/operator/src/verify/values.ts',
  'packages/operator/src/verify/rederive.ts > packages/operator/src/verify/report.ts',
  'packages/operator/src/verify/rederive.ts > packages/operator/src/verify/values.ts > packages/operator/src/verify/report.ts',
  'packages/policy-rollout/src/canary/canary.ts > packages/policy-rollout/src/canary/check.ts',
  'packages/policy/src/bundle/problem.ts > packages/policy/src/error.ts',
  'packages/policy/src/decide/call-fact.ts > packages/policy/src/decide/fact-plan.ts',
  'packages/policy/src/decide/detected-fact.ts > packages/policy/src/decide/fact-plan.ts',
  'packages/rbac/src/control.ts > packages/rbac/src/types.ts',
  'packages/scope/src/control.ts > packages/scope/src/types.ts',
  'packages/store-sqlite/src/packet.ts > packages/store-sqlite/src/row.ts',
  'packages/validate/src/dataset/bias.ts > packages/validate/src/dataset/clauses.ts',
  'packages/validate/src/dataset/read-blocks.ts > packages/validate/src/dataset/records.ts',
  'packages/validate/src/dataset/read-csv.ts > packages/validate/src/dataset/records.ts',
  'packages/validate/src/dataset/read-json.ts > packages/validate/src/dataset/records.ts',
];
