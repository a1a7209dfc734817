import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { createIds } from '@spanforge/core-events';
import { createReviews, type GovernedResult } from '@spanforge/govern';
import { WORKSPACE_FOLDER } from 'spanforge';
import { type Desk, openDesk } from './desk.js';
import { createFinale, flipOneByte } from './finale.js';
import { SCRIPT, type Step, SUPERVISOR } from './script.js';
import { formatCounts, formatLine, heading, type Line } from './view.js';

const { values: options } = parseArgs({
  options: {
    headless: { type: 'boolean', default: false },
    state: { type: 'string', default: WORKSPACE_FOLDER },
  },
});

const interactive =
  !options.headless && process.stdin.isTTY === true && process.stdout.isTTY === true;
const palette = { colour: process.stdout.isTTY === true && process.env.NO_COLOR === undefined };
const say = (text = ''): void => {
  process.stdout.write(`${text}\n`);
};

/** Asks the person at the terminal; without one, the supervisor of the script approves. */
async function askSupervisor(question: string): Promise<'approved' | 'rejected'> {
  if (!interactive) return 'approved';
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`      ${question} [Y/n] `);
  terminal.close();
  return /^n/i.test(answer.trim()) ? 'rejected' : 'approved';
}

async function review(desk: Desk, step: Step, held: GovernedResult<unknown> & { status: 'held' }) {
  const resolution = await askSupervisor(`${SUPERVISOR}: ${held.reason} Approve?`);
  const reviews = createReviews({ log: desk.workspace.log });
  await reviews.resolve({
    reviewId: held.reviewId,
    resolution,
    reviewer: SUPERVISOR,
    note: 'read against the file',
  });
  return { ...step, story: `${SUPERVISOR} ${resolution} it; the agent tries again` };
}

/** Works through the script; each held call is decided by the supervisor and tried again. */
async function work(desk: Desk): Promise<readonly Line[]> {
  const makeId = createIds();
  const lines: Line[] = [];
  const perform = async (
    step: Step,
    traceId: string,
    callId: string,
  ): Promise<GovernedResult<unknown>> => {
    const result = await desk.perform(step, traceId, callId);
    const line = { number: lines.length + 1, traceId, step, result };
    lines.push(line);
    say(formatLine(line, palette));
    return result;
  };
  for (const step of SCRIPT) {
    const [traceId, callId] = [`claims-${makeId()}`, makeId()];
    const result = await perform(step, traceId, callId);
    if (result.status === 'held') await perform(await review(desk, step, result), traceId, callId);
  }
  return lines;
}

async function tell(desk: Desk, lines: readonly Line[], root: string): Promise<void> {
  const finale = await createFinale(desk.workspace);
  const leak = lines.find(({ step }) => step.story.includes('hidden'));
  const approved = lines.findLast(({ result }) => result.status === 'completed');
  say(`\n${formatCounts(lines)}\n`);
  for (const line of [leak, approved]) {
    if (line) say(`${(await finale.summarise(line.traceId)).join('\n')}\n`);
  }
  if (!approved || !leak) return;
  const { path, pkg } = await finale.exportTrace(approved.traceId);
  say(`exported          ${relative(process.cwd(), path)}`);
  say(`verified offline  ${await finale.verify(pkg)}`);
  say(`one bit flipped   ${await finale.verify(flipOneByte(pkg))}\n`);
  const keys = join(relative(process.cwd(), root), 'keys');
  say('Look further:');
  say(`  npx --no-install spanforge operator inspect ${leak.traceId}`);
  say(`  npx --no-install spanforge operator export ${leak.traceId} --output leak.zip`);
  say(
    `  npx --no-install spanforge operator verify leak.zip --key ${join(keys, 'log.vkey')} --key ${join(keys, 'package.jwks.json')}`,
  );
}

const root = resolve(options.state);
const desk = await openDesk(root);
try {
  say(
    'The claims desk: claims-agent works for case-worker-7; nothing runs before its decision is durable.\n',
  );
  say(heading());
  const lines = await work(desk);
  await tell(desk, lines, root);
} finally {
  await desk.close();
}
