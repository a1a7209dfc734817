import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readReport, reportFile, workspaceFolders } from './steps.mjs';

/** Where a test run leaves its results, seen from the package. */
export const resultsFolder = 'test-results';

/** Where a run that was ended for its silence leaves word of it, seen from the package. */
export const stuckFile = `${resultsFolder}/stuck.txt`;

/**
 * The packages whose run was ended for its silence.
 *
 * @param {string} root
 * @returns {{ folder: string, name: string, text: string }[]}
 */
export function stuckSuites(root) {
  return workspaceFolders(root)
    .filter((folder) => existsSync(join(root, folder, stuckFile)))
    .map((folder) => ({
      folder,
      name: nameOf(root, folder),
      text: readFileSync(join(root, folder, stuckFile), 'utf8'),
    }));
}

/**
 * The packages that have reported a failed test.
 *
 * @param {string} root
 * @returns {string[]} names
 */
export function failedSuites(root) {
  return workspaceFolders(root)
    .filter((folder) => readReport(join(root, folder, reportFile))?.success === false)
    .map((folder) => nameOf(root, folder));
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string}
 */
function nameOf(root, folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).name;
}

/**
 * @param {{ pid: number, parent: number }[]} processes
 * @param {number} root
 * @returns {number[]} the children of a process, and theirs
 */
export function descendants(processes, root) {
  const found = [root];
  for (const id of found) {
    for (const { pid, parent } of processes) if (parent === id && pid !== id) found.push(pid);
  }
  return found.slice(1);
}
