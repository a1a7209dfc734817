import { leafHash } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aContext, aDraft, aLog } from '../testing/fixtures.js';
import { fsck } from './fsck.js';
import { isProvenTerm, provenTerms } from './index/record-terms.js';
import { reindex } from './index/reindex.js';
import { createMemoryStore } from './memory-store.js';
import { keepRecentRecords } from './recent-records.js';
import { isLaterTerm } from './terms.js';
import { termsOfBytes } from './terms-of-bytes.js';

const decision = (tool: string, ...rules: readonly string[]) => ({
  type: 'spanforge.policy.decision.v1',
  context: aContext(),
  body: {
    service: 'sf_govern',
    control: 'tool_call',
    tool,
    outcome: 'allow',
    matched: true,
    reason: 'r',
    reason_code: 'r',
    rules: rules.map((rule_id) => ({
      rule_id,
      action: 'allow',
      finding: 'triggered',
      reason: 'r',
    })),
  },
});

/** A log whose first part was written before agent, actor, tool and rule were terms. */
async function anOldLog() {
  const store = createMemoryStore();
  const old = await aLog({ store });
  await old.append([aDraft({ agent: 'one' }), decision('refund', 'r1', 'r2')]);
  await old.append([aDraft({ agent: 'two', actor: 'x' })]);
  const size = await store.size();
  const terms = await store.readTerms(0, size);
  await store.replaceTerms(
    0,
    terms.map((each) => each.filter((term) => !isLaterTerm(term))),
  );
  const derived = store.getDerived;
  let asked = 0;
  // What such a log does not say yet is said the first time it is opened.
  const forgetful = {
    ...store,
    getDerived: (key: string) =>
      key === 'index/terms' && asked++ === 0 ? Promise.resolve(undefined) : derived(key),
  };
  const log = await aLog({ store: forgetful });
  await log.append([aDraft({ agent: 'one', actor: 'x' }), decision('look', 'r2')]);
  return { store, log };
}

type Query = Parameters<Awaited<ReturnType<typeof aLog>>['query']>[0];

describe('records by agent, actor, tool and rule', () => {
  const queries: readonly (readonly [Query, readonly number[]])[] = [
    [{ agent: 'one' }, [1, 4]],
    [{ agent: 'one', newestFirst: true }, [4, 1]],
    [{ agent: 'one', newestFirst: true, limit: 1 }, [4]],
    [{ agent: 'one', newestFirst: true, cursor: 4 }, [1]],
    [{ agent: 'one', cursor: 2 }, [4]],
    [{ agent: 'one', limit: 1 }, [1]],
    [{ actor: 'x', types: ['spanforge.scope.v1'] }, [3, 4]],
    [{ tool: 'refund' }, [2]],
    [{ rule: 'r2' }, [2, 5]],
    [{ rule: 'r2', tool: 'look' }, [5]],
    [{ rule: 'r3' }, []],
  ];

  it('are found in a log that always had these terms, one that lacks some, and one made anew', async () => {
    const { store, log } = await anOldLog();
    const found = async (query: Query) =>
      (await log.query(query)).records.map(({ index }) => index);
    for (const [query, expected] of queries) expect(await found(query)).toEqual(expected);
    const codes = async () => (await fsck({ log })).findings.map(({ code }) => code);
    expect(await codes()).toEqual(['terms_earlier']);
    await reindex({ store, origin: log.origin });
    expect(await codes()).toEqual([]);
    const fresh = await aLog({ store });
    for (const [query, expected] of queries) {
      expect((await fresh.query(query)).records.map(({ index }) => index)).toEqual(expected);
    }
  });

  it('are committed to as they stand in the bytes, whatever the names are', async () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(name, name, name, name, async (agent, actor, tool, claim) => {
        const store = createMemoryStore();
        const noted = keepRecentRecords(store);
        const log = await aLog({ store });
        await log.append([aDraft({ agent, actor })]);
        await log.append([decision(tool, tool, agent)], { claim });
        for (const { index, bytes } of await store.read(0, 3)) {
          // What the log hands to the signer of its store is what the signer would read.
          const handed = noted.from(0, 3)[index];
          expect(handed?.leaf).toEqual(leafHash(bytes));
          expect(handed?.terms.filter(isProvenTerm).sort()).toEqual([...provenTerms(bytes)].sort());
          const kinds = /^(?:trace|run|type|agent|actor|tool|rule|claim):/;
          const all = termsOfBytes(bytes).filter((term) => kinds.test(term));
          expect([...provenTerms(bytes)].sort()).toEqual([...all].sort());
        }
        const { findings } = await fsck({ log });
        expect(findings).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
