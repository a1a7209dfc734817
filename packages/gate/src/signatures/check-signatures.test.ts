import { readdirSync, readFileSync } from 'node:fs';
import {
  formatEnvelope,
  generateSigningKey,
  parseEnvelope,
  toVerificationKey,
} from '@spanforge/core-signing';
import { describe, expect, it } from 'vitest';
import { createArtifactStore } from '../artifact/store.js';
import type { GateArtifact } from '../model/artifact.js';
import { useFolder } from '../testing/folder.js';
import { openBaseline, sealBaseline } from './baseline.js';

const folder = useFolder();

async function makeKeys() {
  const signing = [
    await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
    await generateSigningKey({ alg: 'ES256', role: 'package' }),
  ];
  return { signing, trusted: signing.map(toVerificationKey) };
}

/** Every envelope that differs from one with two signatures by what somebody took away or put there. */
function spoilt(text: string): readonly (readonly [string, string])[] {
  const envelope = parseEnvelope(text);
  const [first, second] = envelope.signatures;
  if (first === undefined || second === undefined) throw new Error('expected two signatures');
  const junk = { ...second, sig: Buffer.alloc(64, 1).toString('base64') };
  const stranger = { ...junk, keyid: 'A'.repeat(43) };
  const ways = {
    'the second removed': [first],
    'the first removed': [second],
    'the first twice': [first, first],
    'the second of a stranger': [first, stranger],
    'the second not its own': [first, junk],
  };
  return Object.entries(ways).map(([what, signatures]) => [
    what,
    `${formatEnvelope({ ...envelope, signatures } as typeof envelope)}\n`,
  ]);
}

const ARTIFACT: GateArtifact = {
  ...{ gateId: 'prri', name: 'PRRI', verdict: 'PASS', metrics: {}, type: 'halluccheck_prri' },
  ...{ timestamp: '2026-01-01T00:00:00.000Z', durationMs: 1, onFail: 'block', blocking: false },
  ...{ reason: 'Fine.', reasonCode: 'fine', findings: [], findingCount: 0 },
};

describe('one of two signatures that are expected is removed', () => {
  it('from a baseline', async () => {
    const { signing, trusted } = await makeKeys();
    const sealed = await sealBaseline({ p95: 3 }, signing);
    const path = folder.write('baseline.json', sealed);
    expect((await openBaseline(path, trusted)).value).toEqual({ p95: 3 });
    for (const [what, text] of spoilt(sealed)) {
      folder.write('baseline.json', text);
      const opened = openBaseline(path, trusted).then(
        () => 'opened',
        ({ code }) => code,
      );
      expect([what, await opened]).toEqual([what, 'GATE_BASELINE_INVALID']);
    }
  });

  it('from the signature of an artifact', async () => {
    const { signing, trusted } = await makeKeys();
    const store = createArtifactStore({
      ...{ folder: folder.root, shownAs: '.', keys: signing, verificationKeys: trusted },
    });
    await store.write(ARTIFACT, '01KAN0000000000000000000ZZ', []);
    const file = readdirSync(folder.root).find((name) => name.endsWith('.dsse')) ?? '';
    const sealed = readFileSync(`${folder.root}/${file}`, 'utf8');
    const read = () =>
      store.latest('prri').then(
        () => 'read',
        ({ details }) => details.reason,
      );
    expect(await read()).toBe('read');
    for (const [what, text] of spoilt(sealed)) {
      folder.write(file, text);
      expect([what, await read()]).toEqual([what, 'its signature does not verify']);
    }
  });
});
