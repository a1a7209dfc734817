import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, symlinkSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createGate } from '../gate.js';
import { createRunCommand } from '../process/run-command.js';
import { useFolder } from '../testing/folder.js';

const folder = useFolder();
const TOKEN = `ghp_${'aB3dE5gH7jK9mN1pQ3sT5vW7xY9zA1cD3eF5'}`;

/** Puts a program on PATH that answers as the tool does, and refuses arguments it does not have. */
function fake(name: string, script: string, version = '1.2.3'): void {
  const path = folder.write(
    `bin/${name}`,
    `#!/bin/sh\ncase "$1" in --version|version) echo "${version}"; exit 0;; esac\n${script}\n`,
  );
  chmodSync(path, 0o755);
}

const print = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `cat <<'END_OF_REPORT'\n${text}\nEND_OF_REPORT`;
};

function evaluate(id: string, options: object, root = 'tree') {
  const env = { ...process.env, PATH: `${folder.path('bin')}:${process.env.PATH}` };
  const gate = createGate({ root: folder.path(root), runCommand: createRunCommand(env) });
  return gate.evaluate(id, undefined, { dryRun: true, ...options });
}

const sarif = (uri: string, line: number, rule = 'github-pat') => ({
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'gitleaks', semanticVersion: 'v8.28.0', rules: [{ id: rule }] } },
      results: [
        {
          ruleId: rule,
          message: { text: TOKEN },
          locations: [
            { physicalLocation: { artifactLocation: { uri }, region: { startLine: line } } },
          ],
        },
      ],
    },
  ],
});

const SECRET_TOOLS = [
  [
    'gitleaks',
    'test "$*" = "dir . --no-banner --redact --exit-code 0 --report-format sarif --report-path /dev/stdout --log-level error --ignore-gitleaks-allow" || exit 126',
    sarif('a.ts', 2),
  ],
  ['betterleaks', 'test "$1" = dir || exit 126', sarif('a.ts', 2)],
  [
    'trufflehog',
    'test "$*" = "filesystem . --json --no-verification --no-update" || exit 126',
    {
      SourceMetadata: { Data: { Filesystem: { file: 'a.ts', line: 2 } } },
      DetectorName: 'Github',
      Raw: TOKEN,
    },
  ],
  [
    'secretlint',
    'test "$*" = "--format json --maskSecrets **/*" || exit 126',
    [
      {
        filePath: './a.ts',
        messages: [{ ruleId: '@secretlint/github', message: TOKEN, loc: { start: { line: 2 } } }],
      },
    ],
  ],
] as const;

describe('secret scanners on PATH', () => {
  it.each(SECRET_TOOLS)(
    '%s is run as its documents say, and joined',
    async (name, check, report) => {
      folder.write('tree/a.ts', `x\nconst t = '${TOKEN}';\n`);
      folder.write('tree/$(touch owned); -rf', 'x\n');
      fake(name, `${check}\n${print(report)}`);
      const artifact = await evaluate('secrets-scan', { engine: ['builtin', name] });
      expect(artifact).toMatchObject({ verdict: 'FAIL', metrics: { hit_count: 1 } });
      expect(artifact.findings).toMatchObject([
        { file: 'a.ts', line: 2, engines: ['builtin', name] },
      ]);
      const alone = await evaluate('secrets-scan', { engine: name });
      expect(alone).toMatchObject({ verdict: 'FAIL', metrics: { hit_count: 1 } });
      expect(JSON.stringify([artifact, alone])).not.toContain(TOKEN.slice(4));
      expect(existsSync(folder.path('tree/owned'))).toBe(false);
    },
  );

  it.each([
    ['crashes', 'exit 1'],
    ['is killed', 'kill -9 $$'],
    ['says nothing', 'exit 0'],
    ['is another version', 'echo "unknown command: dir" >&2; exit 126'],
    ['answers something else', print('{"results": 7}')],
    ['is cut off', print('{"version":"2.1.0","runs":[{"tool":')],
    ['says too much', 'yes | head -c 300000000'],
    ['hangs, with a child of its own', 'sleep 60 & wait'],
  ])('a tool that %s fails the gate', async (_what, script) => {
    folder.write('tree/a.ts', 'clean\n');
    fake('gitleaks', script);
    const artifact = await evaluate('secrets-scan', { engine: 'gitleaks', timeoutSeconds: 3 });
    expect(artifact).toMatchObject({ verdict: 'FAIL', blocking: true });
  });
});

