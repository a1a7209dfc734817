import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { useFolder } from './test-cli.js';

const GUIDE = new URL('../../../docs/guides/run-an-enterprise-deployment.md', import.meta.url);
const folder = useFolder();

/** The words of a line, quoted ones whole. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

/** There is no evidence of the trace, and both say so. */
const NO_EVIDENCE = [/enterprise package trace-7/, /operator verify trace-7/];

it('the guide to an enterprise deployment works as it is written', async () => {
  const blocks = [...readFileSync(GUIDE, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)];
  const lines = blocks.flatMap(([, block = '']) => block.trim().split('\n'));
  expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) {
    const [npx, spanforge, ...argv] = wordsOf(line);
    expect([npx, spanforge]).toEqual(['npx', 'spanforge']);
    const run = await folder.run(...argv);
    const expected = NO_EVIDENCE.some((pattern) => pattern.test(line)) ? 3 : 0;
    expect([line, run.exitCode, run.stderr]).toEqual([line, expected, '']);
  }
  const { 'assessment-results': results } = JSON.parse(
    readFileSync(folder.path('assessment.json'), 'utf8'),
  );
  expect(results['import-ap']).toEqual({ href: '#' });
});
