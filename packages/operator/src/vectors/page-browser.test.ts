import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  describe as describeReport,
  verifyBytes,
  verifyTogether,
  writeJson,
  writeZip,
} from '../../verifier/verify.mjs';
import { filesOfVector, type Vector, type VectorFile } from './vector.js';

const CHROMIUM = '/usr/bin/chromium';
if (!existsSync(CHROMIUM)) console.warn(`No ${CHROMIUM}. Skipped: the page in a real browser.`);
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const PAGE = new URL('../../verifier/verify.html', import.meta.url);
const isLong = process.env.SPANFORGE_LONG !== undefined;

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'));

/** What a person chooses and types, by the id of the field. */
interface Filled {
  readonly packages: readonly Uint8Array[];
  readonly keys: readonly string[];
  readonly since?: string;
  readonly policy?: string;
  readonly size?: string;
  readonly origin?: string;
}

let browser: Browser;
let page: Page;
const asked: string[] = [];
const said: string[] = [];

/** Runs in the page: chooses, types and submits like a person, and reads the cards of the report. */
const ACT = `async (filled) => {
  const field = (id) => document.getElementById(id);
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  for (const id of ['package', 'keys', 'since', 'policy']) {
    const chosen = new DataTransfer();
    filled[id].forEach((one, at) => chosen.items.add(new File([bytes(one)], id + '-' + at)));
    field(id).files = chosen.files;
  }
  for (const id of ['origin', 'size']) field(id).value = filled[id];
  document.querySelector('form').requestSubmit();
  while (field('verify').disabled) await new Promise((later) => setTimeout(later, 2));
  return [...document.querySelectorAll('#report article')].map((one) => ({
    className: one.className,
    verdict: one.querySelector('.verdict')?.textContent,
    facts: one.querySelector('dl')?.textContent,
    text: one.textContent,
  }));
}`;

interface Card {
  readonly className: string;
  readonly verdict: string | null;
  readonly facts: string | null;
  readonly text: string;
}

/** What the page shows: as many cards as there are packages, and one of how they belong together. */
async function verified({ packages, keys, since, policy, size, origin }: Filled): Promise<Card[]> {
  const base64 = (all: readonly (Uint8Array | string | undefined)[]) =>
    all.flatMap((one) => (one === undefined ? [] : [Buffer.from(one).toString('base64')]));
  const chosen = { package: base64(packages), keys: base64(keys), since: base64([since]) };
  const filled = { ...chosen, policy: base64([policy]), size: size ?? '', origin: origin ?? '' };
  return page.evaluate<Card[]>(`(${ACT})(${JSON.stringify(filled)})`);
}

function filledOf(file: VectorFile, vector: Vector): Filled | undefined {
  const files = filesOfVector(file, vector);
  // Names that no container takes: there is no file that could be chosen.
  if ([...files.keys()].some((name) => /(^|\/)(\.|$)/.test(name))) return undefined;
  const { since, witness_policy: policy, known_size: size } = vector.options ?? {};
  return {
    packages: [writeZip(files)],
    keys: (vector.keys ?? ['package', 'log']).map((key) => file.keys[key] ?? ''),
    ...(typeof since === 'string' ? { since } : {}),
    ...(typeof policy === 'string' ? { policy } : {}),
    ...(typeof size === 'number' ? { size: String(size) } : {}),
  };
}

const optionsOf = ({ keys, since, policy, size, origin }: Filled) => ({
  keys,
  ...(since === undefined ? {} : { since }),
  ...(policy === undefined ? {} : { witnessPolicy: policy }),
  ...(size === undefined ? {} : { knownSize: Number(size) }),
  ...(origin === undefined ? {} : { origin }),
});

/** Every vector in the long form, else one of each verdict. */
function someOf({ vectors }: VectorFile): readonly Vector[] {
  if (isLong) return vectors;
  return [...new Map(vectors.map((one) => [one.verdict, one])).values()];
}

