import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { createGovernor } from '@spanforge/govern';
import { createLabelTracker } from '@spanforge/lineage/labels';
import { describe, expect, it } from 'vitest';
import { isHeldOut, readCorpus, type Sequence } from './corpus.js';
import { judgeSequence } from './judge.js';
import { ROWS } from './policies.js';

const corpus = readCorpus();

describe('the corpus', () => {
  it('has attacks and wanted work in both halves, each with its own id', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(60);
    expect(new Set(corpus.map(({ id }) => id)).size).toBe(corpus.length);
    for (const half of [corpus.filter(isHeldOut), corpus.filter((one) => !isHeldOut(one))]) {
      expect(half.filter(({ kind }) => kind === 'attack').length).toBeGreaterThan(10);
      expect(half.filter(({ kind }) => kind === 'benign').length).toBeGreaterThan(8);
    }
    for (const { kind, calls } of corpus) {
      expect(calls.some(({ by }) => by === 'attacker')).toBe(kind === 'attack');
    }
  });
});

/** The same sequence through a real governor, over a real log. */
async function govern(sequence: Sequence): Promise<readonly boolean[]> {
  const log = await openEvidenceLog({
    ...{ store: createMemoryStore(), origin: 'example.com/attacks', writer: 'test', hmac: false },
  });
  const decider = ROWS.at(-1)?.decider;
  if (decider === undefined) throw new Error('no bundle');
  const governor = createGovernor({
    log,
    labels: createLabelTracker({ resultsCarry: 'exact' }),
    policy: {
      async decide(request) {
        if (request.control !== 'tool_call') return decider.decide({ ...request, control: 'none' });
        return decider.decide(request);
      },
    },
  });
  const done = new Set<string>();
  const stopped: boolean[] = [];
  for (const [at, call] of sequence.calls.entries()) {
    const name = call.tool;
    if (!done.has(name)) {
      const outputLabels = call.confidentiality === undefined ? [] : [call.confidentiality];
      const output = call.output ?? 'trusted';
      governor.govern(() => call.result, { name, effect: call.effect, output, outputLabels });
      done.add(name);
    }
    const result = await governor.call(name, call.args, {
      ...{ tenant: 't', project: 'p', env: 'test', run: 'r', traceId: 'trace', callId: `c${at}` },
      ...{ agent: 'assistant', actor: 'user' },
    });
    if (call.effect === 'write') stopped.push(result.status !== 'completed');
  }
  await log.close();
  return stopped;
}

describe('the replay', () => {
  it.each(corpus.map((sequence) => [sequence.id, sequence] as const))(
    'stops in govern what it stops here: %s',
    async (_, sequence) => {
      const here = judgeSequence(ROWS.at(-1)?.decider, sequence).map(({ stopped }) => stopped);
      expect(await govern(sequence)).toEqual(here);
    },
  );
});
