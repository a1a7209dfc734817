import { describe, expect, it } from 'vitest';
import { createBundleReader } from './bundle-reader.js';
import { parseBundle } from './parse.js';

const bundle = (version: string) =>
  parseBundle({
    policy_id: 'p',
    version,
    environment: 'prod',
    owner: 'tests',
    effective_at: '2026-01-01T00:00:00Z',
    rationale: 'For tests.',
    rules: [
      {
        rule_id: 'r',
        service: 'sf_govern',
        control: 'tool_call',
        when: 'request.args.amount > 1.0',
        action: 'block',
        rationale: 'For tests.',
      },
    ],
  });

describe('reading bundles back', () => {
  it('compiles a text once while it is remembered', () => {
    const read = createBundleReader([]);
    const { canonical, digest } = bundle('1.0');
    const first = read(canonical);
    expect(first.digest).toBe(digest);
    expect(read(canonical)).toBe(first);
    for (let n = 0; n < 8; n += 1) read(bundle(`2.${n}`).canonical);
    expect(read(canonical)).not.toBe(first);
  });

  it('refuses what is no bundle each time', () => {
    const read = createBundleReader([]);
    for (let n = 0; n < 2; n += 1) {
      expect(() => read('{}')).toThrow(expect.objectContaining({ code: 'POLICY_BUNDLE_INVALID' }));
    }
  });
});
