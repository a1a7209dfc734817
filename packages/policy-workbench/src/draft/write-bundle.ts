import { field, flow, scalar } from '../testing/yaml-text.js';
import type { DraftFact, DraftRule } from './argument.js';
import { comments } from './text.js';
import type { ToolDraft } from './tool-draft.js';

/** What a bundle file begins with. */
export interface BundleHead {
  readonly policyId: string;
  readonly environment: string;
  readonly owner: string;
  readonly effectiveAt: string;
  readonly shadowUntil: string;
  readonly comments: readonly string[];
}

/** A drafted bundle: as data to be loaded, and each part of it as text. */
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

/** The bundle as YAML: the same data, and above every part what it rests on. */
export function writeBundle(parts: BundleParts): string {
  const { head, tools, facts, rules } = parts;
  const data = bundleData(parts) as Record<string, Record<string, object>> & {
    readonly rules: readonly object[];
  };
  const { tools: toolsData = {}, facts: factsData = {}, rules: _rules, ...plain } = data;
  return [
    ...comments(head.comments, ''),
    ...Object.entries(plain).map(([key, value]) => `${key}: ${flow(value)}`),
    '',
    tools.length === 0 ? 'tools: {}' : 'tools:',
    ...tools.flatMap((tool) => [
      ...comments(tool.comments, '  '),
      `  ${scalar(tool.name)}:`,
      ...entries(toolsData[tool.name] ?? {}, '    '),
    ]),
    '',
    ...(facts.length === 0 ? [] : ['facts:']),
    ...facts.flatMap(({ name }) => [
      ...comments([`read by: ${readers(rules, name).join(', ')}`], '  '),
      ...field(name, factsData[name], '  '),
    ]),
    ...(facts.length === 0 ? [] : ['']),
    'rules:',
    ...rules.flatMap((rule, at) => {
      const [first = '', ...rest] = entries(data.rules[at] ?? {}, '    ');
      return [...comments(rule.comments, '  '), `  - ${first.trimStart()}`, ...rest, ''];
    }),
  ].join('\n');
}

function entries(data: object, indent: string): readonly string[] {
  return Object.entries(data).flatMap(([key, value]) => field(key, value, indent));
}

function readers(rules: readonly DraftRule[], fact: string): readonly string[] {
  return rules
    .filter(({ basis }) => basis.kind === 'known' && basis.facts.includes(fact))
    .map(({ ruleId }) => ruleId);
}
