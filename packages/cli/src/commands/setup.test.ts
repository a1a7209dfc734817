import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';

const folder = useFolder();
const file = (name: string): string => folder.path('.spanforge', name);
const key = (name: string): string => file(`keys/${name}`);

describe('spanforge init', () => {
  it('makes a workspace that the doctor finds nothing wrong with', async () => {
    const made = await folder.run('init', '--origin', 'claims.example/evidence', '--json');
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
    expect(made.json()).toMatchObject({
      workspace: file('').replace(/\/$/, ''),
      origin: 'claims.example/evidence',
      anchors: { vkey: key('log.vkey'), jwks: key('package.jwks.json') },
    });
    const doctor = await folder.run('doctor', '--json');
    expect(doctor.exitCode).toBe(0);
    expect(existsSync(file('evidence.db'))).toBe(false);
  });

  it('P-06: keeps files and folders private, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      await folder.run('init');
      await folder.run('operator', 'reviews');
    } finally {
      process.umask(before);
    }
    const mode = (path: string): number => lstatSync(path).mode & 0o777;
    expect([mode(folder.path('.spanforge')), mode(file('keys'))]).toEqual([0o700, 0o700]);
    for (const entry of readdirSync(file(''), { recursive: true, encoding: 'utf8' })) {
      if (entry === 'keys') continue;
      const isPublic = /log\.vkey|package\.jwks\.json/.test(entry);
      expect([entry, mode(file(entry))]).toEqual([entry, isPublic ? 0o644 : 0o600]);
    }
  });

  it('refuses a folder that holds a workspace, or a part of one, and changes nothing', async () => {
    await folder.run('init');
    const before = readFileSync(key('log.jwk.json'), 'utf8');
    const again = await folder.run('init', '--json');
    expect(again.exitCode).toBe(2);
    expect(again.json()).toMatchObject({ error: { code: 'CLI_WORKSPACE_EXISTS' } });
    rmSync(file('spanforge.json'));
    expect((await folder.run('init')).stderr).toContain('CLI_WORKSPACE_EXISTS');
    expect(readFileSync(key('log.jwk.json'), 'utf8')).toBe(before);
  });

  it.each([
    ['--origin', 'two words'],
    ['--origin', 'a+b'],
    ['--tenant', ''],
    ['--project', 'ü'],
    ['--environment', 'x'.repeat(129)],
  ])('refuses %s %j, and leaves nothing behind', async (option, value) => {
    const { exitCode, stderr } = await folder.run('init', option, value);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('CLI_WORKSPACE_INVALID')]);
    expect(readdirSync(folder.path())).toEqual([]);
  });

  it('signs by checkpoints alone when that is chosen', async () => {
    await folder.run('init', '--no-hmac');
    expect(JSON.parse(readFileSync(file('spanforge.json'), 'utf8'))).toMatchObject({ hmac: false });
    expect((await folder.run('audit', 'fsck')).exitCode).toBe(0);
  });
});

describe('spanforge keys init', () => {
  it('never writes over keys', async () => {
    await folder.run('init');
    const again = await folder.run('keys', 'init', '--json');
    expect([again.exitCode, again.json()]).toMatchObject([
      2,
      { error: { code: 'CLI_KEYS_EXIST' } },
    ]);
    for (const name of ['log.jwk.json', 'package-eddsa.jwk.json', 'package-es256.jwk.json']) {
      rmSync(key(name));
    }
    rmSync(key('record.json'));
    const before = readdirSync(file('keys'));
    expect((await folder.run('keys', 'init')).stderr).toContain('CLI_KEYS_EXIST');
    expect(readdirSync(file('keys'))).toEqual(before);
  });

  it('lets one of several win', async () => {
    const made = await Promise.all([1, 2, 3].map(() => folder.run('init')));
    expect(made.map(({ exitCode }) => exitCode).sort()).toEqual([0, 2, 2]);
    expect(readdirSync(file('')).sort()).toEqual(['keys', 'spanforge.json']);
    rmSync(file('keys'), { recursive: true });
    const keys = await Promise.all([1, 2, 3].map(() => folder.run('keys', 'init')));
    expect(keys.map(({ exitCode }) => exitCode).sort()).toEqual([0, 2, 2]);
    expect((await folder.run('doctor')).exitCode).toBe(0);
  });

  it('makes the keys of a workspace that has none, and prints no secret', async () => {
    await folder.run('init');
    rmSync(file('keys'), { recursive: true });
    const made = await folder.run('keys', 'init', '--json');
    expect(made.exitCode).toBe(0);
    const listed = (await folder.run('keys', 'list', '--json')).json();
    expect(listed.keys).toMatchObject(
      ['log', 'package', 'package', 'record'].map((role, at) => ({
        role,
        standing: 'in use',
        added_at: at + 1,
      })),
    );
    const { d } = JSON.parse(readFileSync(key('log.jwk.json'), 'utf8'));
    const { secret } = JSON.parse(readFileSync(key('record.json'), 'utf8'));
    for (const hidden of [d, secret]) expect(made.stdout).not.toContain(hidden);
    expect((await folder.run('doctor')).exitCode).toBe(0);
  });

  it('refuses to make keys for a log that was written with others', async () => {
    await folder.run('init');
    await folder.run('audit', 'fsck');
    rmSync(file('keys'), { recursive: true });
    expect((await folder.run('keys', 'init')).stderr).toContain('restore those keys');
    expect(existsSync(file('keys'))).toBe(false);
  });
});