describe.skipIf(!existsSync(CHROMIUM))('the page in a browser, from file://', () => {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
    const context = await browser.newContext({ viewport: { width: 900, height: 1100 } });
    page = await context.newPage();
    context.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    await page.goto(PAGE.href);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
  });

  it.each(['verdicts', 'keys', 'records', 'witnesses', 'enterprise'])(
    'says of the vectors of %s what verify.mjs says',
    { timeout: 300_000 },
    async (name) => {
      const file = read<VectorFile>(name);
      let count = 0;
      for (const vector of someOf(file)) {
        const filled = filledOf(file, vector);
        if (!filled) continue;
        const report = await verifyBytes(filled.packages[0] ?? new Uint8Array(), optionsOf(filled));
        const [card] = await verified(filled);
        const { verdict } = report;
        const expected = { name: vector.name, className: verdict, verdict };
        expect({ name: vector.name, ...card }).toMatchObject(expected);
        expect(card?.text).toContain(describeReport(report));
        count += 1;
      }
      expect(count).toBeGreaterThan(1);
      if (isLong) console.log(`the page: ${count} vectors of ${name} as verify.mjs`);
    },
  );

  it('tells a pinned tail from one that is not, and shows witnesses', async () => {
    const file = read<VectorFile>('verdicts');
    const base = file.vectors.find(({ options }) => options?.since !== undefined);
    const filled = filledOf(file, { ...(base as Vector), base: 'call', set: {} }) as Filled;
    const { since: _, ...unpinned } = filled;
    expect((await verified(unpinned))[0]?.facts).toContain('unpinned: bring a checkpoint');
    expect((await verified({ ...unpinned, size: '1' }))[0]?.facts).toContain('pinned: nothing');
    const witnesses = read<VectorFile>('witnesses');
    const met = witnesses.vectors.find(({ verdict, options }) => verdict === 'valid' && options);
    const card = (await verified(filledOf(witnesses, met as Vector) as Filled))[0];
    expect(card?.facts).toMatch(/Witnessesquorum met, \S/);
  });

  it('says how several packages belong together', async () => {
    interface Chains {
      readonly keys: Record<string, string>;
      readonly packages: Record<string, Record<string, { text: string }>>;
    }
    const { keys, packages } = read<Chains>('chains');
    const chosen = [packages.before ?? {}, packages.link ?? {}];
    const bytes = chosen.map((files) =>
      new TextEncoder().encode(
        writeJson(new Map(Object.entries(files).map(([n, c]) => [n, Buffer.from(c.text)]))),
      ),
    );
    const filled = { packages: bytes, keys: Object.values(keys) };
    const report = await verifyTogether(bytes, { keys: filled.keys });
    const cards = await verified(filled);
    expect(cards.slice(0, 2).map(({ verdict }) => verdict)).toEqual(
      report.packages.map(({ verdict }) => verdict),
    );
    expect(cards[2]?.text).toContain(
      `package-${report.links[0]?.to} with package-${report.links[0]?.from}: ${report.links[0]?.relation}`,
    );
    expect((await verified({ ...filled, size: '1' }))[0]?.text).toContain('are about one package');
  });

  it('shows text of others as text', async () => {
    const file = read<VectorFile>('verdicts');
    const hostile = '<img src=x onerror="window.hit=1">\u202e\u200b';
    const set = { [hostile]: { text: '' } };
    const files = filesOfVector(file, { ...(file.vectors[0] as Vector), base: 'call', set });
    const record = JSON.stringify({ type: hostile });
    files.delete(hostile);
    files.set('records.jsonl', Buffer.from(`${record}\n`));
    const policy = `log ${hostile}`;
    for (const packages of [[writeZip(files)], [new TextEncoder().encode(record)]]) {
      const [card] = await verified({ packages, keys: [file.keys.package ?? ''], policy });
      expect(card?.verdict).not.toBe('valid');
      expect(card?.text).not.toMatch(/[\u202e\u200b]/);
    }
    const seen = await page.evaluate('[window.hit, document.querySelectorAll("img").length]');
    expect(seen).toEqual([undefined, 0]);
  });

  it('answers while it verifies a package of many megabytes', { timeout: 120_000 }, async () => {
    const file = read<VectorFile>('verdicts');
    const files = filesOfVector(file, { ...(file.vectors[0] as Vector), base: 'call', set: {} });
    files.set('big', new Uint8Array(32_000_000).fill(65));
    const own = mkdtempSync(join(tmpdir(), 'spanforge-page-'));
    const paths = {
      package: join(own, 'package.zip'),
      keys: join(own, 'key'),
      log: join(own, 'log'),
    };
    writeFileSync(paths.package, writeZip(files));
    writeFileSync(paths.keys, file.keys.package ?? '');
    writeFileSync(paths.log, file.keys.log ?? '');
    // As a person does it: a page just opened, and files of the disk.
    await page.goto(PAGE.href);
    await page.locator('#package').setInputFiles(paths.package);
    await page.locator('#keys').setInputFiles([paths.keys, paths.log]);
    await page.evaluate(`(() => {
      window.gaps = [];
      let last = performance.now();
      window.ticking = setInterval(() => {
        const now = performance.now();
        gaps.push(now - last);
        last = now;
      }, 10);
    })()`);
    const started = performance.now();
    await page.locator('#verify').click();
    await page.locator('#verify:not([disabled])').waitFor({ timeout: 100_000 });
    const took = performance.now() - started;
    const gaps = await page.evaluate<number[]>('clearInterval(ticking), gaps');
    rmSync(own, { recursive: true });
    expect(await page.locator('#report article').textContent()).toMatch(/^invalid/);
    console.log(`the page: ${took} ms, pauses ${gaps.sort((a, b) => b - a).slice(0, 5)} ms`);
    expect(gaps[0]).toBeLessThan(took / 2);
  });

  it('cannot be made to load or send anything', async () => {
    const tried = `Promise.allSettled([
      fetch('http://127.0.0.1:9/'), import('http://127.0.0.1:9/x.mjs'),
      new Promise((done, fail) => { const one = new Image(); one.onload = done; one.onerror = fail; one.src = 'http://127.0.0.1:9/'; }),
    ]).then((all) => all.map(({ status }) => status))`;
    const others = asked.filter((url) => url !== PAGE.href && !url.startsWith('blob:null/'));
    expect(others).toEqual([]);
    expect(said).toEqual([]);
    expect(await page.evaluate(tried)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it.skipIf(process.env.SPANFORGE_PICTURES === undefined)('looks like this', async () => {
    const folder = process.env.SPANFORGE_PICTURES ?? '.';
    mkdirSync(folder, { recursive: true });
    for (const [colorScheme, name] of [
      ['light', 'verdicts'],
      ['dark', 'enterprise'],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      const file = read<VectorFile>(name);
      const seen = new Set<string>();
      for (const vector of file.vectors) {
        const filled = filledOf(file, vector);
        if (!filled || seen.has(vector.verdict)) continue;
        seen.add(vector.verdict);
        await verified(filled);
        const path = join(folder, `${name}-${vector.verdict}.png`);
        await page.screenshot({ path, fullPage: true });
      }
    }
  });
});
