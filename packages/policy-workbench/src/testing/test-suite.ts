import { parseBundleYaml } from '@spanforge/policy/yaml';

/** A bundle with a threshold, numbers, a target, a fact and a redaction. */
export const BUNDLE = parseBundleYaml(`
policy_id: refunds
version: "1"
environment: prod
owner: tests
effective_at: "2026-01-01T00:00:00Z"
tools:
  refund:
    effect: write
    schema:
      type: object
      properties: { order: { type: string }, amount: { type: number }, lines: { type: array, items: { type: number } } }
  look:
    effect: read
    schema: { type: object, properties: { order: { type: string } } }
    result: { type: object, properties: { paid: { type: boolean } } }
facts:
  order: { from: look, for: { order: args.order } }
rules:
  - rule_id: paid-orders-only
    service: sf_govern
    control: tool_call
    target: { tools: [refund] }
    when: "!facts.order.paid"
    action: block
  - rule_id: large-waits
    service: sf_govern
    control: tool_call
    target: { tools: [refund], environments: [prod] }
    when: args.amount > 100 || args.lines.exists(l, l > 50)
    action: human_review
    redact: [{ path: args.order }]
  - rule_id: weak-answers
    service: sf_rag
    control: grounding_threshold
    threshold: 0.85
    action: human_review
    on_error: human_review
`);

/** Cases that exercise everything in it except two boundaries. */
export const CASES = `
defaults:
  env: prod
  tool: refund
  calls: [{ tool: look, args: { order: A }, result: { paid: true } }]
cases:
  - name: at the limit
    args: { order: A, amount: 100, lines: [50] }
    expect: { outcome: allow, silent: [large-waits], reason_code: no_matching_rule }
  - name: over the limit
    args: { order: A, amount: 101, lines: [] }
    expect:
      outcome: human_review
      triggered: [large-waits]
      obligations: [{ kind: redact, target: args, path: order }]
  - name: a line over the limit
    args: { order: A, amount: 1, lines: [1, 51] }
    expect: { outcome: human_review }
  - name: not looked at
    args: { order: B, amount: 1, lines: [] }
    expect: { outcome: block, indeterminate: [paid-orders-only] }
  - name: looking is free
    tool: look
    args: { order: B, amount: 1000, lines: [1000] }
    expect: { outcome: allow }
  - name: elsewhere
    env: dev
    args: { order: A, amount: 101, lines: [] }
    expect: { outcome: allow }
  - name: weak
    service: sf_rag
    control: grounding_threshold
    observed: 0.84
    expect: { outcome: human_review }
  - name: strong enough
    service: sf_rag
    control: grounding_threshold
    observed: 0.85
    expect: { outcome: allow }
`;
