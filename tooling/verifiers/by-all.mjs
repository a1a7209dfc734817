// Verifies one package by every verifier there is, and twins of it in each of which a byte was changed.
//
//   node tooling/verifiers/by-all.mjs [PACKAGE.zip|PACKAGE.json --vkey FILE --jwks FILE]
//
// Without a package it takes a published one (packages/operator/vectors/records.json). Each verifier is told
// apart by who wrote its cryptography: openssl with sha256sum and jq (the package's own VERIFY.md), the Java
// platform, Go's sumdb packages, Python, Web Cryptography in Node.js and in Chromium, and this project's own.
// Exit codes: 0 if all that are installed say the same, 1 if one does not, 2 if it could not be carried out.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readContainer, writeZip } from '../../packages/operator/verifier/verify.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'spanforge-by-all-'));
const CHROMIUM = '/usr/bin/chromium';

function readArguments(words) {
  const given = { paths: [] };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word.startsWith('--')) given[word.slice(2)] = rest.shift();
    else given.paths.push(word);
  }
  return given;
}

function published() {
  const { bases, keys } = JSON.parse(
    readFileSync(at('../../packages/operator/vectors/records.json')),
  );
  const bytes = ({ text, base64 }) =>
    Buffer.from(text ?? base64, text === undefined ? 'base64' : 'utf8');
  const files = Object.entries(bases.call).map(([name, content]) => [name, bytes(content)]);
  return { files: new Map(files), vkey: keys.log, jwks: keys.package };
}

function chosen({ paths: [path], vkey, jwks }) {
  if (path === undefined) return published();
  if (!vkey || !jwks) throw new Error('name the trusted keys with --vkey FILE and --jwks FILE');
  const files = readContainer(new Uint8Array(readFileSync(path)));
  return { files, vkey: readFileSync(vkey, 'utf8'), jwks: readFileSync(jwks, 'utf8') };
}

/** The package, and a twin for each of these files: a byte in the middle of it is another. */
const TWINS = ['records.jsonl', 'checkpoint', 'package.dsse.json', 'proofs'];

function twinOf(files, start) {
  const name = [...files.keys()].find((one) => one.startsWith(start));
  if (name === undefined) return undefined;
  const bytes = Uint8Array.from(files.get(name));
  const middle = bytes.length >> 1;
  bytes[middle] ^= 1;
  return new Map(files).set(name, bytes);
}

function lay(name, files) {
  const folder = join(work, name);
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  const zip = `${folder}.zip`;
  writeFileSync(zip, writeZip(files));
  return { folder, zip };
}

const run = (command, words, options = {}) =>
  spawnSync(command, words, { encoding: 'utf8', ...options });
const there = (command, ...words) => run(command, words).status === 0;
const [VKEY, JWKS] = [join(work, 'trusted.vkey'), join(work, 'trusted.jwks.json')];
const KEYS = ['--key', VKEY, '--key', JWKS];

