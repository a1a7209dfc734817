/**
 * `npm start` and `npm test`: install, build and run or check, in a bare clone, asking nothing.
 *
 * Plain Node and npm are enough: pnpm comes through npx from the registry npm is configured with.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  BootstrapError,
  installStamp,
  reportFile,
  requireNode,
  summaryLine,
  sumReports,
  workspaceFolders,
} from './steps.mjs';
import { failedSuites, stuckFile, stuckSuites } from './stuck.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const onWindows = process.platform === 'win32';
const parent = process.ppid;
const env = environment();

/**
 * The caller's environment, with everything off that asks or phones home.
 *
 * @returns {NodeJS.ProcessEnv}
 */
function environment() {
  const data = process.env.SPANFORGE_DATA ?? join(root, '../shared/data');
  return {
    ...process.env,
    ...(existsSync(data) ? { SPANFORGE_DATA: resolve(data) } : {}),
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    DO_NOT_TRACK: '1',
    npm_config_update_notifier: 'false',
  };
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {number} its exit code; 1 when it did not start or was ended by a signal
 */
function run(command, args) {
  const ended = spawnSync(command, args, { cwd: root, env, stdio: 'inherit', shell: onWindows });
  if (ended.error) console.error(`${command}: ${ended.error.message}`);
  return ended.status ?? 1;
}

/**
 * Asks a command for a line of text.
 *
 * @param {string} command
 * @param {string[]} args
 */
function ask(command, args) {
  const options = { cwd: root, env, encoding: /** @type {const} */ ('utf8'), shell: onWindows };
  return spawnSync(command, args, options).stdout?.trim() ?? '';
}

/**
 * Puts pnpm on the path: turbo starts the scripts of packages with it.
 *
 * @throws {BootstrapError} `INSTALL_FAILED`
 */
function providePnpm() {
  const args = ['-y', '-p', manifest.packageManager, 'node', '-p', 'process.env.PATH'];
  // What npx has is what is asked for, by its version: without a network there is nothing to wait for.
  const path = ask('npx', ['--offline', ...args]) || ask('npx', args);
  if (path === '') {
    throw new BootstrapError('INSTALL_FAILED', `npx could not get ${manifest.packageManager}.`);
  }
  env.PATH = path;
}

/** @param {string} name of a command that the root manifest depends on */
function local(name) {
  return join(root, 'node_modules/.bin', name);
}

/** @param {string[]} args */
function turbo(...args) {
  const [task = '', ...rest] = args;
  const shared = ['--output-logs=new-only', `--concurrency=${os.availableParallelism()}`];
  return run(local('turbo'), ['run', task, ...shared, ...rest]);
}

/** The settings of npm that pnpm must share, wherever npm keeps them. */
function shareNpmSettings() {
  for (const setting of ['registry', 'cafile']) {
    const value = ask('npm', ['config', 'get', setting]);
    if (value !== '' && value !== 'null' && value !== 'undefined') {
      env[`npm_config_${setting}`] = value;
    }
  }
}

function install() {
  const stampFile = join(root, 'node_modules/.spanforge-install');
  const stamp = installStamp(root);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.log(`Installing with ${manifest.packageManager} ...`);
  shareNpmSettings();
  if (run('pnpm', ['install', '--frozen-lockfile', '--config.confirmModulesPurge=false']) !== 0) {
    throw new BootstrapError(
      'INSTALL_FAILED',
      'The install failed, see above. It needs the registry npm is configured with, ' +
        'and a pnpm-lock.yaml that agrees with every package.json.',
    );
  }
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(stampFile, stamp);
}

/** What each command runs once everything is built. */
const programs = {
  start: 'apps/reference/dist/main.js',
  bench: 'tooling/bench/dist/govern.js',
};

/**
 * @param {keyof typeof programs} command
 * @param {string[]} args
 */
function launch(command, args) {
  if (turbo('build') !== 0) throw new BootstrapError('BUILD_FAILED', 'The build failed.');
  const script = join(root, programs[command]);
  if (!existsSync(script)) {
    throw new BootstrapError('APP_MISSING', `${programs[command]} was not built: nothing to run.`);
  }
  return serve(script, args);
}

/**
 * Runs the app until it ends; a signal sent to us is its to answer.
 *
 * @param {string} script
 * @param {string[]} args
 * @returns {Promise<number>}
 */
function serve(script, args) {
  const app = spawn(process.execPath, [script, ...args], { cwd: root, env, stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      const sentByTerminal = signal === 'SIGINT' && process.stdin.isTTY;
      if (!sentByTerminal) app.kill(signal);
    });
  }
  // npm passes a signal to its shell alone, so this process may only see its parent vanish.
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    app.kill('SIGTERM');
  }, 500);
  watch.unref();
  return new Promise((ended) => {
    app.on('error', () => ended(1));
    app.on('exit', (code) => ended(code ?? 1));
  });
}

