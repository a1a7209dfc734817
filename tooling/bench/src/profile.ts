import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { governed } from './governed.js';
import { measure } from './measure.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '4' },
    actions: { type: 'string', default: '5000' },
    commits: { type: 'string', default: '1' },
    hmac: { type: 'string', default: 'on' },
    folder: { type: 'string', default: '.' },
  },
});

// The governed path alone, 64 in flight, to be run under a profiler: node --cpu-prof dist/profile.js
const folder = await mkdtemp(join(resolve(values.folder), '.bench-'));
const subject = await governed(folder, {
  hmac: values.hmac === 'on',
  commits: values.commits === '2' ? 2 : 1,
  store: 'sqlite',
  checkpoints: true,
});
const count = Number(values.actions);
for (let round = 0; round < Number(values.rounds); round += 1) {
  console.log(await measure(subject, { from: round * count, count, inFlight: 64 }));
}
console.log(`${subject.commits()} commits`);
await subject.close();
await rm(folder, { recursive: true });
