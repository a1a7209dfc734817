/** The thread of `quiet-reporter.mjs`: each message is a sign of life and says which files run. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { descendants, stuckFile } from './stuck.mjs';

/** @type {{ quietMs: number, pid: number, folder: string }} */
const { quietMs, pid, folder } = workerData;
/** @type {string[]} */
let running = [];
let timer = setTimeout(end, quietMs);

parentPort?.on('message', (/** @type {string[]} */ files) => {
  running = files;
  clearTimeout(timer);
  timer = setTimeout(end, quietMs);
});

/** Leaves word of what ran, and kills the run with all its processes. */
function end() {
  const processes = listProcesses();
  const shown = processes.lines.filter(({ pid: id }) => processes.ours.includes(id));
  const files = running.length === 0 ? 'no test file' : running.join(', ');
  const text = `Nothing happened for ${quietMs / 1000} s while ${files} ran.`;
  const details = [text, ...shown.map(({ line }) => line)].join('\n');
  mkdirSync(join(folder, 'test-results'), { recursive: true });
  writeFileSync(join(folder, stuckFile), details);
  writeSync(2, `${details}\nThe run is ended.\n`);
  for (const id of [...processes.ours, pid]) kill(id);
}

/** @param {number} id */
function kill(id) {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** What `ps` says of each process; nothing where there is no `ps`. */
function listProcesses() {
  const columns = 'pid=,ppid=,stat=,time=,args=';
  const { stdout } = spawnSync('ps', ['-A', '-o', columns], { encoding: 'utf8' });
  const lines = (stdout ?? '').split('\n').flatMap((line) => {
    const [id, parent] = line.trim().split(/\s+/).map(Number);
    return id === undefined || parent === undefined || Number.isNaN(parent)
      ? []
      : [{ pid: id, parent, line: line.slice(0, 200) }];
  });
  return { lines, ours: descendants(lines, pid) };
}
