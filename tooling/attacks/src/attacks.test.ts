import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isHeldOut, readCorpus } from './corpus.js';
import { count } from './count.js';
import { governSequence } from './govern-sequence.js';
import { judgeSequence } from './judge.js';
import { ROWS } from './policies.js';

const corpus = readCorpus();
const halves = [false, true].map((heldOut) => corpus.filter((one) => isHeldOut(one) === heldOut));

describe('the corpus', () => {
  it('has attacks and wanted work in both halves, each with its own id', () => {
    expect(corpus).toHaveLength(145);
    expect(new Set(corpus.map(({ id }) => id)).size).toBe(corpus.length);
    for (const half of halves) {
      expect(half.filter(({ kind }) => kind === 'attack').length).toBeGreaterThan(30);
      expect(half.filter(({ kind }) => kind === 'benign').length).toBeGreaterThan(30);
    }
    for (const { id, domain, kind, calls } of corpus) {
      expect(id).toMatch(new RegExp(`^${domain}-\\d\\d-${kind}$`));
      expect(calls.some(({ by }) => by === 'attacker')).toBe(kind === 'attack');
    }
  });

  it('is the one that stood before the rules that read facts', () => {
    const digest = createHash('sha256').update(JSON.stringify(corpus)).digest('hex');
    expect(digest).toBe('8aa82a8203dbd2056e3bd2ea5d3b60f3065ccde12e06e6f0c56c2ad54970afdb');
  });
});

describe('the rows', () => {
  it('stop nothing without a policy, and with the naive one every write after an untrusted read', () => {
    const [none, naive] = ROWS;
    for (const sequence of corpus) {
      expect(judgeSequence(none?.decider, sequence).some(({ stopped }) => stopped)).toBe(false);
      let untrusted = false;
      for (const { call, stopped } of judgeSequence(naive?.decider, sequence)) {
        expect(stopped).toBe(untrusted && call.effect === 'write');
        untrusted ||= call.output_trust === 'untrusted' && !stopped;
      }
    }
  });

  it('count every call of an attacker, and every write of a user, once', () => {
    const calls = corpus.flatMap((sequence) => sequence.calls);
    const counts = halves.map((half) => count(ROWS[0] ?? { title: '', decider: undefined }, half));
    const total = (of: (one: (typeof counts)[number]) => number) =>
      counts.reduce((sum, one) => sum + of(one), 0);
    expect(total(({ stopped }) => stopped.of)).toBe(
      calls.filter(({ by, effect, leaks }) => by === 'attacker' && (effect === 'write' || leaks))
        .length,
    );
    expect(total(({ through }) => through.count)).toBe(
      calls.filter(({ by, effect }) => by === 'user_goal' && effect === 'write').length,
    );
  });
});

describe('through govern', () => {
  it.each(ROWS.map((row) => [row.title, row] as const))(
    'the same calls are stopped: %s',
    async (_, { decider }) => {
      for (const sequence of corpus) {
        const here = judgeSequence(decider, sequence).map(({ stopped }) => stopped);
        expect(await governSequence(decider, sequence), sequence.id).toEqual(here);
      }
    },
  );
});
