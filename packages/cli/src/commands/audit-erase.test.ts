import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createGovernor } from '@spanforge/govern';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';
import { openWorkspace } from '../workspace/workspace.js';

const folder = useFolder();
const WHO = ['--reason', 'asked for by the subject', '--by', 'privacy-officer'];
const KEYS = ['--key', '.spanforge/keys/log.vkey', '--key', '.spanforge/keys/package.jwks.json'];

const bytesUnder = (path: string): string =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('');

async function exported(name: string): Promise<Readonly<Record<string, unknown>>> {
  const to = ['--output', name, '--disclose', 'all', '--json'];
  return (await folder.run('operator', 'export', 'blocked', ...to)).json();
}

describe('spanforge audit erase', () => {
  it('erases a subject: what was exported before still verifies, and the values are gone', async () => {
    await folder.run('init', '--sealed');
    await recordTraces(folder.path('.spanforge'));
    await exported('before');
    const values = (name: string): string =>
      readFileSync(folder.path(name, 'disclosures.jsonl'), 'utf8').trim();
    expect(values('before')).not.toBe('');
    // The same disclosures, as the database would hold them unsealed.
    const inClear = Buffer.from('{"amount":50000}').toString('base64').slice(2, -4);
    expect(bytesUnder(folder.path('.spanforge'))).not.toContain(inClear);
    cpSync(folder.path('.spanforge/subject-keys'), folder.path('backup'), { recursive: true });

    const erased = await folder.run('audit', 'erase', 'person-1', ...WHO, '--json');
    expect([erased.exitCode, erased.json()]).toMatchObject([0, { erased: true }]);
    await exported('after');
    expect(values('after')).toBe('');
    for (const name of ['before', 'after']) {
      const verified = await folder.run('operator', 'verify', name, ...KEYS, '--json');
      expect([name, verified.exitCode]).toEqual([name, 0]);
    }
    expect((await folder.run('audit', 'fsck', '--json')).json()).toMatchObject({
      findings: [],
    });

    // A back-up of keys that is older than the erasure does not bring the values back.
    cpSync(folder.path('backup'), folder.path('.spanforge/subject-keys'), { recursive: true });
    await exported('restored');
    expect(values('restored')).toBe('');
  });

  it('leaves a planted text in no file and in nothing that is printed, and an older back-up is noticed', {
    timeout: 60_000,
  }, async () => {
    const planted = 'canary-4711-of-the-subject';
    await folder.run('init', '--sealed');
    const { log, close } = await openWorkspace(folder.path('.spanforge'), 'tests');
    const governor = createGovernor({ log });
    governor.govern((text: string) => `echo ${text}`, { name: 'echo' });
    const place = {
      tenant: 'default',
      project: 'default',
      env: 'prod',
      run: 'r',
      traceId: 'blocked',
    };
    const who = { callId: 'c', agent: 'bot', actor: 'person-1' };
    const done = await governor.call('echo', planted, { ...place, ...who });
    expect(done).toMatchObject({ status: 'completed', value: `echo ${planted}` });
    await close();

    /** As it stands, and as base64, base64url or hex would hold the middle of it. */
    const forms = [0, 1, 2].flatMap((shift) => {
      const bytes = Buffer.from(planted).subarray(shift);
      const whole = bytes.subarray(0, bytes.length - (bytes.length % 3));
      return [whole.toString('base64').slice(0, -4), whole.toString('base64url').slice(0, -4)];
    });
    const all = [planted, Buffer.from(planted).toString('hex'), ...forms];
    const seen = (text: string): readonly string[] => all.filter((form) => text.includes(form));
    const printed: string[] = [];
    const look = async () => {
      for (const argv of [
        ['operator', 'inspect', 'blocked'],
        ['operator', 'list'],
        ['operator', 'export', 'blocked', '--output', 'package'],
        ['lineage', 'graph', 'blocked'],
        ['audit', 'rederive'],
        ['audit', 'fsck'],
        ['doctor'],
        ['export', 'archive', '--output', 'archive'],
        ['export', 'cef', '--output', 'e.cef'],
        ['export', 'ocsf', '--output', 'e.ndjson'],
      ]) {
        const { stdout, stderr } = await folder.run(...argv);
        printed.push(stdout, stderr);
      }
    };
    await look();
    expect([seen(bytesUnder(folder.path())), seen(printed.join())]).toEqual([[], []]);
    // What was shown on purpose holds it: the forms above would find it.
    await exported('shown');
    expect(seen(bytesUnder(folder.path('shown')))).not.toEqual([]);
    rmSync(folder.path('shown'), { recursive: true });

    cpSync(folder.path('.spanforge'), folder.path('backup'), { recursive: true });
    expect((await folder.run('audit', 'erase', 'person-1', ...WHO)).exitCode).toBe(0);
    await look();
    await exported('shown');
    expect([seen(bytesUnder(folder.path())), seen(printed.join())]).toEqual([[], []]);

    // The evidence and the subjects' keys as they were before, the signer's own mark as it is.
    for (const name of readdirSync(folder.path('.spanforge'))) {
      if (name.startsWith('evidence.db'))
        rmSync(folder.path('.spanforge', name), { recursive: true });
    }
    for (const name of readdirSync(folder.path('backup'))) {
      if (name === 'keys' || name === 'spanforge.json') continue;
      cpSync(folder.path('backup', name), folder.path('.spanforge', name), { recursive: true });
    }
    const doctor = await folder.run('doctor');
    expect(doctor.exitCode).not.toBe(0);
    expect(doctor.stdout + doctor.stderr).toMatch(/back|behind|lost|frozen/i);
  });

  it('records the erasure in the tenant of the subject, and nowhere else', async () => {
    await folder.run('init', '--sealed', '--residency', 'eu');
    const bound = ['--residency', 'eu', '--project', 'claims', '--by', 'ops'];
    await folder.run('enterprise', 'register-tenant', 'acme', ...bound);
    const argv = ['audit', 'erase', 'person-1', ...WHO, '--tenant', 'acme'];
    expect((await folder.run(...argv)).exitCode).toBe(0);
    const { log, close } = await openWorkspace(folder.path('.spanforge'), 'tests');
    const { records } = await log.query({ types: ['spanforge.audit.tombstone.v1'] });
    await close();
    expect(records.map(({ context }) => context.tenant)).toEqual(['acme']);
  });

  it('keeps what is held, until the hold is lifted', async () => {
    await folder.run('init', '--sealed');
    await recordTraces(folder.path('.spanforge'));
    await folder.run('audit', 'hold', 'person-1', ...WHO);
    const refused = await folder.run('audit', 'erase', 'person-1', ...WHO);
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringContaining('ENTERPRISE_LEGAL_HOLD'),
    ]);
    await folder.run('audit', 'hold', 'person-1', ...WHO, '--lift');
    expect((await folder.run('audit', 'erase', 'person-1', ...WHO)).exitCode).toBe(0);
  });

  it('says that a workspace is not sealed', async () => {
    await folder.run('init');
    const run = await folder.run('audit', 'erase', 'person-1', ...WHO);
    expect([run.exitCode, run.stderr]).toEqual([2, expect.stringContaining('init --sealed')]);
    expect(existsSync(folder.path('.spanforge/subject-keys'))).toBe(false);
  });
});
