import { z } from 'zod';
import { wholeBundleSchema } from './schema.js';

/** What editors show beside a key, wherever it stands. */
const SHOWN: Readonly<Record<string, string>> = {
  policy_id: 'Names the policy; its versions share it.',
  version: 'Dotted numbers, compared one by one: 1.10 is newer than 1.9.',
  effective_at: 'From when on it governs once it is activated.',
  strategy: 'strictest (default): the strictest rule that applies; first_match: the first.',
  zone: 'What "time" in conditions is shown in: UTC (default), an offset, or a zone by name.',
  default: 'What holds where no rule applies; the service decides by itself when absent.',
  tools: 'Declared tools by name; or, in a target, names and prefixes ending in "*".',
  facts: 'What conditions may read as facts.<name>.',
  schema: 'JSON Schema of the arguments.',
  result: 'JSON Schema of the result.',
  failure: 'How a result that is text tells that the call did nothing.',
  target: 'Which requests the rule is about; what is left out leaves everything in.',
  action: 'allow < allow+log < redact < human_review < block',
  when: 'A condition, such as args.amount > 1000.',
  threshold: 'Compared with the observed value, by metadata.comparator (lt unless told).',
  redact: 'What is masked in a call that runs.',
  on_error: 'What a rule that cannot be decided counts as at least; block unless told.',
  on_unavailable: 'Whether the verdict stands where it cannot be recorded.',
  stage: 'enforce (default), or {mode: shadow, until: <instant>}: only reported until then.',
  from: 'The tool, or tools, whose result it is.',
  for: 'Only of calls whose argument (left) equals what stands at a path now (right).',
  take: 'latest (default): one result; all: a list of them.',
  pick: 'The part of the result that is meant.',
  count: 'How many calls; the one being decided included.',
  sum: 'The argument that is added up, such as args.amount.',
  per: 'What is counted apart, beside the tenant.',
  window: 'How far back it counts: 90s, 15m, 24h, 30d.',
  detect: 'Where detectors look: args, a path below it, or a fact.',
  types: 'Detector types, such as email.',
};

/** The JSON Schema (2020-12) of bundles, for editors; conditions and names are checked when a bundle is loaded. */
export function bundleJsonSchema(): unknown {
  const schema = z.toJSONSchema(wholeBundleSchema, { io: 'input', reused: 'inline' });
  return { title: 'SpanForge policy bundle', ...(describe(schema) as object) };
}

function describe(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(describe);
  if (typeof schema !== 'object' || schema === null) return schema;
  const described = Object.entries(schema).map(([key, value]) => [
    key,
    key === 'properties' ? describeProperties(value) : describe(value),
  ]);
  return Object.fromEntries(described);
}

function describeProperties(properties: object): object {
  const described = Object.entries(properties).map(([name, schema]) => {
    const description = Object.hasOwn(SHOWN, name) ? { description: SHOWN[name] } : {};
    return [name, { ...description, ...(describe(schema) as object) }];
  });
  return Object.fromEntries(described);
}
