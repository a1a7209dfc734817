import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { recordTraces } from '../test-traces.js';
import { openTestWitness } from '../test-witness.js';

const KEYS = ['--key', '.spanforge/keys/log.vkey', '--key', '.spanforge/keys/package.jwks.json'];

const folder = useFolder();
const exported = (output: string, ...options: readonly string[]) =>
  folder.run('operator', 'export', 'blocked', '--output', output, ...options);
const verified = (output: string, ...options: readonly string[]) =>
  folder.run('operator', 'verify', output, ...KEYS, ...options);

describe('operator export and verify --witness-policy', () => {
  beforeEach(async () => {
    await folder.run('init');
    await recordTraces(folder.path('.spanforge'));
    const vkey = readFileSync(folder.path('.spanforge/keys/log.vkey'), 'utf8');
    const witnesses = await Promise.all(['one', 'two'].map((name) => openTestWitness(name, vkey)));
    const policy = (quorum: string) =>
      `${witnesses.map(({ line }) => line).join('')}group both all one two\ngroup any any both\nquorum ${quorum}\n`;
    writeFileSync(folder.path('both.policy'), policy('both'));
    writeFileSync(folder.path('none.policy'), policy('none'));
    return async () => {
      await Promise.all(witnesses.map(({ close }) => close()));
    };
  });

  it('has the witnesses cosign, and says what their word is worth', async () => {
    const made = await exported('p.zip', '--witness-policy', 'both.policy');
    expect([made.exitCode, made.stdout]).toEqual([
      0,
      expect.stringMatching(/witness {2}one: cosigned\nwitness {2}two: cosigned/),
    ]);
    const report = await verified('p.zip', '--witness-policy', 'both.policy');
    expect(report.exitCode).toBe(0);
    expect(report.stdout).toContain('Witnessed by one at 2026-09-21T14:13:20.000Z, two at');
    expect(report.stdout).toContain('Tail: unpinned');
    const plain = await exported('q.zip');
    expect(plain.exitCode).toBe(0);
    const missed = await verified('q.zip', '--witness-policy', 'both.policy', '--json');
    expect([missed.exitCode, missed.json()]).toMatchObject([
      3,
      { verdict: 'incomplete', first_bad: { reason: 'witness_quorum_missed' } },
    ]);
    expect((await verified('q.zip')).exitCode).toBe(0);
  });

  it('a workspace that was set back and went on differently finds no witness', async () => {
    cpSync(folder.path('.spanforge'), folder.path('copy'), { recursive: true });
    await recordTraces(folder.path('.spanforge'));
    expect((await exported('p.zip', '--witness-policy', 'both.policy')).exitCode).toBe(0);
    rmSync(folder.path('.spanforge'), { recursive: true });
    cpSync(folder.path('copy'), folder.path('.spanforge'), { recursive: true });
    await recordTraces(folder.path('.spanforge'));
    // Its own mark was set back too: nobody but a witness can know that there was another history.
    const refused = await exported('q.zip', '--witness-policy', 'both.policy');
    expect([refused.exitCode, refused.stderr]).toEqual([
      2,
      expect.stringContaining('one inconsistent, two inconsistent'),
    ]);
    const told = await exported('q.zip', '--witness-policy', 'none.policy', '--json');
    expect([told.exitCode, told.json()]).toMatchObject([
      0,
      {
        witnesses: [
          { name: 'one', ok: false, reason: 'inconsistent' },
          { name: 'two', ok: false, reason: 'inconsistent' },
        ],
      },
    ]);
  });

  it('cosigns the newest checkpoint without a package, and pins the tail for whoever keeps it', async () => {
    const made = await folder.run(
      'audit',
      ...['cosign', '--witness-policy', 'both.policy', '--output', 'kept.checkpoint'],
    );
    expect([made.exitCode, made.stdout]).toEqual([
      0,
      expect.stringMatching(
        /checkpoint {2}\S+, size \d+\nwitness {2}one: cosigned\nwitness {2}two: cosigned\nwritten to {2}kept.checkpoint/,
      ),
    ]);
    expect(readFileSync(folder.path('kept.checkpoint'), 'utf8').match(/^— /gm)).toHaveLength(3);
    cpSync(folder.path('.spanforge'), folder.path('copy'), { recursive: true });
    await recordTraces(folder.path('.spanforge'));
    const again = await folder.run('audit', 'cosign', '--witness-policy', 'both.policy', '--json');
    expect(again.json()).toMatchObject({
      witnesses: [
        { name: 'one', ok: true },
        { name: 'two', ok: true },
      ],
    });
    await exported('p.zip', '--since', 'kept.checkpoint');
    const pinned = await verified('p.zip', '--since', 'kept.checkpoint');
    expect([pinned.exitCode, pinned.stdout]).toEqual([0, expect.stringContaining('Tail: pinned')]);
    // Set back below what they cosigned, and gone on differently: no package was made meanwhile.
    rmSync(folder.path('.spanforge'), { recursive: true });
    cpSync(folder.path('copy'), folder.path('.spanforge'), { recursive: true });
    const short = await folder.run('audit', 'cosign', '--witness-policy', 'both.policy');
    expect([short.exitCode, short.stderr]).toEqual([2, expect.stringContaining('one ahead')]);
    for (let count = 0; count < 2; count += 1) await recordTraces(folder.path('.spanforge'));
    const forked = await folder.run('audit', 'cosign', '--witness-policy', 'both.policy');
    expect([forked.exitCode, forked.stderr]).toEqual([
      2,
      expect.stringContaining('one inconsistent, two inconsistent'),
    ]);
    expect((await folder.run('audit', 'cosign')).exitCode).toBe(2);
  });

  it('cosigns the checkpoint inside an enterprise package', async () => {
    const options = ['--output', 'e.zip', '--witness-policy', 'both.policy'];
    const made = await folder.run('enterprise', 'package', 'blocked', ...options);
    expect([made.exitCode, made.stdout]).toEqual([0, expect.stringContaining('two: cosigned')]);
    const report = await verified('e.zip', '--witness-policy', 'both.policy', '--json');
    expect(report.json()).toMatchObject({ verdict: 'valid', witnesses: { quorum: 'met' } });
  });

  it('names the file of a policy that cannot be read', async () => {
    writeFileSync(folder.path('no.policy'), 'quorum one\n');
    expect((await exported('p.zip', '--witness-policy', 'no.policy')).exitCode).toBe(2);
    await exported('p.zip');
    const { exitCode, stdout } = await verified('p.zip', '--witness-policy', 'no.policy');
    expect([exitCode, stdout]).toEqual([2, expect.stringContaining('OPERATOR_ANCHOR_INVALID')]);
  });
});

describe('operator export --witness-policy in a workspace without connections', () => {
  it('is refused before anything is sent', async () => {
    await folder.run('init', '--air-gapped');
    await recordTraces(folder.path('.spanforge'));
    const vkey = readFileSync(folder.path('.spanforge/keys/log.vkey'), 'utf8');
    const witness = await openTestWitness('one', vkey);
    writeFileSync(folder.path('one.policy'), `${witness.line}quorum one\n`);
    const { exitCode, stderr } = await exported('p.zip', '--witness-policy', 'one.policy');
    await witness.close();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('EGRESS');
  });
});
