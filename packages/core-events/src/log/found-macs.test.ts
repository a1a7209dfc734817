import { sha256 } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFoundMacs } from './found-macs.js';
import { createRecordKeys, type RecordKeys } from './record-keys.js';
import type { StoredRecord } from './store.js';

const secretOf = (kid: string) => sha256(`secret of ${kid}`);
const LAST_GOOD = 40;
const keys = createRecordKeys({ kid: 'new', secret: secretOf('new') }, [
  { kid: 'old', secret: secretOf('old'), lastGoodSize: LAST_GOOD },
]);
const signerOf = (kid: string): RecordKeys => createRecordKeys({ kid, secret: secretOf(kid) });

const change = fc.constantFrom('none', 'tag', 'leaf', 'kid', 'short tag', 'short leaf', 'no mac');

/** A record whose HMAC is good, or was changed. */
const record = fc.record({
  index: fc.nat(2 * LAST_GOOD),
  tenant: fc.oneof({ arbitrary: fc.constant('acme'), weight: 6 }, fc.constantFrom('other', '')),
  kid: fc.oneof({ arbitrary: fc.constant('new'), weight: 6 }, fc.constantFrom('old', 'unknown')),
  change: fc.oneof({ arbitrary: fc.constant('none'), weight: 9 }, change),
});

function made({
  index,
  tenant,
  kid,
  change,
}: typeof record extends fc.Arbitrary<infer R> ? R : never) {
  const leaf = sha256(`record ${index} of ${tenant}`);
  const known = kid === 'unknown' ? 'new' : kid;
  const tag = (tenant === '' ? leaf : (signerOf(known).sign(tenant, leaf)?.tag ?? leaf)).slice();
  if (change === 'tag') tag[index % 32] = (tag[index % 32] ?? 0) ^ 1;
  const stored: StoredRecord = {
    index,
    bytes: new Uint8Array(0),
    leaf: change === 'leaf' ? sha256(leaf) : change === 'short leaf' ? leaf.slice(1) : leaf,
    ...(change !== 'no mac' && {
      mac: {
        kid: change === 'kid' ? 'old' : kid,
        tag: change === 'short tag' ? tag.slice(1) : tag,
      },
    }),
  };
  return { stored, tenant };
}

const isGoodAlone = ({ index, leaf, mac }: StoredRecord, tenant: string): boolean => {
  try {
    return mac !== undefined && keys.check(tenant, leaf, mac, index) === 'good';
  } catch {
    return false;
  }
};

describe('HMACs of records that were found together', () => {
  it('are good only where each of them is by itself', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(record, { maxLength: 20 }), { minLength: 2, maxLength: 4 }),
        (pages) => {
          const macsOf = createFoundMacs(keys);
          for (const page of pages.map((records) => records.map(made))) {
            const isGood = macsOf(page.map(({ stored }) => stored));
            for (const [at, { stored, tenant }] of page.entries()) {
              if (isGood(at, tenant)) expect(isGoodAlone(stored, tenant)).toBe(true);
            }
          }
        },
      ),
    );
  });

  it('are told good from the second page on, where all are of one tenant', () => {
    const page = Array.from({ length: 12 }, (_, at) =>
      made({ index: at, tenant: 'acme', kid: 'new', change: at === 5 ? 'tag' : 'none' }),
    );
    const macsOf = createFoundMacs(keys);
    const told = () => {
      const isGood = macsOf(page.map(({ stored }) => stored));
      return page.map(({ tenant }, at) => isGood(at, tenant));
    };
    expect(told()).toEqual(page.map(() => false));
    expect(told()).toEqual(page.map((_, at) => at !== 5));
  });
});
