import { truncateSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createGate } from './gate.js';
import { createRunCommand } from './process/run-command.js';
import { useFolder } from './testing/folder.js';
import type { GateOptions } from './types.js';

const folder = useFolder();
const LOCK = '{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.2.0"}}}';
const advisory = (id: string, fixed: string) => ({
  id,
  affected: [
    {
      package: { ecosystem: 'npm', name: 'a' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }],
    },
  ],
});

const evaluate = (id: string, options: object, more: Partial<GateOptions> = {}) =>
  createGate({ root: folder.root, runCommand: createRunCommand(process.env), ...more }).evaluate(
    id,
    undefined,
    { dryRun: true, ...options },
  );

/** A zip of one file, as any packer writes it. */
function zipOf(name: string, content: Uint8Array): Uint8Array {
  const packed = deflateRawSync(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x0403_4b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x0201_4b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + packed.length, 16);
  return Buffer.concat([local, Buffer.from(name), packed, entry, Buffer.from(name), end]);
}

describe('an export of advisories as zip', () => {
  it('is read; a bomb, a torn one and one with something else end the gate', async () => {
    folder.write('package-lock.json', LOCK);
    const audit = async (bytes: Uint8Array) => {
      folder.write('all.zip', bytes);
      return evaluate('dependency-audit', { with: { advisories: 'all.zip' } });
    };
    const good = zipOf('./../x.json', Buffer.from(JSON.stringify(advisory('GHSA-1', '2.0.0'))));
    expect(await audit(good)).toMatchObject({ verdict: 'FAIL', metrics: { cve_count: 1 } });
    for (const bytes of [
      zipOf('bomb.json', Buffer.alloc(64 * 1024 * 1024, 0x20)),
      good.subarray(0, good.length - 30),
      zipOf('x.json', Buffer.from('{"not":"an advisory"}')),
      zipOf('readme.txt', Buffer.from('nothing')),
    ]) {
      const { verdict, reasonCode } = await audit(bytes);
      expect([verdict, /^gate_input|^no_advisories/.test(reasonCode)]).toEqual(['FAIL', true]);
    }
  });
});

describe('the OSV API', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  async function serve(answer: (path: string, body: string) => readonly [number, string]) {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        const [status, text] = answer(request.url ?? '', body);
        response.writeHead(status, status === 302 ? { location: 'http://169.254.169.254/' } : {});
        response.end(text);
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const here: typeof fetch = (url, init) =>
      fetch(String(url).replace('https://api.osv.dev', `http://127.0.0.1:${port}`), init);
    folder.write('package-lock.json', LOCK);
    return evaluate('dependency-audit', { with: { source: 'osv' } }, { fetch: here });
  }

  it('is asked in batches and pages, and what it names is matched here', async () => {
    const asked: string[] = [];
    const artifact = await serve((path, body) => {
      asked.push(path);
      if (path.endsWith('querybatch')) {
        const paged = body.includes('"page_token":"next"');
        const vulns = [{ id: paged ? 'GHSA-2' : 'GHSA-1' }];
        return [
          200,
          JSON.stringify({ results: [paged ? { vulns } : { vulns, next_page_token: 'next' }] }),
        ];
      }
      return [
        200,
        JSON.stringify(
          path.endsWith('GHSA-1') ? advisory('GHSA-1', '1.0.0') : advisory('GHSA-2', '2.0.0'),
        ),
      ];
    });
    expect(artifact).toMatchObject({ verdict: 'FAIL', metrics: { cve_count: 1 } });
    expect(artifact.findings).toMatchObject([{ rule: 'GHSA-2' }]);
    expect(asked).toHaveLength(4);
  });

  it.each([
    ['an error', [500, 'no'] as const],
    ['a redirect', [302, ''] as const],
    ['no answer to a question', [200, '{"results":[]}'] as const],
    ['something else', [200, '<html>'] as const],
    ['pages without end', [200, '{"results":[{"next_page_token":"again"}]}'] as const],
  ])('that gives %s fails the gate', async (_what, answer) => {
    expect(await serve(() => answer)).toMatchObject({ verdict: 'FAIL', blocking: true });
  });

  it('is not asked where the network is not allowed', async () => {
    folder.write('package-lock.json', LOCK);
    expect(await evaluate('dependency-audit', { with: { source: 'osv' } })).toMatchObject({
      verdict: 'FAIL',
      reason: 'this gate needs the network: pass fetch, or --allow-network on the command line',
    });
  });
});