const vulnerability = { id: 'GHSA-35jh-r3h4-6jhm', aliases: ['CVE-2021-23337'] };
const cyclonedx = {
  bomFormat: 'CycloneDX',
  metadata: { tools: { components: [{ name: 'trivy', version: '0.60.0' }] } },
  components: [{ 'bom-ref': 'r', name: 'lodash', version: '4.17.20' }],
  vulnerabilities: [{ id: 'CVE-2021-23337', ratings: [{ score: 7.2 }], affects: [{ ref: 'r' }] }],
};
const osvScanner = {
  results: [
    {
      source: { path: 'package-lock.json' },
      packages: [
        {
          package: { name: 'lodash', version: '4.17.20', ecosystem: 'npm' },
          vulnerabilities: [vulnerability],
        },
      ],
    },
  ],
};

describe('dependency scanners on PATH', () => {
  it.each([
    ['osv-scanner', 'scan source --recursive --format json .', osvScanner, 1],
    ['trivy', 'filesystem --quiet --scanners vuln --format cyclonedx .', cyclonedx, 0],
    ['grype', 'dir:. --quiet --output cyclonedx-json', cyclonedx, 0],
  ] as const)('%s: one vulnerability under all its names', async (name, args, report, code) => {
    folder.write(
      'tree/package-lock.json',
      '{"lockfileVersion":3,"packages":{"node_modules/lodash":{"version":"4.17.20"}}}',
    );
    const affected = [
      {
        package: { ecosystem: 'npm', name: 'lodash' },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '4.17.21' }] }],
      },
    ];
    folder.write('tree/.sf-gate/advisories/a.json', JSON.stringify({ ...vulnerability, affected }));
    fake(name, `test "$*" = "${args}" || exit 126\n${print(report)}\nexit ${code}`);
    const { verdict, metrics, findings } = await evaluate('dependency-audit', {
      engine: ['builtin', name],
    });
    expect([verdict, metrics.cve_count]).toEqual(['FAIL', 1]);
    expect(findings).toMatchObject([
      {
        rule: 'GHSA-35jh-r3h4-6jhm',
        aliases: ['CVE-2021-23337'],
        component: 'lodash@4.17.20',
        engines: ['builtin', name],
      },
    ]);
  });
});

describe('reports', () => {
  it('are read within their age, without their texts, and not through links', async () => {
    folder.write('tree/a.ts', 'clean\n');
    const path = folder.write('tree/r.sarif', JSON.stringify(sarif('a.ts', 1)));
    const read = (report = 'r.sarif') => evaluate('secrets-scan', { engine: 'report', report });
    const fresh = await read();
    expect(fresh).toMatchObject({ verdict: 'FAIL', metrics: { types: ['github-pat'] } });
    expect(JSON.stringify(fresh)).not.toContain(TOKEN.slice(4));
    const old = new Date(Date.now() - 25 * 3_600_000);
    utimesSync(path, old, old);
    expect(await read()).toMatchObject({ verdict: 'FAIL', reasonCode: 'gate_input_invalid' });
    symlinkSync('/etc/hostname', folder.path('tree/link.sarif'));
    expect(await read('link.sarif')).toMatchObject({ reasonCode: 'gate_input_unreadable' });
    folder.write('tree/g.json', '[]');
    expect(await read('g.json')).toMatchObject({ verdict: 'PASS' });
    folder.write('tree/g.json', '[{"Secret":"x"}]');
    expect(await read('g.json')).toMatchObject({ verdict: 'FAIL' });
  });
});

const run = (more: object) => ({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'scanner' } }, results: [], ...more }],
});
const result = (more: object) =>
  run({ results: [{ ruleId: 'r', message: { text: 'm' }, ...more }] });

