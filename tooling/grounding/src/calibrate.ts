import { dataFolder, isHeldOut, readSamples } from './data.js';
import { FEATURES } from './features.js';
import { prepare, train } from './model.js';

const folder = dataFolder(process.env);
const samples = readSamples(folder, 'begin_wow_dev_PUBLIC.jsonl');
if (samples) {
  const open = samples.filter((one) => !isHeldOut(one));
  const { claims, answer } = train(prepare(open));
  const [constant = 0, ...weights] = claims;
  console.log(`constant: ${constant.toFixed(2)}`);
  for (const [at, name] of FEATURES.entries()) console.log(`${name}: ${weights[at]?.toFixed(2)}`);
  console.log(`answer: ${answer.map((value) => value.toFixed(2)).join(', ')}`);
} else {
  console.error(`no data in ${folder}: set SPANFORGE_DATA`);
  process.exitCode = 2;
}
