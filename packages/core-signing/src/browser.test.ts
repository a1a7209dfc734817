import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const built = existsSync(`${DIST}index.js`) && existsSync(`${DIST}platform/browser.js`);
if (!built) console.warn('No dist: build the package first. Skipped: the browser bundle.');

const GLOBALS = [
  'ArrayBuffer',
  'CryptoKey',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'Uint8Array',
  'atob',
  'btoa',
  'crypto',
];

/** Runs in the bundle, with no more than a browser's globals. */
const PROGRAM = `
import * as core from './index.js';
import { signJws, verifyJws } from './jws.js';

globalThis.result = (async () => {
  const { toHex, utf8 } = core;
  const record = core.canonicalize({ b: [1, 'é'], a: { nested: true } });
  const leaves = ['a', 'b', 'c', 'd', 'e'].map((text) => core.leafHash(utf8(text)));
  const macKey = core.deriveTenantKey({ secret: core.sha256('secret'), kid: 'k', tenant: 't' });
  const answer = {
    inNode: typeof process !== 'undefined' || typeof Buffer !== 'undefined',
    record,
    digest: toHex(core.sha256(record)),
    hmac: toHex(core.hmacSha256(utf8('key'), utf8('x'.repeat(5000)))),
    leaf: toHex(leaves[0]),
    root: toHex(core.merkleRoot(leaves)),
    mac: core.formatMac(core.macRecord(macKey, leaves[0])),
    event: core.signEvent({ event_id: '1', payload: { n: 1 } }, macKey),
    disclosure: core.createDisclosure({ name: 'n', value: 1, salt: core.sha256('s').slice(0, 16) }),
    signed: [],
  };
  for (const alg of ['Ed25519', 'ES256']) {
    const key = await core.generateSigningKey({ alg, role: 'package' });
    const trusted = core.toVerificationKey(key);
    const payload = utf8(record);
    const envelope = await core.signEnvelope({ payloadType: 'text/x', payload, keys: [key] });
    const token = await signJws({ payload, key });
    await core.verifyEnvelope(envelope, { keys: [trusted], threshold: 1 });
    await verifyJws(token, { keys: [trusted], algorithms: ['EdDSA', 'ES256'] });
    const jwks = core.formatJwks([trusted]);
    answer.signed.push({ jwks, envelope: core.formatEnvelope(envelope), token });
  }
  return JSON.stringify(answer);
})();
`;

type Core = typeof import('./index.js');

const CHROMIUM = '/usr/bin/chromium';
if (!existsSync(CHROMIUM)) console.warn(`No ${CHROMIUM}. Skipped: the bundle in a real browser.`);

/** With no more than a browser's globals, and without its language quirks. */
async function runInContextOnly(code: string): Promise<string> {
  const globals = GLOBALS.map((name) => [name, Reflect.get(globalThis, name)]);
  const context = createContext(Object.fromEntries(globals));
  runInContext(code, context);
  return runInContext('result', context);
}

/** In Chromium, on a page of this machine: only there is Web Cryptography to be had. */
async function runInChromium(code: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<!doctype html><title>core-signing</title>');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.addScriptTag({ content: code });
    return await page.evaluate<string>('globalThis.result');
  } finally {
    await browser.close();
    server.close();
  }
}

describe.skipIf(!built).each([
  { where: 'a bare context', run: runInContextOnly, there: true },
  { where: 'Chromium', run: runInChromium, there: existsSync(CHROMIUM) },
])('the package bundled for browsers, in $where', ({ run, there }) => {
  if (!there) return it.skip('has no such browser here');

  let answer: Record<string, string> & {
    inNode: boolean;
    signed: { jwks: string; envelope: string; token: string }[];
  };
  let core: Core;
  let code: string;

  beforeAll(async () => {
    const bundle = await build({
      stdin: { contents: PROGRAM, resolveDir: DIST },
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
      conditions: ['browser'],
      // The paths of our own tsconfig would lead back to the sources.
      tsconfigRaw: {},
    });
    code = bundle.outputFiles[0]?.text ?? '';
    answer = JSON.parse(await run(code));
    core = (await import(/* @vite-ignore */ `${DIST}index.js`)) as Core;
  }, 60_000);

  it('holds nothing of Node', () => {
    expect(answer.inNode).toBe(false);
    expect(/node:|require\(/.test(code)).toBe(false);
  });

  it('gives the digests, roots, MACs and disclosures that Node gives', () => {
    const { leafHash, merkleRoot, sha256, toHex, utf8 } = core;
    const leaves = ['a', 'b', 'c', 'd', 'e'].map((text) => leafHash(utf8(text)));
    const key = core.deriveTenantKey({ secret: sha256('secret'), kid: 'k', tenant: 't' });
    expect(answer).toMatchObject({
      record: '{"a":{"nested":true},"b":[1,"é"]}',
      digest: toHex(sha256(answer.record ?? '')),
      hmac: createHmac('sha256', 'key').update('x'.repeat(5000)).digest('hex'),
      leaf: toHex(leaves[0] ?? new Uint8Array()),
      root: toHex(merkleRoot(leaves)),
      mac: core.formatMac(core.macRecord(key, leaves[0] ?? new Uint8Array())),
      event: core.signEvent({ event_id: '1', payload: { n: 1 } }, key),
      disclosure: core.createDisclosure({ name: 'n', value: 1, salt: sha256('s').slice(0, 16) }),
    });
  });

  it('makes signatures that Node verifies', async () => {
    const { verifyJws } = (await import(
      /* @vite-ignore */ `${DIST}jws.js`
    )) as typeof import('./jws.js');
    expect(answer.signed).toHaveLength(2);
    for (const { jwks, envelope, token } of answer.signed) {
      const keys = core.parseJwks(jwks);
      const verified = await core.verifyEnvelope(core.parseEnvelope(envelope), {
        keys,
        threshold: 1,
      });
      expect(core.fromUtf8(verified.payload)).toBe(answer.record);
      const jws = await verifyJws(token, { keys, algorithms: ['EdDSA', 'ES256'] });
      expect(core.fromUtf8(jws.payload)).toBe(answer.record);
    }
  });
});
