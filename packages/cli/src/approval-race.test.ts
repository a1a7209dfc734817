import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { useFolder } from './test-cli.js';
import { BUNDLE } from './test-traces.js';

const ROOT = new URL('../../..', import.meta.url).pathname;
const BIN = `${ROOT}packages/cli/dist/bin.js`;
const { path, run } = useFolder();

const SERVICE = `import { appendFileSync } from 'node:fs';
import { openGovernor } from 'spanforge';
const shop = await openGovernor({ policy: 'refunds.yaml' });
const pay = ({ amount }) => { appendFileSync('paid.txt', amount + '\\n'); return 'paid'; };
const refund = shop.govern(pay, { name: 'refund' });
const caller = { agent: 'helpdesk', actor: 'alice', run: 'run-1', callId: 'refund-1' };
console.log((await refund({ amount: 500 }, shop.context(caller))).status);
await shop.close();
`;

/** Runs a program in a process of its own. */
function node(
  ...argv: readonly string[]
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, argv, { cwd: path() });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      err += String(chunk);
    });
    child.on('close', (code) => resolve({ code, out: out.trim(), err }));
  });
}

it('two people decide, and two services go on, each in a process of its own: one wins each time', {
  timeout: 120_000,
}, async () => {
  await run('init');
  mkdirSync(path('node_modules'));
  symlinkSync(`${ROOT}packages/cli`, path('node_modules/spanforge'));
  writeFileSync(path('refunds.yaml'), BUNDLE);
  writeFileSync(path('service.mjs'), SERVICE);
  expect(await node('service.mjs')).toMatchObject({ code: 0, out: 'held' });
  const listed = (await run('operator', 'reviews', '--json')).json();
  const [{ review_id: review } = { review_id: '' }] = listed.reviews as { review_id: string }[];

  const approve = (reviewer: string) =>
    node(BIN, 'operator', 'approve', review, '--reviewer', reviewer);
  const [own, ...both] = await Promise.all(['alice', 'bob', 'carol'].map(approve));
  expect([own?.code, own?.err]).toEqual([
    1,
    expect.stringContaining('GOVERN_REVIEW_SELF_APPROVAL'),
  ]);
  expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
  expect(both.map(({ err }) => err).join()).toContain('GOVERN_REVIEW_ALREADY_RESOLVED');

  const services = await Promise.all([node('service.mjs'), node('service.mjs')]);
  expect(services.map(({ out }) => out).sort()).toEqual(['blocked', 'completed']);
  expect(await node('service.mjs')).toMatchObject({ out: 'blocked' });
  expect(readFileSync(path('paid.txt'), 'utf8')).toBe('500\n');
  expect((await run('audit', 'fsck')).exitCode).toBe(0);
});