describe('a tree that is hostile to whoever scans it', () => {
  it('does not end the scan, and what was not read whole is not passed', async () => {
    folder.write('src/a.ts', 'clean\n');
    folder.write('src/bomb.zip', zipOf('x', Buffer.alloc(8 * 1024 * 1024)));
    const scan = (options: object) => evaluate('secrets-scan', { command: 'src', ...options });
    expect(await scan({})).toMatchObject({ verdict: 'PASS', metrics: { files_scanned: 1 } });
    truncateSync(folder.write('src/endless.log', 'x'), 2 ** 40);
    expect(await scan({ timeoutSeconds: 20 })).toMatchObject({ verdict: 'PASS' });
    folder.write('src/long.txt', 'x'.repeat(10_000));
    expect(await scan({ with: { max_file_bytes: 4096 } })).toMatchObject({
      verdict: 'FAIL',
      reasonCode: 'not_scanned_whole',
    });
    expect(await scan({ with: { max_files: 1 } })).toMatchObject({ verdict: 'FAIL' });
  });
});

describe('a latency gate', () => {
  const spans = (count: number, at: (n: number) => number) =>
    JSON.stringify({ spans: Array.from({ length: count }, (_, n) => ({ duration_ms: at(n) })) });

  it('compares with its baseline: worse, the same, and too noisy to tell', async () => {
    const gate = createGate({ root: folder.root });
    const judge = async (text: string) => {
      folder.write('now.json', text);
      const { verdict, reasonCode, metrics } = await gate.evaluate('perf-regression', undefined, {
        ...{ dryRun: true, with: { traces: 'now.json' } },
      });
      return { verdict, reasonCode, regression: Math.round(Number(metrics.regression_pct)) };
    };
    folder.write(
      'before.json',
      spans(400, (n) => 100 + (n % 10)),
    );
    await gate.updateBaseline('perf-regression', { traces: 'before.json' });
    expect(await judge(spans(400, (n) => 100 + (n % 10)))).toMatchObject({
      verdict: 'PASS',
      regression: 0,
    });
    expect(await judge(spans(400, (n) => 150 + (n % 10)))).toMatchObject({ verdict: 'FAIL' });
    const noisy = await judge(spans(40, (n) => (n % 39 === 0 ? 500 : 100 + (n % 3))));
    expect(noisy.verdict).toBe('INCONCLUSIVE');
  });

  it('runs two commands in turns, so that what slows the machine slows both', async () => {
    const order: string[] = [];
    let now = 0;
    const gate = createGate({
      root: folder.root,
      monotonic: () => now,
      runCommand: ([side = '']) => {
        order.push(side);
        // The machine gets slower and slower; the candidate takes half as long again.
        now += (side === 'candidate' ? 15 : 10) + (order.length >> 1) * 0.01;
        const exitCode = side === 'broken' ? 1 : 0;
        return Promise.resolve({ exitCode, stdout: new Uint8Array(), stderr: '' });
      },
    });
    const compare = (candidate: string) =>
      gate.evaluate('perf-regression', undefined, {
        dryRun: true,
        with: { compare: { baseline: ['baseline'], candidate: [candidate], rounds: 40 } },
      });
    expect(await compare('candidate')).toMatchObject({ verdict: 'FAIL', metrics: { spans: 40 } });
    const pairs = ['baseline', 'candidate', 'candidate', 'baseline'];
    expect(order.slice(0, 8)).toEqual([...pairs, ...pairs]);
    expect(await compare('baseline')).toMatchObject({ verdict: 'PASS' });
    expect(await compare('broken')).toMatchObject({
      verdict: 'FAIL',
      reason: 'the candidate command exited with 1',
    });
  });
});
