import { writeYaml, type YamlPath } from '@spanforge/yaml';
import type { DraftFact, DraftRule } from './argument.js';
import type { ToolDraft } from './tool-draft.js';

/** The head of a bundle file. */
export interface BundleHead {
  readonly policyId: string;
  readonly environment: string;
  readonly owner: string;
  readonly effectiveAt: string;
  readonly shadowUntil: string;
  readonly comments: readonly string[];
}

/** A drafted bundle: as data for loading, and each part of it as text. */
export interface BundleParts {
  readonly head: BundleHead;
  readonly tools: readonly ToolDraft[];
  readonly facts: readonly DraftFact[];
  readonly rules: readonly DraftRule[];
}

/** The bundle as data. */
export function bundleData({ head, tools, facts, rules }: BundleParts): unknown {
  const picked = new Set(facts.filter(({ source }) => source.kind !== 'argument').map(toolOf));
  const { policyId, environment, owner, effectiveAt, shadowUntil } = head;
  return {
    policy_id: policyId,
    version: '1',
    environment,
    owner,
    effective_at: effectiveAt,
    tools: Object.fromEntries(tools.map((tool) => [tool.name, toolData(tool, picked)])),
    ...(facts.length === 0
      ? {}
      : { facts: Object.fromEntries(facts.map(({ name, written }) => [name, written])) }),
    rules: rules.map((rule) => ruleData(rule, shadowUntil)),
  };
}

const toolOf = ({ source }: DraftFact): string => source.tool;

function toolData({ name, effect, fails, schema }: ToolDraft, picked: ReadonlySet<string>): object {
  return {
    effect,
    ...(fails ? { failure: { starts_with: 'Error' } } : {}),
    schema,
    ...(picked.has(name) ? { result: { type: 'object', additionalProperties: true } } : {}),
  };
}

function ruleData({ ruleId, tool, when, rationale, basis }: DraftRule, until: string): object {
  return {
    rule_id: ruleId,
    service: 'sf_govern',
    control: 'tool_call',
    ...(basis.kind === 'tools' ? {} : { target: { tools: [tool] } }),
    when,
    action: 'block',
    stage: { mode: 'shadow', until },
    rationale,
  };
}

/** The bundle as YAML: the same data, with the evidence for every part above it. */
export function writeBundle(parts: BundleParts): string {
  return writeYaml(bundleData(parts), {
    blockDepth: 3,
    commentsAbove: (path) => commentsAbove(parts, path),
    blankAbove: ([member, at, ...below]) =>
      below.length === 0 &&
      (at === undefined
        ? /^(tools|facts|rules)$/.test(String(member))
        : member === 'rules' && at !== 0),
  });
}

function commentsAbove(
  { head, tools, facts, rules }: BundleParts,
  [member, at, ...below]: YamlPath,
): readonly string[] {
  if (at === undefined) return member === 'policy_id' ? head.comments : [];
  if (below.length > 0) return [];
  if (member === 'tools') return tools.find(({ name }) => name === at)?.comments ?? [];
  if (member === 'rules') return rules[Number(at)]?.comments ?? [];
  const isFact = member === 'facts' && facts.some(({ name }) => name === at);
  return isFact ? [`read by: ${readers(rules, String(at)).join(', ')}`] : [];
}

function readers(rules: readonly DraftRule[], fact: string): readonly string[] {
  return rules
    .filter(({ basis }) => basis.kind === 'known' && basis.facts.includes(fact))
    .map(({ ruleId }) => ruleId);
}
