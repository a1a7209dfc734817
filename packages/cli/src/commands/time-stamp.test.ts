import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useFolder } from '../test-cli.js';
import { makeAuthority, opensslCanStamp } from '../test-time-stamps.js';
import { recordTraces } from '../test-traces.js';

const KEYS = ['--key', '.spanforge/keys/log.vkey', '--key', '.spanforge/keys/package.jwks.json'];

const folder = useFolder();
const exported = (output: string, ...options: readonly string[]) =>
  folder.run('operator', 'export', 'blocked', '--output', output, ...options);
const verified = (output: string, ...options: readonly string[]) =>
  folder.run('operator', 'verify', output, ...KEYS, ...options, '--json');

describe.skipIf(!opensslCanStamp())('operator export --tsa (skipped without OpenSSL 3)', () => {
  let own = '';
  let server: Server;
  let url = '';
  let answer: 'stamp' | 'page' | 'error' = 'stamp';

  beforeAll(async () => {
    own = mkdtempSync(join(tmpdir(), 'spanforge-tsa-'));
    const stamp = makeAuthority(own, 'Test TSA');
    server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      if (answer === 'error') return void response.writeHead(503).end();
      const type = answer === 'page' ? 'text/html' : 'application/timestamp-reply';
      response.writeHead(200, { 'content-type': type });
      response.end(stamp(Buffer.concat(parts)));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa`;
  });
  afterAll(() => {
    server.close();
    rmSync(own, { recursive: true });
  });
  beforeEach(async () => {
    answer = 'stamp';
    await folder.run('init');
    await recordTraces(folder.path('.spanforge'));
    copyFileSync(join(own, 'tsa.pem'), folder.path('tsa.pem'));
  });

  it('has the checkpoint stamped, and verify believes the given certificates alone', async () => {
    expect((await exported('p.zip', '--tsa', url)).exitCode).toBe(0);
    expect((await verified('p.zip', '--tsa-ca', 'tsa.pem')).json()).toMatchObject({
      verdict: 'valid',
      level: 'L2',
      timestamp: { authority: 'Test TSA' },
    });
    expect((await verified('p.zip')).json()).toMatchObject({ verdict: 'valid', level: 'L1' });
    mkdirSync(folder.path('other'));
    makeAuthority(folder.path('other'), 'Other');
    expect(await verified('p.zip', '--tsa-ca', 'other/tsa.pem')).toMatchObject({ exitCode: 3 });
  });

  it('stamps the checkpoint inside an enterprise package', async () => {
    const made = await folder.run(
      'enterprise',
      'package',
      'blocked',
      '--output',
      'e',
      '--tsa',
      url,
    );
    expect(made.exitCode).toBe(0);
    expect(readdirSync(folder.path('e/operator'))).toEqual(
      expect.arrayContaining(['checkpoint.salt', 'checkpoint.tsr']),
    );
    expect((await verified('e', '--tsa-ca', 'tsa.pem')).json()).toMatchObject({
      verdict: 'valid',
      level: 'L2',
      timestamp: { authority: 'Test TSA' },
    });
    // A stub in its place is no stamp, for whoever trusts no authority too.
    writeFileSync(folder.path('e/operator/checkpoint.tsr'), '0{"time":"2026-01-01"}');
    expect((await verified('e')).json()).toMatchObject({ verdict: 'invalid' });
  });

  it.each(['page', 'error'] as const)('writes no package when it answers with %s', async (kind) => {
    answer = kind;
    const { exitCode, stderr } = await exported('p.zip', '--tsa', url);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('OPERATOR_TIMESTAMP_UNAVAILABLE');
    expect((await verified('p.zip')).exitCode).toBe(2);
  });

  it('refuses certificates that are none, and a URL that is none', async () => {
    writeFileSync(folder.path('no.pem'), 'no certificate');
    await exported('p.zip');
    const { exitCode, stderr } = await verified('p.zip', '--tsa-ca', 'no.pem');
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('OPERATOR_ANCHOR_INVALID')]);
    expect((await exported('q.zip', '--tsa', 'file:///etc/passwd')).exitCode).toBe(2);
  });
});

describe('operator export --tsa in a workspace without connections', () => {
  it('is refused before anything is sent', async () => {
    await folder.run('init', '--air-gapped');
    await recordTraces(folder.path('.spanforge'));
    const { exitCode, stderr } = await exported('p.zip', '--tsa', 'http://127.0.0.1:9/');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('EGRESS');
  });
});