describe('a workspace that something is wrong with', () => {
  const weak = (secret: string | Uint8Array): string =>
    JSON.stringify({ kid: 'record-1', secret: Buffer.from(secret).toString('base64url') });

  it.each([
    ['K-13: a secret of changeme', 'record.json', weak('changeme'), 'CLI_KEY_INVALID'],
    ['K-13: eight bytes', 'record.json', weak('8 bytes!'), 'CLI_KEY_INVALID'],
    ['K-13: white space', 'record.json', weak(' '.repeat(64)), 'CLI_KEY_INVALID'],
    ['K-13: zeros', 'record.json', weak(new Uint8Array(64)), 'CLI_KEY_INVALID'],
    ['K-13: no secret', 'record.json', '{"kid":"k","secret":""}', 'CLI_KEY_INVALID'],
    ['no JSON', 'log.jwk.json', 'not json', 'CLI_KEY_INVALID'],
    ['an array', 'log.jwk.json', '[]', 'CLI_KEY_INVALID'],
    ['a symmetric key', 'log.jwk.json', '{"kty":"oct","k":"AAAA"}', 'CLI_KEY_INVALID'],
  ])('refuses %s', async (_name, name, content, code) => {
    await folder.run('init');
    writeFileSync(key(name), content);
    const { exitCode, json } = await folder.run('audit', 'fsck', '--json');
    expect(exitCode).toBe(2);
    expect(json()).toMatchObject({ error: { code, details: { file: key(name) } } });
    expect((await folder.run('doctor')).exitCode).toBe(2);
    expect(existsSync(file('evidence.db'))).toBe(false);
  });

  it('has no fallback for a missing key', async () => {
    await folder.run('init');
    for (const name of readdirSync(file('keys')).filter((one) => /jwk\.json|record/.test(one))) {
      const kept = readFileSync(key(name));
      rmSync(key(name));
      const { exitCode, json } = await folder.run('operator', 'inspect', 't', '--json');
      expect([name, exitCode, json()]).toMatchObject([
        name,
        2,
        { error: { code: 'CLI_KEYS_MISSING' } },
      ]);
      writeFileSync(key(name), kept);
    }
  });

  it('K-16: refuses one key under two roles, and a key of another algorithm', async () => {
    await folder.run('init');
    copyFileSync(key('log.jwk.json'), key('package-eddsa.jwk.json'));
    expect((await folder.run('audit', 'fsck')).stderr).toContain('this key signs packages too');
    copyFileSync(key('package-es256.jwk.json'), key('package-eddsa.jwk.json'));
    expect((await folder.run('audit', 'fsck')).stderr).toContain('not a private Ed25519 key');
  });

  it.each([
    ['{', { line: 1, column: 2 }],
    ['{"v":1,"v":2}', { line: 1 }],
    ['{}', { path: '$.v' }],
    ['{"v":"spanforge.workspace.v2"}', { path: '$.v' }],
  ])('says where its configuration %s is wrong', async (content, place) => {
    await folder.run('init');
    writeFileSync(file('spanforge.json'), content);
    const { exitCode, json } = await folder.run('operator', 'reviews', '--json');
    expect([exitCode, json()]).toMatchObject([
      2,
      {
        error: {
          code: 'CLI_WORKSPACE_INVALID',
          details: { file: file('spanforge.json'), ...place },
        },
      },
    ]);
  });

  it('has a doctor that tells modes and public keys', async () => {
    await folder.run('init');
    const name = key('log.jwk.json');
    chmodSync(name, 0o640);
    expect((await folder.run('doctor')).stdout).toContain(`${name}: others than its owner`);
    chmodSync(name, 0o600);
    await folder.run('init', '--state', 'other');
    copyFileSync(folder.path('other/keys/log.vkey'), key('log.vkey'));
    const { exitCode, stdout } = await folder.run('doctor');
    expect([exitCode, stdout]).toEqual([2, expect.stringContaining('FAIL  public keys')]);
  });

  it('follows no link where it writes', async () => {
    mkdirSync(folder.path('elsewhere'));
    mkdirSync(folder.path('.spanforge'));
    symlinkSync(folder.path('elsewhere'), file('keys'));
    expect((await folder.run('init')).stderr).toContain('CLI_WORKSPACE_EXISTS');
    expect(readdirSync(folder.path('elsewhere'))).toEqual([]);
  });
});
