import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyBytes, writeJson, writeZip } from '../../verifier/verify.mjs';
import { filesOfVector, type VectorFile } from './vector.js';

const PAGE = new URL('../../verifier/verify.html', import.meta.url);
const read = (name: string): VectorFile =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'));

/** A file that somebody chose in the page. */
const chosen = (content: Uint8Array | string) => ({
  name: 'package',
  arrayBuffer: async () => Uint8Array.from(Buffer.from(content)).buffer,
  text: async () => Buffer.from(content).toString(),
});
type Chosen = ReturnType<typeof chosen>;

/** As much of an element as the page uses. */
class FakeElement {
  className = '';
  disabled = false;
  value = '';
  files: Chosen[] = [];
  parts: (FakeElement | string)[] = [];
  append(...parts: (FakeElement | string)[]): void {
    this.parts.push(...parts);
  }
  replaceChildren(...parts: (FakeElement | string)[]): void {
    this.parts = parts;
  }
  get textContent(): string {
    return this.parts
      .map((part) => (typeof part === 'string' ? part : part.textContent))
      .join('\n');
  }
}

let submit: (event: { preventDefault(): void }) => Promise<void>;
let own = '';
const IDS = ['package', 'keys', 'since', 'policy', 'origin', 'size', 'verify', 'report'];
const fields = Object.fromEntries(IDS.map((id) => [id, new FakeElement()]));
const before = Object.getOwnPropertyDescriptor(globalThis, 'document');

/** As much of a document as the page uses: no browser is needed to see what it does. */
beforeAll(async () => {
  const form = { addEventListener: (_: string, act: typeof submit) => (submit = act) };
  const document = {
    createElement: () => new FakeElement(),
    getElementById: (id: string) => fields[id],
    querySelector: () => form,
  };
  Object.defineProperty(globalThis, 'document', { value: document, configurable: true });
  const page = readFileSync(PAGE, 'utf8');
  const [, script = ''] = /<script type="module" id="program">([\s\S]*)<\/script>/.exec(page) ?? [];
  own = mkdtempSync(join(tmpdir(), 'spanforge-page-'));
  writeFileSync(join(own, 'page.mjs'), script);
  await import(/* @vite-ignore */ pathToFileURL(join(own, 'page.mjs')).href);
});
afterAll(() => {
  rmSync(own, { recursive: true });
  if (before) Object.defineProperty(globalThis, 'document', before);
  else Reflect.deleteProperty(globalThis, 'document');
});

async function verified(files: Readonly<Record<string, readonly (Uint8Array | string)[]>>) {
  for (const [id, field] of Object.entries(fields)) field.files = (files[id] ?? []).map(chosen);
  await submit({ preventDefault: () => undefined });
  const [card] = fields.report?.parts ?? [];
  const { className = '', textContent = '' } = card instanceof FakeElement ? card : {};
  return { className, textContent };
}

describe('the page that verifies, run without a browser', () => {
  it.each(['verdicts', 'witnesses', 'enterprise'])(
    'says what the vectors of %s ask for',
    async (name) => {
      const file = read(name);
      const wanted = file.vectors.filter(({ options }) => options?.known_size === undefined);
      // One vector of each verdict and reason: the verifier itself is graded by all of them.
      const some = new Map(wanted.map((one) => [`${one.verdict} ${one.reason}`, one]));
      for (const vector of some.values()) {
        const files = filesOfVector(file, vector);
        const { since, witness_policy: policy } = vector.options ?? {};
        const keys = (vector.keys ?? ['package', 'log']).map((key) => file.keys[key] ?? '');
        const plain = [...files.keys()].every((one) => !/(^|\/)(\.|$)/.test(one));
        const bytes = plain ? writeZip(files) : new TextEncoder().encode(writeJson(files));
        const shown = await verified({
          package: [bytes],
          keys,
          ...(typeof since === 'string' ? { since: [since] } : {}),
          ...(typeof policy === 'string' ? { policy: [policy] } : {}),
        });
        // Names that no container takes are refused before there is a package; decisions are taken again here.
        const { verdict } = await verifyBytes(bytes, {
          keys,
          ...(typeof since === 'string' ? { since } : {}),
          ...(typeof policy === 'string' ? { witnessPolicy: policy } : {}),
        });
        if (plain && verdict !== 'invalid') expect(verdict).toBe(vector.verdict);
        expect([vector.name, shown.className]).toEqual([vector.name, verdict]);
        expect(shown.textContent).toMatch(
          new RegExp(`^${verdict}\n[\\s\\S]*\n${verdict.toUpperCase()}`),
        );
      }
      expect(some.size).toBeGreaterThan(2);
    },
  );

  it('says FAILED where there is nothing to verify', async () => {
    expect(await verified({})).toEqual({
      className: 'failed',
      textContent: 'failed\nchoose a package',
    });
  });
});
