import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const run = (name: string): readonly string[] => {
  const path = fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
  return execFileSync(process.execPath, [path], { encoding: 'utf8' }).trimEnd().split('\n');
};

describe('the examples', () => {
  it('wrap a tool', () => {
    expect(run('wrap-a-tool')).toEqual([
      '20: allow+log, 20 back for A-1',
      '50000: block, Nobody refunds that much through an agent.',
      '20 for mallory: block, no roles are registered for this actor',
      '500: human_review, held',
      '500 again: 500 back for A-3',
    ]);
  });

  it('export and verify', () => {
    const [whole, forged, stranger] = run('export-and-verify');
    expect(whole).toMatch(/^as exported: valid, \d records, L1$/);
    expect(forged).toMatch(/^one bit later: invalid, /);
    expect(stranger).toBe('without keys: untrusted');
  });
});