describe('reports that do not say what they seem to say', () => {
  it.each([
    [
      'secrets-scan',
      'a scan that broke off',
      run({ invocations: [{ executionSuccessful: false }] }),
    ],
    ['secrets-scan', 'results that are none', run({ results: [null, 5] })],
    ['secrets-scan', 'no run', { version: '2.1.0', runs: [] }],
    ['secrets-scan', 'findings that are none', [1, 'x']],
    ['secrets-scan', 'suppressions of its own', result({ suppressions: [{ kind: 'external' }] })],
    ['secrets-scan', 'dependencies', { results: [] }],
    ['dependency-audit', 'secrets', []],
    ['dependency-audit', 'no packages', { results: [{ check_id: 'x', path: 'a.py' }] }],
    ['dependency-audit', 'a bill of materials alone', { bomFormat: 'CycloneDX', components: [] }],
  ])('%s: %s', async (id, _what, report) => {
    folder.write('tree/r.json', JSON.stringify(report));
    const artifact = await evaluate(id, { engine: 'report', report: 'r.json' });
    expect(artifact).toMatchObject({ verdict: 'FAIL', blocking: true });
  });

  it.each([
    ['secrets-scan', 'what passed, or is gone', result({ kind: 'pass', baselineState: 'absent' })],
    ['secrets-scan', 'a scan that ended', run({ invocations: [{ executionSuccessful: true }] })],
    ['dependency-audit', 'nothing found', { results: [] }],
    ['dependency-audit', 'no vulnerability', { bomFormat: 'CycloneDX', vulnerabilities: [] }],
  ])('%s passes: %s', async (id, _what, report) => {
    folder.write('tree/r.json', JSON.stringify(report));
    const artifact = await evaluate(id, { engine: 'report', report: 'r.json' });
    expect(artifact).toMatchObject({ verdict: 'PASS' });
  });

  it('a folder on the way that is a link leads nowhere outside', async () => {
    folder.write('outside/g/r.json', '[]');
    folder.write('tree/a.ts', 'clean\n');
    symlinkSync(folder.path('outside'), folder.path('tree/link'));
    const report = await evaluate('secrets-scan', { engine: 'report', report: 'link/g/r.json' });
    expect(report).toMatchObject({ verdict: 'FAIL', reasonCode: 'gate_input_invalid' });
    const scanned = await evaluate('secrets-scan', { command: 'link/g' });
    expect(scanned).toMatchObject({ verdict: 'FAIL', reasonCode: 'gate_input_invalid' });
  });
});

describe('advisories that say nothing about what is locked', () => {
  it('pass nothing, unless that is allowed', async () => {
    folder.write(
      'tree/package-lock.json',
      '{"lockfileVersion":3,"packages":{"node_modules/lodash":{"version":"4.17.20"}}}',
    );
    const affected = [{ package: { ecosystem: 'Martian', name: 'lodash' } }];
    folder.write('tree/.sf-gate/advisories/a.json', JSON.stringify({ id: 'X-1', affected }));
    const other = await evaluate('dependency-audit', {});
    expect(other).toMatchObject({ verdict: 'INCONCLUSIVE', reasonCode: 'unchecked' });
    const allowed = await evaluate('dependency-audit', { with: { allow_unchecked: true } });
    expect(allowed).toMatchObject({ verdict: 'PASS' });
    const npm = [{ package: { ecosystem: 'npm', name: 'another' } }];
    folder.write('tree/.sf-gate/advisories/b.json', JSON.stringify({ id: 'X-2', affected: npm }));
    expect(await evaluate('dependency-audit', {})).toMatchObject({ verdict: 'PASS' });
  });
});

describe('changes in git', () => {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: folder.path('tree'),
      encoding: 'utf8',
    });
  const commit = (file: string, text: string): void => {
    folder.write(`tree/${file}`, text);
    git('add', '-A');
    git('commit', '-qm', 'x');
  };

  it('are scanned: what is staged, and every commit of a range, merged branches as well', async () => {
    folder.write('tree/a.ts', 'clean\n');
    git('init', '-q', '-b', 'main');
    commit('a.ts', 'clean\n');
    git('checkout', '-q', '-b', 'side');
    commit('b "ü.ts', `one\nconst t = '${TOKEN}';\n`);
    commit('b "ü.ts', 'one\n');
    git('checkout', '-q', 'main');
    commit('c.ts', 'more\n');
    git('tag', 'before');
    git('merge', '-q', '--no-ff', '-m', 'm', 'side');
    const range = await evaluate('secrets-scan', { with: { range: 'before..HEAD' } });
    expect(range).toMatchObject({ verdict: 'FAIL', metrics: { hit_count: 1 } });
    expect(range.findings[0]).toMatchObject({ line: 2, file: expect.stringContaining('ü.ts') });
    expect(await evaluate('secrets-scan', { with: { staged: true } })).toMatchObject({
      verdict: 'PASS',
    });
    folder.write('tree/d.ts', `++ b/a.ts\n@@ -1 +1 @@\nconst t = '${TOKEN}';\n`);
    git('add', '-A');
    const staged = await evaluate('secrets-scan', { with: { staged: true } });
    expect(staged.findings).toMatchObject([{ file: 'd.ts', line: 3 }]);
    for (const bad of ['--output=owned', 'a b', '$(id)', 'HEAD..;x']) {
      expect((await evaluate('secrets-scan', { with: { range: bad } })).verdict).toBe('FAIL');
    }
    expect(existsSync(folder.path('tree/owned'))).toBe(false);
  });
});