const guide = {
  name: 'openssl, sha256sum, jq (VERIFY.md)',
  missing: () =>
    there('jq', '--version') && there('openssl', 'version') ? '' : 'needs openssl 3 and jq',
  code({ folder }) {
    const script = readFileSync(join(folder, 'VERIFY.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('    '))
      .map((line) => line.slice(4))
      .join('\n');
    return run('bash', ['-c', script], {
      cwd: folder,
      env: { ...process.env, vkey: VKEY, jwks: JWKS },
    }).status;
  },
};

const java = {
  name: 'the Java platform (JOSE, proofs)',
  missing: () =>
    run('javac', ['-d', work, at('Verify.java')]).status === 0 ? '' : 'needs a JDK of 17 or newer',
  code: ({ folder }) => run('java', ['-cp', work, 'Verify', folder, JWKS, VKEY]).status,
};

const go = {
  name: "Go's sumdb packages (log only)",
  missing() {
    const build = (set) =>
      run('go', ['build', '-o', join(work, 'sumdb'), '.'], {
        cwd: at('sumdb'),
        env: { ...process.env, ...set },
      });
    const ways = [{ GO111MODULE: 'off', GOPATH: '/usr/share/gocode' }, { GOFLAGS: '-mod=mod' }];
    return ways.some((set) => build(set).status === 0) ? '' : 'needs Go and golang.org/x/mod';
  },
  // What the exporter signed is not looked at: a changed envelope is none of its business.
  blind: 'package.dsse.json',
  code: ({ folder }) => run(join(work, 'sumdb'), [folder, VKEY]).status,
};

const python = {
  name: 'Python (verify.py)',
  missing: () => (there('python3', '--version') ? '' : 'needs Python 3.9 or newer'),
  code: ({ zip }) => run('python3', [at('verify.py'), zip, ...KEYS]).status,
};

const single = {
  name: 'verify.mjs (decisions taken again)',
  missing: () => '',
  code: ({ zip }) =>
    run(process.execPath, [at('../../packages/operator/verifier/verify.mjs'), zip, ...KEYS]).status,
};

const ours = {
  name: 'spanforge operator verify',
  missing: () =>
    existsSync(at('../../packages/cli/dist')) ? '' : 'needs a build: npx turbo run build',
  code: ({ zip }) =>
    run(at('../../node_modules/.bin/spanforge'), ['operator', 'verify', zip, ...KEYS]).status,
};

let browser;
const page = {
  name: 'verify.html in Chromium, from file://',
  missing() {
    return existsSync(CHROMIUM) ? '' : `needs ${CHROMIUM}`;
  },
  async code({ zip }) {
    const require = createRequire(at('../../packages/operator/package.json'));
    const { chromium } = require('playwright-core');
    browser ??= await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
    });
    const tab = await browser.newPage();
    await tab.goto(new URL('../../packages/operator/verifier/verify.html', import.meta.url).href);
    await tab.locator('#package').setInputFiles(zip);
    await tab.locator('#keys').setInputFiles([VKEY, JWKS]);
    await tab.locator('#verify').click();
    await tab.locator('#report .verdict').waitFor({ timeout: 60_000 });
    const verdict = await tab.locator('#report .verdict').textContent();
    await tab.close();
    return { valid: 0, invalid: 1, violation: 1, failed: 2 }[verdict] ?? 3;
  },
};

const VERIFIERS = [guide, java, go, python, single, page, ours];

async function main() {
  const { files, vkey, jwks } = chosen(readArguments(process.argv.slice(2)));
  writeFileSync(VKEY, `${vkey.trim()}\n`);
  writeFileSync(JWKS, jwks);
  const cases = [['as exported', lay('whole', files)]];
  for (const start of TWINS) {
    const twin = twinOf(files, start);
    if (twin) cases.push([start, lay(`twin-${cases.length}`, twin)]);
  }
  const titles = cases.map(([name], index) => (index === 0 ? name : `${name} changed`));
  console.log(`| verifier | ${titles.join(' | ')} |\n|---|${'---|'.repeat(titles.length)}`);
  let wrong = 0;
  for (const { name, missing, code, blind } of VERIFIERS) {
    const why = missing();
    if (why) {
      console.log(`| ${name} | not run: ${why} |${' |'.repeat(titles.length - 1)}`);
      continue;
    }
    const cells = [];
    for (const [start, laid] of cases) {
      const got = await code(laid);
      const good =
        start === 'as exported' || start === blind
          ? got === 0
          : got === 1 || (got > 0 && code === guide.code);
      if (!good) wrong += 1;
      cells.push(
        `${start === blind ? 'not looked at' : got === 0 ? 'valid' : 'refused'} (${got})${good ? '' : ' WRONG'}`,
      );
    }
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
  return wrong === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
} finally {
  await browser?.close();
  rmSync(work, { recursive: true });
}
