import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { YamlProblemCode } from './index.js';
import * as yaml from './index.js';

const CODES: Record<YamlProblemCode, true> = {
  YAML_TOO_LARGE: true,
  YAML_TOO_MANY_PARTS: true,
  YAML_TOO_DEEP: true,
  YAML_SYNTAX: true,
  YAML_EMPTY: true,
  YAML_SEVERAL_DOCUMENTS: true,
  YAML_DIRECTIVE: true,
  YAML_TAG: true,
  YAML_ALIAS: true,
  YAML_CHARACTER: true,
  YAML_DUPLICATE_KEY: true,
  YAML_KEY: true,
  YAML_VALUE: true,
};

describe('what users rely on', () => {
  it('exports exactly this', () => {
    expect(Object.keys(yaml).sort()).toEqual(['YamlError', 'readJson', 'readYaml', 'writeYaml']);
  });

  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  it.each(Object.keys(CODES))('documents %s', (code) => {
    expect(readme).toContain(`\`${code}\``);
  });

  it('knows its errors across copies of the package', () => {
    expect(yaml.YamlError.is({ [Symbol.for('spanforge.yaml.error')]: true })).toBe(true);
    expect(yaml.YamlError.is(new Error('other'))).toBe(false);
    expect(yaml.YamlError.is(null)).toBe(false);
  });
});