/**
 * One program over all sources: each is read once, where a program a package would read them again.
 *
 * @param {string} project
 */
function typecheck(project) {
  return run(local('tsc'), ['-p', project]) === 0;
}

/**
 * Runs the suites of all packages. When one was ended because nothing happened in it any more, all that
 * did not fail run again: what passed is known, and only the silent one takes time.
 *
 * @returns {{ passed: boolean, notes: string[] }} notes tell of suites that ran twice
 */
function runSuites() {
  const reporters = ['default', 'json', '../../tooling/bootstrap/src/quiet-reporter.mjs'];
  const options = [
    ...reporters.map((name) => `--reporter=${name}`),
    `--outputFile.json=${reportFile}`,
  ];
  const passed = turbo('test', '--continue', '--', ...options) === 0;
  const stuck = stuckSuites(root);
  if (stuck.length === 0) return { passed, notes: [] };
  const failed = failedSuites(root);
  const others = failed.map((name) => `--filter=!${name}`);
  for (const { folder } of stuck) rmSync(join(root, folder, stuckFile));
  const passedAgain = turbo('test', ...others, '--continue', '--', ...options) === 0;
  return {
    passed: passedAgain && failed.length === 0,
    notes: stuck.map(({ folder, text }) => `${folder} was run a second time. ${text}`),
  };
}

function test() {
  for (const folder of workspaceFolders(root)) {
    for (const file of [reportFile, stuckFile]) rmSync(join(root, folder, file), { force: true });
  }
  if (turbo('build') !== 0) throw new BootstrapError('BUILD_FAILED', 'The build failed.');
  const checks = [
    { name: 'lint', passed: run(local('biome'), ['check', '--error-on-warnings', '.']) === 0 },
    { name: 'typecheck', passed: ['.', 'tooling/bootstrap'].every(typecheck) },
  ];
  const { passed, notes } = runSuites();
  const total = sumReports(root);
  for (const { name } of checks.filter(({ passed }) => !passed)) {
    total.failed += 1;
    total.problems.push(`${name} failed`);
  }
  if (!passed && total.failed === 0) {
    total.failed += 1;
    total.problems.push('the test task failed');
  }
  for (const line of [...notes, ...total.problems]) console.error(line);
  console.log(summaryLine(total));
  return total.failed === 0 ? 0 : 1;
}

/** @param {string[]} argv */
function main([command, ...args]) {
  requireNode(process.versions.node, manifest.engines.node);
  if (command !== 'start' && command !== 'bench' && command !== 'test') {
    throw new BootstrapError('USAGE', 'Usage: run.mjs start|bench [arguments] | run.mjs test');
  }
  providePnpm();
  install();
  return command === 'test' ? test() : launch(command, args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  if (process.argv[2] === 'test') {
    console.log(summaryLine({ passed: 0, failed: 1, skipped: 0 }));
  }
  process.exitCode = 1;
}
