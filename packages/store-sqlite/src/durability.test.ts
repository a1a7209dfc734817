import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acknowledged, canTrace, startChild } from '../test/child.js';
import { inFolder } from '../test/folder.js';
import { expectKept } from '../test/ledger.js';
import { type Call, parseTrace } from '../test/trace.js';

const CALLS = 'trace=fsync,fdatasync,pwrite64,write';

function isFlush({ name, file }: Call): boolean {
  return (name === 'fsync' || name === 'fdatasync') && file.endsWith('-wal');
}

function isLogWrite({ name, file }: Call): boolean {
  return name === 'pwrite64' && file.endsWith('-wal');
}

/** Acknowledgements said while something written to the log was not yet flushed. */
function tooEarly(calls: readonly Call[]): readonly string[] {
  const said = calls.filter(({ name, text }) => name === 'write' && text.includes('"ACK '));
  return said
    .filter((ack, at) => {
      const since = said[at - 1]?.began ?? 0;
      const writes = calls.filter((call) => isLogWrite(call) && call.ended < ack.began);
      const last = Math.max(...writes.map(({ ended }) => ended));
      const flushed = calls.some(
        (call) => isFlush(call) && !call.failed && call.began > last && call.ended < ack.began,
      );
      return !flushed || last < since;
    })
    .map(({ text }) => text);
}

describe.skipIf(!canTrace)('durability, seen from the system calls (needs strace)', () => {
  it('flushes the log before every acknowledgement', () =>
    inFolder(async (folder) => {
      const out = join(folder, 'trace');
      const path = join(folder, 'evidence.db');
      const under = ['strace', '-f', '-y', '-e', CALLS, '-o', out];
      const child = startChild({ path, name: 'w', appends: 25, inFlight: 1, under });
      expect(await child.exited).toBe(0);
      expect(acknowledged(child.lines()).size).toBe(25);
      const calls = parseTrace(await readFile(out, 'utf8'));
      expect(calls.filter(isFlush).length).toBeGreaterThanOrEqual(25);
      expect(tooEarly(calls)).toEqual([]);
      // The check itself must be able to fail: without its flushes the same trace does.
      expect(tooEarly(calls.filter((call) => !isFlush(call))).length).toBe(25);
    }));

  it.each([
    ['fsync', 'EIO', 11],
    ['fsync', 'ENOSPC', 12],
    ['pwrite64', 'EIO', 60],
    ['pwrite64', 'ENOSPC', 90],
    ['pwrite64', 'EIO', 131],
  ])(
    '%s failing with %s from the %ith call on: nothing is acknowledged after it',
    (call, error, nth) =>
      inFolder(async (folder) => {
        const path = join(folder, 'evidence.db');
        const inject = `inject=${call}:error=${error}:when=${nth}+`;
        const under = ['strace', '-f', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
        const child = startChild({ path, name: 'w', appends: 60, inFlight: 1, under });
        await child.exited;
        const lines = child.lines();
        const failed = lines.findIndex((line) => line.startsWith('FAIL'));
        expect(failed).toBeGreaterThan(0);
        expect(lines.slice(failed).filter((line) => line.startsWith('ACK'))).toEqual([]);
        expect(
          new Set(lines.filter((line) => line.startsWith('FAIL')).map((l) => l.split(' ')[2])),
        ).toEqual(new Set(['EVENTS_STORE_UNAVAILABLE']));
        await expectKept(path, acknowledged(lines));
      }),
  );

  it.each([1, 3, 6])('does not open when flush %i at opening fails', (nth) =>
    inFolder(async (folder) => {
      const path = join(folder, 'evidence.db');
      const inject = `inject=fsync:error=EIO:when=${nth}+`;
      const under = ['strace', '-f', '-o', '/dev/null', '-e', 'trace=fsync', '-e', inject];
      const child = startChild({ path, name: 'w', appends: 5, inFlight: 1, under });
      expect(await child.exited).toBe(3);
      expect(child.lines()).toEqual(['REFUSED EVENTS_STORE_UNAVAILABLE']);
      await expectKept(path, new Map());
    }),
  );

  it('a single failed flush poisons the store although later ones would succeed', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'evidence.db');
      const inject = 'inject=fsync:error=EIO:when=12';
      const under = ['strace', '-f', '-o', '/dev/null', '-e', 'trace=fsync', '-e', inject];
      const child = startChild({ path, name: 'w', appends: 40, inFlight: 4, under });
      await child.exited;
      const lines = child.lines();
      const failed = lines.findIndex((line) => line.startsWith('FAIL'));
      expect(failed).toBeGreaterThan(0);
      expect(lines.slice(failed).some((line) => line.startsWith('ACK'))).toBe(false);
      await expectKept(path, acknowledged(lines));
      const again = startChild({ path, name: 'again', appends: 5, inFlight: 1 });
      expect(await again.exited).toBe(0);
      expect(acknowledged(again.lines()).size).toBe(5);
    }));
});
