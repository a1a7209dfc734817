import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A failure of the bootstrap itself, with a code that a script can look for. */
export class BootstrapError extends Error {
  /**
   * @param {'NODE_TOO_OLD' | 'INSTALL_FAILED' | 'BUILD_FAILED' | 'APP_MISSING' | 'USAGE'} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'BootstrapError';
    this.code = code;
  }
}

/**
 * Refuses a Node older than `engines.node` of the root manifest (`>=major.minor`).
 *
 * @param {string} version what `process.versions.node` says
 * @param {string} range
 * @throws {BootstrapError} `NODE_TOO_OLD`
 */
export function requireNode(version, range) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = range.replace('>=', '').split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new BootstrapError('NODE_TOO_OLD', `Node ${range} is needed; this is Node ${version}.`);
}

/** Folders that hold workspace packages. */
const groups = ['packages', 'apps', 'tooling'];

/**
 * Names every workspace folder that has a manifest, in a fixed order.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function workspaceFolders(root) {
  return groups
    .filter((group) => existsSync(join(root, group)))
    .flatMap((group) =>
      readdirSync(join(root, group))
        .sort()
        .map((name) => `${group}/${name}`),
    )
    .filter((folder) => existsSync(join(root, folder, 'package.json')));
}

/**
 * A digest of everything an install depends on: when it is unchanged, an install changes nothing.
 *
 * @param {string} root
 * @returns {string}
 */
export function installStamp(root) {
  const manifests = workspaceFolders(root).map((folder) => `${folder}/package.json`);
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', 'package.json', ...manifests];
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of files) {
    hash.update(`${file}\n`);
    if (existsSync(join(root, file))) hash.update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** Where each package's test run leaves its report, seen from the package. */
export const reportFile = 'test-results/report.json';

/**
 * Adds up the reports of all packages that have a `test` script.
 *
 * A package without a report (its run crashed), or with a report that tells of a failed suite but
 * of no failed test (a test file that does not load), counts as one failure. A problem names each
 * failed test with its message, since a reader may see nothing but the end of the output.
 *
 * @param {string} root
 * @returns {{ passed: number, failed: number, skipped: number, problems: string[] }}
 */
export function sumReports(root) {
  const total = { passed: 0, failed: 0, skipped: 0, problems: /** @type {string[]} */ ([]) };
  for (const folder of workspaceFolders(root)) {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    if (manifest.scripts?.test === undefined) continue;
    const report = readReport(join(root, folder, reportFile));
    total.passed += report?.numPassedTests ?? 0;
    total.skipped += (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
    const failed = report?.numFailedTests ?? 0;
    if (report?.success === true && failed === 0) continue;
    total.failed += Math.max(1, failed);
    total.problems.push(
      report === undefined ? `${folder}: no test report` : `${folder}: tests failed`,
      ...(report?.testResults ?? []).flatMap(failuresOf),
    );
  }
  return total;
}

/** Characters of a failure's message that are repeated at the end, from its beginning and its end. */
const SHOWN = { first: 1500, last: 2500 };

/**
 * @typedef {{ status: string, fullName: string, failureMessages?: string[] }} Assertion
 * @typedef {{ name: string, status: string, message?: string, assertionResults?: Assertion[] }} TestFile
 *
 * @param {TestFile} file
 * @returns {string[]} its failed tests; of a file that does not load, why
 */
function failuresOf({ name, status, message = '', assertionResults = [] }) {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${name}: ${shorten(message)}`] : [];
  return failed.map(
    ({ fullName, failureMessages = [] }) =>
      `${name}: ${fullName}\n${failureMessages.map(shorten).join('\n')}`,
  );
}

/** @param {string} message */
function shorten(message) {
  if (message.length <= SHOWN.first + SHOWN.last) return message;
  return `${message.slice(0, SHOWN.first)}\n...\n${message.slice(-SHOWN.last)}`;
}

/**
 * @param {string} file
 * @returns what vitest's JSON reporter wrote; undefined when there is none, or half of one
 */
export function readReport(file) {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * The last line of a test run.
 *
 * @param {{ passed: number, failed: number, skipped: number }} total
 */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
