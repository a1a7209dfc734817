import { dataFolder, isHeldOut, readSamples } from './data.js';
import { FEATURES } from './features.js';
import { prepare, train } from './model.js';

const folder = dataFolder(process.env);
const samples = readSamples(folder, 'begin_wow_dev_PUBLIC.jsonl');
if (samples) {
  const open = samples.filter((one) => !isHeldOut(one));
  const [constant = 0, ...weights] = train(prepare(open));
  console.log(`constant: ${constant.toFixed(2)}`);
  for (const [at, name] of FEATURES.entries()) console.log(`${name}: ${weights[at]?.toFixed(2)}`);
} else {
  console.error(`no data in ${folder}: set SPANFORGE_DATA`);
  process.exitCode = 2;
}
