import { mkdtemp, rm } from 'node:fs/promises';
import { governed } from './governed.js';
import { measure } from './measure.js';
const folder = await mkdtemp('/work/.spike/prof-');
const s = await governed(folder, { hmac: process.argv[2] !== 'off', commits: process.argv[3] === '2' ? 2 : 1 });
for (let r = 0; r < 4; r++) console.log(await measure(s, { from: r * 5000, count: 5000, inFlight: 64 }));
console.log(s.commits());
await s.close();
await rm(folder, { recursive: true });
