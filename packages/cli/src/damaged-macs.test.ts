import { createRequire } from 'node:module';
import type Libsql from 'libsql';
import { describe, expect, it } from 'vitest';
import { useFolder } from './test-cli.js';
import { recordTraces } from './test-traces.js';

const folder = useFolder();

const Database = createRequire(import.meta.url)('libsql') as new (path: string) => Libsql.Database;

async function changed(sql: string): Promise<void> {
  await folder.run('init');
  await recordTraces(folder.path('.spanforge'));
  const database = new Database(folder.path('.spanforge/evidence.db'));
  database.exec(sql);
  database.close();
}

interface Finding {
  readonly code: string;
  readonly index?: number;
}

const findings = async (): Promise<readonly Finding[]> => {
  const run = await folder.run('audit', 'fsck', '--json');
  expect(run.exitCode).toBe(1);
  return run.json().findings as readonly Finding[];
};

describe('HMACs that are gone', () => {
  it('from every record: fsck names each, and nothing is governed, inspected as whole or exported', async () => {
    await changed('UPDATE content SET macs = NULL, kids = NULL');
    const found = await findings();
    const missing = found.filter(({ code }) => code === 'hmac_missing').map(({ index }) => index);
    expect(missing.length).toBeGreaterThan(10);
    expect(missing).toEqual(missing.map((_, at) => at));
    expect(found.map(({ code }) => code)).toContain('log_refused');
    const inspected = await folder.run('operator', 'inspect', 'allowed');
    expect([inspected.exitCode, inspected.stdout + inspected.stderr]).toEqual([
      1,
      expect.stringContaining('Log DAMAGED (first_record_damaged)'),
    ]);
    const exported = await folder.run('operator', 'export', 'allowed', '--output', 'p');
    expect([exported.exitCode, exported.stderr]).toEqual([
      1,
      expect.stringMatching(/first_record_damaged|hmac_missing/),
    ]);
    const appended = await folder.run('keys', 'rotate', 'log', '--by', 'ada');
    expect([appended.exitCode, appended.stderr]).toEqual([
      1,
      expect.stringContaining('first_record_damaged'),
    ]);
    const doctor = await folder.run('doctor');
    expect(doctor.exitCode).toBe(2);
    expect(doctor.stdout).toContain('first_record_damaged');
  });

  it('from some records: fsck names those, and traces without them are judged as before', async () => {
    await folder.run('init');
    await changed(
      `UPDATE content SET macs = NULL, kids = NULL WHERE first = (SELECT max(first) FROM content)`,
    );
    const found = await findings();
    const missing = found.filter(({ code }) => code === 'hmac_missing').map(({ index }) => index);
    expect(missing.length).toBeGreaterThan(0);
    expect(missing).not.toContain(0);
    // The last record is of the held call; the allowed one comes before.
    expect((await folder.run('operator', 'inspect', 'held')).exitCode).toBe(1);
    expect((await folder.run('operator', 'export', 'held', '--output', 'p')).exitCode).toBe(1);
    expect((await folder.run('operator', 'inspect', 'allowed')).exitCode).toBe(0);
    expect((await folder.run('operator', 'export', 'allowed', '--output', 'q')).exitCode).toBe(0);
  });

  it('a first row that cannot be read: fsck goes on behind it', async () => {
    await changed(`UPDATE content SET kids = '{' WHERE first = 0`);
    const found = await findings();
    expect(found).toContainEqual(expect.objectContaining({ code: 'not_a_record', index: 0 }));
    expect(found.map(({ code }) => code)).toContain('log_refused');
  });
});
