import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bundleJsonSchema } from './json-schema.js';

const FILE = new URL('../../bundle.schema.json', import.meta.url);

// After a change of the schema: SPANFORGE_WRITE=1 writes it anew; then format it.
it('is the one that is published', () => {
  const schema = bundleJsonSchema();
  if (process.env.SPANFORGE_WRITE === '1') writeFileSync(FILE, JSON.stringify(schema));
  expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(schema);
});

it('knows every key, and no other', () => {
  const schema = JSON.parse(readFileSync(FILE, 'utf8'));
  expect(schema.additionalProperties).toBe(false);
  expect(schema.required).toEqual([
    'policy_id',
    'version',
    'environment',
    'owner',
    'effective_at',
    'rules',
  ]);
  expect(Object.keys(schema.properties.rules.items.properties)).toEqual([
    'rule_id',
    'service',
    'control',
    'target',
    'action',
    'enabled',
    'threshold',
    'when',
    'rationale',
    'redact',
    'on_error',
    'on_unavailable',
    'stage',
    'metadata',
  ]);
  expect(schema.properties.rules.items.additionalProperties).toBe(false);
  const kinds = schema.properties.facts.additionalProperties.anyOf;
  expect(kinds.map(({ required }: { required: string[] }) => required[0])).toEqual([
    'from',
    'count',
    'sum',
    'detect',
  ]);
});
