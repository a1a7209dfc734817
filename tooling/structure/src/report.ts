import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { sharedTypeNames } from '@spanforge-tooling/repository/exported-types';
import { readWorkspace, repositoryRoot } from '@spanforge-tooling/workspace';
import { readStructure } from './rooms.js';

const root = repositoryRoot();
const packages = readWorkspace(root, ['packages']).map(({ folder, directory }) =>
  readStructure(folder.replace('packages/', ''), directory),
);
const tracked = execFileSync('git', ['ls-files', 'packages'], { cwd: root, encoding: 'utf8' });
const exportedTwice = sharedTypeNames(pathToFileURL(`${root}/`), tracked.trim().split('\n'));

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ packages, exportedTwice }, undefined, 2));
} else {
  console.log('| package | files | rooms | floors | arrows | upward | cycles of files |');
  console.log('|---|---|---|---|---|---|---|');
  for (const { name, files, rooms, floors, arrows, upward, cycles } of packages) {
    const figures = [files, rooms, floors, arrows, upward.length, cycles.length];
    console.log(`| ${name} | ${figures.join(' | ')} |`);
  }
  for (const { name, upward } of packages) {
    if (upward.length > 0) console.log(`\n${name}, upward: ${upward.join(', ')}`);
  }
  console.log(`\nType names exported from more than one file: ${exportedTwice.length}`);
  for (const { name, files } of exportedTwice) console.log(`${name}: ${files.join(', ')}`);
}
