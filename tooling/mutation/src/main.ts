/**
 * `npm --prefix tooling/mutation run mutants -- [target...] [--fresh] [--json FILE]`: changes the
 * code of the targets, and exits with 1 when a change stays unnoticed that `survivors.json` does not
 * list, or when one of its entries is out of date.
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '@spanforge-tooling/workspace';
import { runTarget } from './run-target.js';
import { compareSurvivors, readListed } from './survivors.js';
import { type Row, rowOf, tableOf } from './table.js';
import { TARGETS } from './targets.js';

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { fresh: { type: 'boolean', default: false }, json: { type: 'string' } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !TARGETS.some((target) => target.name === name));
if (unknown.length > 0) {
  console.error(`No target ${unknown.join(', ')}: ${TARGETS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

// npm runs this in the tool's folder; INIT_CWD is the one it was asked in.
const asked = process.env.INIT_CWD ?? process.cwd();
const json = values.json === undefined ? undefined : resolve(asked, values.json);
const root = repositoryRoot();
const listed = readListed(join(root, 'tooling/mutation/survivors.json'));
const found: (Row & { readonly unlisted: readonly object[] })[] = [];

for (const target of TARGETS) {
  if (positionals.length > 0 && !positionals.includes(target.name)) continue;
  const mutants = await runTarget(root, target, { incremental: !values.fresh });
  const own = listed.filter((one) => one.target === target.name);
  const { unlisted, stale } = compareSurvivors(mutants, own);
  for (const { file, line, at, change } of unlisted) {
    console.log(`not noticed: ${target.folder}/${file}:${line}\n  ${at}\n  ${change}`);
  }
  for (const { file, change } of stale) {
    console.log(`listed, but noticed now or gone: ${target.folder}/${file}\n  ${change}`);
  }
  if (unlisted.length + stale.length > 0) process.exitCode = 1;
  found.push({ ...rowOf(target.name, mutants), unlisted });
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(found, null, 2)}\n`);
}
console.log(tableOf(found));
