import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';

const folder = useFolder();
const write = (name: string, records: readonly unknown[]): void =>
  writeFileSync(folder.path(name), records.map((one) => `${JSON.stringify(one)}\n`).join(''));
const words = 'The claim was read and found in order by the case worker of the day. '.repeat(30);
const good = Array.from({ length: 80 }, (_, at) => ({
  ...{ text: words, consent: true, source: 'crm' },
  ...{ gender: at % 2 === 0 ? 'a' : 'b', approved: at % 4 < 2 },
}));
const STATED = ['--purpose', 'to try', '--assumptions', 'none'];

describe('spanforge validate', () => {
  it('signs in three forms and is on record; names and addresses, which nobody searches for here, leave a clause open', async () => {
    await folder.run('init');
    write('d.jsonl', good);
    const outputs = ['r.json', 'r.md', 'r.html'].flatMap((name) => ['--output', name]);
    const run = await folder.run(
      'validate',
      '--dataset',
      'd.jsonl',
      ...STATED,
      ...outputs,
      '--json',
    );
    expect([run.exitCode, run.json()]).toMatchObject([
      3,
      { status: 'not_assessed', record: expect.any(String), dataset: { records: 80 } },
    ]);
    for (const report of ['r.json', 'r.md', 'r.html']) {
      const health = await folder.run('audit', 'check-health', '--report', report, '--json');
      expect([health.exitCode, health.json()]).toMatchObject([
        0,
        { healthy: true, report: { ok: true }, log: { record: { id: run.json().record } } },
      ]);
    }
  });

  it('without consent fails, without fields is incomplete, empty is not assessed', async () => {
    write(
      'd.jsonl',
      good.map((one) => ({ ...one, consent: false })),
    );
    expect((await folder.run('validate', '--dataset', 'd.jsonl')).exitCode).toBe(1);
    writeFileSync(folder.path('d.txt'), words);
    expect((await folder.run('validate', '--dataset', 'd.txt')).exitCode).toBe(3);
    write('e.jsonl', []);
    const empty = await folder.run('validate', '--dataset', 'e.jsonl', ...STATED, '--json');
    expect([empty.exitCode, empty.json()]).toMatchObject([3, { status: 'not_assessed' }]);
  });

  it('shows how far it has come on a terminal only', async () => {
    write('d.jsonl', good);
    const args = ['validate', '--dataset', 'd.jsonl'];
    expect((await folder.runOnTerminal(...args)).stderr).toContain('100 %');
    expect((await folder.run(...args)).stderr).not.toContain('%');
  });

  it('R-02: refuses what is no file of text, at once', async () => {
    execFileSync('mkfifo', [folder.path('pipe')]);
    writeFileSync(folder.path('binary.jsonl'), Uint8Array.of(0, 255, 1));
    for (const name of ['pipe', '/dev/zero', 'none', '.', 'binary.jsonl']) {
      const { exitCode, json } = await folder.run('validate', '--dataset', name, '--json');
      expect([exitCode, json()]).toMatchObject([
        2,
        { error: { code: expect.stringMatching(/^CLI_(FILE_UNREADABLE|INPUT_INVALID)$/) } },
      ]);
    }
  });

  it.each([
    [['--output', 'r.pdf']],
    [['--output', 'd.json']],
    [['--format', 'xml']],
    [['--output', 'r.json']],
  ])('%j is usage, or needs the keys of a workspace', async (args) => {
    writeFileSync(folder.path('d.json'), '[]');
    expect((await folder.run('validate', '--dataset', 'd.json', ...args)).exitCode).toBe(2);
  });
});

describe('spanforge audit check-health', () => {
  const health = (...args: readonly string[]) => folder.run('audit', 'check-health', ...args);
  const sign = async () => {
    await folder.run('init');
    write('d.jsonl', good);
    await folder.run(
      'validate',
      '--dataset',
      'd.jsonl',
      '--output',
      'r.json',
      '--output',
      'r.html',
    );
  };

  it('fails for a changed byte, in whatever place', async () => {
    await sign();
    for (const name of ['r.json', 'r.html']) {
      const text = readFileSync(folder.path(name), 'utf8');
      for (const part of [0.001, 0.3, 0.6, 0.95]) {
        const at = Math.floor(text.length * part);
        const changed = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1);
        writeFileSync(folder.path(name), changed);
        const { exitCode } = await health(
          '--report',
          name,
          '--key',
          '.spanforge/keys/package.jwks.json',
        );
        expect(exitCode).toBe(1);
      }
      writeFileSync(folder.path(name), text);
      expect((await health('--report', name)).exitCode).toBe(0);
    }
  });

  it('is incomplete for keys that did not sign, and for a log that knows nothing of it', async () => {
    await sign();
    await folder.run('init', '--state', 'other');
    const key = ['--key', 'other/keys/package.jwks.json'];
    const foreign = await health('--report', 'r.json', ...key);
    expect([foreign.exitCode, foreign.stdout]).toEqual([3, expect.stringContaining('UNTRUSTED')]);
    const own = ['--key', '.spanforge/keys/package.jwks.json', '--state', 'other'];
    const unknown = await health('--report', 'r.json', ...own);
    expect([unknown.exitCode, unknown.stdout]).toEqual([
      3,
      expect.stringContaining('not in this log'),
    ]);
  });

  it('reads the log alone, counts clauses when told to, and refuses a key for checkpoints', async () => {
    await sign();
    expect(await health()).toMatchObject({ exitCode: 0 });
    // The purpose was not stated: that clause is not assessed.
    expect(await health('--report', 'r.json', '--strict')).toMatchObject({ exitCode: 3 });
    expect(await health('--report', 'r.json', '--key', '.spanforge/keys/log.vkey')).toMatchObject({
      exitCode: 2,
    });
    expect(await health('--report', 'none')).toMatchObject({ exitCode: 2 });
  });
});
