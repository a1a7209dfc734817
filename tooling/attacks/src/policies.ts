import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compileBundle, type Decider, parseBundle } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';

/** One row of the table. */
export interface Row {
  readonly title: string;
  readonly decider: Decider | undefined;
}

/** A bundle of one rule: calls that write are blocked when a condition holds. */
function blockWrites(when: string): Decider {
  const rule = { service: 'sf_govern', control: 'tool_call', rule_id: 'row', action: 'block' };
  return compileBundle(
    parseBundle({
      ...{ policy_id: 'row', version: '1', environment: 'test', owner: 'attacks' },
      effective_at: '2026-01-01T00:00:00Z',
      rules: [{ ...rule, when: `request.action == "write" && (${when})` }],
    }),
  );
}

const has = (...labels: readonly string[]): string =>
  labels.map((label) => `"${label}" in labels`).join(' || ');

function bundle(name: string): Decider {
  const file = fileURLToPath(new URL(`../bundles/${name}.yaml`, import.meta.url));
  return compileBundle(parseBundleYaml(readFileSync(file, 'utf8'), { file }));
}

export const ROWS: readonly Row[] = [
  { title: 'no policy', decider: undefined },
  {
    title: 'untrusted, context (naive: no write after an untrusted read)',
    decider: blockWrites(has('untrusted:context')),
  },
  { title: 'untrusted, exact', decider: blockWrites(has('untrusted:exact')) },
  { title: 'untrusted, partial', decider: blockWrites(has('untrusted:partial')) },
  {
    title: 'untrusted, exact or partial',
    decider: blockWrites(has('untrusted:exact', 'untrusted:partial')),
  },
  { title: 'confidential, context', decider: blockWrites(has('confidential:context')) },
  { title: 'confidential, exact', decider: blockWrites(has('confidential:exact')) },
  { title: 'confidential, partial', decider: blockWrites(has('confidential:partial')) },
  {
    title: 'confidential, exact or partial',
    decider: blockWrites(has('confidential:exact', 'confidential:partial')),
  },
  { title: 'bundle of labels and tools', decider: bundle('assistant') },
];
