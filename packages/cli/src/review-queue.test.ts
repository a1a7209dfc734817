import { expect, it } from 'vitest';
import { useFolder } from './test-cli.js';
import { recordTraces } from './test-traces.js';

const { path, run } = useFolder();

async function held(): Promise<string> {
  await run('init');
  return (await recordTraces(path('.spanforge'))).reviewId;
}

const stateOf = async (): Promise<unknown> => {
  const { reviews } = (await run('operator', 'reviews', '--json')).json();
  return (reviews as { queue_state: string }[]).map(({ queue_state: state }) => state);
};

it('putting a review aside decides nothing, and the approval is counted', async () => {
  const review = await held();
  const aside = await run(
    'operator',
    'review',
    'snooze',
    review,
    '--reviewer',
    'bob',
    '--for',
    '1h',
  );
  expect(aside.exitCode).toBe(0);
  expect(await stateOf()).toEqual(['requested']);
  expect((await run('operator', 'approve', review, '--reviewer', 'bob')).exitCode).toBe(0);
  expect(await stateOf()).toEqual(['approved']);
  const { stdout } = await run('operator', 'reviews', '--statistics');
  expect(stdout).toMatch(/under 3 seconds {3}[01] of 1 approvals/);
});

it('a grant has an end and a number of uses, and is never given by who asked', async () => {
  const review = await held();
  const grant = (...more: readonly string[]) => run('operator', 'review', 'grant', review, ...more);
  const limits = ['--uses', '2', '--for', '1h'];
  expect((await grant('--reviewer', 'bob', '--for', '1h')).exitCode).toBe(2);
  expect((await grant('--reviewer', 'bob', '--uses', '2')).exitCode).toBe(2);
  const own = await grant('--reviewer', 'person-1', ...limits);
  expect([own.exitCode, own.stderr]).toEqual([1, expect.stringContaining('SELF_APPROVAL')]);
  expect((await grant('--reviewer', 'bob', ...limits)).exitCode).toBe(0);
  const listed = await run('operator', 'review', 'grants', '--json');
  expect(listed.json().grants).toMatchObject([
    { from_review: review, reviewer: 'bob', state: 'in_force', max_uses: 2, uses: 0 },
  ]);
});

it('a wider rejection says what it covers, and an unknown scope is a usage error', async () => {
  const review = await held();
  const reject = (scope: string) =>
    run('operator', 'reject', review, '--reviewer', 'bob', '--scope', scope);
  expect((await reject('everything')).exitCode).toBe(2);
  expect((await reject('rule')).exitCode).toBe(0);
  expect(await stateOf()).toEqual(['rejected']);
  const { reviews } = (await run('operator', 'reviews', '--json')).json();
  expect(JSON.stringify(reviews)).toContain('"scope":"rule"');
});

it('an edited review says by which digest it is approved, in JSON as in text', async () => {
  const review = await held();
  const edit = ['--args', '{"amount":1}', '--note', 'half'];
  expect((await run('operator', 'approve', review, '--reviewer', 'bob', ...edit)).exitCode).toBe(0);
  const json = (await run('operator', 'reviews', review, '--json')).json();
  const { stdout } = await run('operator', 'reviews', review);
  const digest = /^approves\s+(\S+)$/m.exec(stdout)?.[1];
  expect(json).toMatchObject({ approves: digest, edited: { amount: 1 } });
  expect(digest).toMatch(/^[\w-]{43}$/);
});
