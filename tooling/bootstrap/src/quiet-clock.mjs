/**
 * The process of `quiet-reporter.mjs`, started by a run of vitest in the folder of a package. Each
 * message is a sign of life and names the files that run. It ends with the run, or ends it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { descendants, resultsFolder, stuckFile } from './stuck.mjs';

const quietMs = Number(process.argv[2]);
const run = process.ppid;
let lastSign = performance.now();
/** @type {string[]} */
let running = [];

process.on('message', (/** @type {string[]} */ files) => {
  running = files;
  lastSign = performance.now();
});

// Whoever stops the run stops it by a signal to the whole group; the clock ends with the run.
process.on('SIGINT', () => {});
setInterval(() => {
  if (process.ppid !== run) process.exit();
  if (performance.now() - lastSign > quietMs) endRun();
}, 200);

/** Leaves word of what ran, kills the run with all its processes, and ends. */
function endRun() {
  const processes = listProcesses().filter(({ pid }) => pid !== process.pid);
  const ours = [run, ...descendants(processes, run)];
  const files = running.length === 0 ? 'no test file' : running.join(', ');
  const details = [
    `Nothing happened for ${quietMs / 1000} s while ${files} ran.`,
    ...processes.filter(({ pid }) => ours.includes(pid)).map(({ line }) => line),
  ].join('\n');
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(stuckFile, details);
  console.error(`${details}\nThe run is ended.`);
  for (const pid of ours) kill(pid);
  process.exit();
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/**
 * @returns {{ pid: number, parent: number, line: string }[]} what `ps` says of each process; nothing
 *   where there is no `ps`
 */
function listProcesses() {
  const columns = 'pid=,ppid=,stat=,time=,args=';
  const { stdout } = spawnSync('ps', ['-A', '-o', columns], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid === undefined || parent === undefined || Number.isNaN(parent)) return [];
    return [{ pid, parent, line: line.slice(0, 200) }];
  });
}
