import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { WORKSPACE_FOLDER } from 'spanforge';
import { approveAll, askAt } from './ask.js';
import { openDesk } from './desk.js';
import { tell } from './tell.js';
import { formatCounts, formatLine, heading } from './view.js';
import { work } from './work.js';

const { values: options } = parseArgs({
  options: {
    headless: { type: 'boolean', default: false },
    state: { type: 'string', default: WORKSPACE_FOLDER },
  },
});

const { stdin, stdout } = process;
const isTerminal = stdin.isTTY === true && stdout.isTTY === true;
const ask = isTerminal && !options.headless ? askAt(stdin, stdout) : approveAll;
const palette = { colour: stdout.isTTY === true && !process.env.NO_COLOR };
const say = (text: string): void => {
  stdout.write(`${text}\n`);
};

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

const root = resolve(options.state);
const desk = await openDesk(root);
try {
  say('The claims desk: claims-agent works for case-worker-7.');
  say('Nothing runs before its decision is durable.\n');
  say(heading());
  const { lines, finished } = await work(desk, {
    ask,
    signal: stop.signal,
    onLine: (line) => say(formatLine(line, palette)),
  });
  say(`\n${formatCounts(lines)}\n`);
  if (finished) {
    await tell(desk, lines, process.cwd(), say);
  } else {
    const state = relative(process.cwd(), root) || '.';
    say('Stopped before the end: what is held stays held. To see it:');
    say(`  npx --no-install spanforge operator reviews --state ${state}`);
  }
} finally {
  await desk.close();
}
