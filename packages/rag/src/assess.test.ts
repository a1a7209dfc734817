import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assess } from './assess.js';
import type { Cue } from './score/features.js';
import { DEFAULT_MODEL, probability } from './score/model.js';

const policy = {
  id: 'policy',
  text: 'Storm damage is covered up to $5,000. The excess is 250 dollars. Claims must be filed before 8 March 2026, and floods are not covered.',
};
const history = {
  id: 'history',
  text: 'Acme bought Globex in 1998. Jane Miller founded Acme in Ohio. The company (12 May 1950 – 3 June 1999) employed 1.5 million people.',
};
const sources = [policy, history];

describe('claims beside their sources', () => {
  it.each([
    'Storm damage is covered up to 5000 dollars.',
    'The excess is $250.',
    'Claims must be filed before March 8, 2026.',
    'Floods are not covered.',
    'Acme was founded by Jane Miller in Ohio.',
    'In 1998, Acme purchased Globex.',
    'The company employed 1,500,000 people.',
  ])('grounds: %s', (answer) => {
    const { status, claims } = assess(answer, sources);
    expect(claims).toHaveLength(1);
    expect(status).toBe('grounded');
  });

  it.each<[string, Cue]>([
    ['Storm damage is covered up to $50,000.', 'figure_missing'],
    ['The excess is 250 euros.', 'figure_missing'],
    ['Claims must be filed before 9 March 2026.', 'figure_missing'],
    ['Claims must be filed after 8 March 2026.', 'opposite_found'],
    ['Storm damage is not covered up to $5,000.', 'negation_differs'],
    ['Floods are covered.', 'negation_differs'],
    ['In 1998 Globex bought Acme.', 'names_swapped'],
    ['In 1998, Acme bought Initech.', 'name_missing'],
    ['Our agents love happy customers.', 'words_missing'],
  ])('does not ground: %s', (answer, cue) => {
    const { status, claims } = assess(answer, sources);
    expect(status).toBe('ungrounded');
    expect(claims[0]?.cues).toContain(cue);
  });

  describe('a minus', () => {
    const plant = {
      id: 'plant',
      text: 'The tank is kept at -18 degrees. The balance was −$1.5 million. The valve closed at 5 bar. Levels 3-4 are closed. It lost 10 percent.',
    };
    it.each([
      'The tank is kept at -18 degrees.',
      'The tank is kept at minus 18 degrees.',
      'The balance was -$1,500,000.',
      'The valve closed at 5 bar.',
      '-The valve closed at 5 bar.',
      'Levels 3–4 are closed.',
      '- It lost 10 percent.',
    ])('is the same: %s', (answer) => {
      expect(assess(answer, [plant]).status).toBe('grounded');
    });

    it.each([
      'The tank is kept at 18 degrees.',
      'The valve closed at -5 bar.',
      'The valve closed at −5 bar.',
      'The valve closed at minus 5 bar.',
      'The balance was $1.5 million.',
    ])('is not: %s', (answer) => {
      const { status, claims } = assess(answer, [plant]);
      expect(status).toBe('ungrounded');
      expect(claims[0]?.cues).toContain('figure_missing');
    });
  });

  it('names source and place of what is nearest', () => {
    const answer = 'The excess is 300 dollars. Acme bought Globex in 1998.';
    const { claims, status } = assess(answer, sources);
    const places = claims.map(({ support: [nearest] }) => {
      const text = sources.find(({ id }) => id === nearest?.sourceId)?.text ?? '';
      return [nearest?.sourceId, text.slice(nearest?.start, nearest?.end)];
    });
    expect(places).toEqual([
      ['policy', 'The excess is 250 dollars'],
      ['history', 'Acme bought Globex in 1998'],
    ]);
    expect(status).toBe('partially_grounded');
    expect(claims.map(({ start, end }) => answer.slice(start, end))).toEqual([
      'The excess is 300 dollars.',
      'Acme bought Globex in 1998.',
    ]);
  });

  it('grounds nothing without sources, without shared words, or without claims', () => {
    for (const [answer, of] of [
      ['The excess is $250.', []],
      ['The excess is $250.', [{ id: 'a', text: '' }]],
      ['The excess is $250.', [{ id: 'a', text: 'Nothing whatever here.' }]],
      ['Hello!', sources],
      ['', sources],
    ] as const) {
      expect(assess(answer, of).status).toBe('ungrounded');
    }
  });

  it('is not misled by other sources, nor by their order', () => {
    const answer = 'The excess is $250. Acme bought Globex in 1998.';
    const more = Array.from({ length: 20 }, (_, at) => ({
      id: `m${at}`,
      text: `Row ${at} says nothing of it.`,
    }));
    for (const list of [sources, [history, policy], [...more, ...sources], [...sources, ...more]]) {
      expect(assess(answer, list).status).toBe('grounded');
    }
  });
});

describe('scores', () => {
  it('fall with every feature', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const features = fc.record({
      ...{ missingShare: unit, missingAmount: unit, disorder: unit, question: unit },
      conflicts: fc.constantFrom(0, 1, 2),
    });
    fc.assert(
      fc.property(
        features,
        fc.constantFrom(...(Object.keys(DEFAULT_MODEL.weights) as 'question'[])),
        unit,
        (one, name, more) => {
          const worse = { ...one, [name]: one[name] + more };
          expect(probability(worse, DEFAULT_MODEL)).toBeLessThanOrEqual(
            probability(one, DEFAULT_MODEL),
          );
        },
      ),
    );
  });

  it('are probabilities, the same each time, and answer any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(policy.text, history.text),
    );
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 3 }), (answer, texts) => {
        const list = texts.map((one, at) => ({ id: `s${at}`, text: one }));
        const result = assess(answer, list);
        expect(assess(answer, list)).toEqual(result);
        for (const { score, support } of result.claims) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
          for (const { sourceId, start, end } of support) {
            const { length } = list.find(({ id }) => id === sourceId)?.text ?? '';
            expect(start).toBeLessThan(end);
            expect(end).toBeLessThanOrEqual(length);
          }
        }
      }),
    );
  });

  it('do not rise when a strange word is put into a sentence taken from the source', () => {
    const words = 'Storm damage is covered up to $5,000'.split(' ');
    fc.assert(
      fc.property(
        fc.nat(words.length),
        fc.constantFrom('zebras', 'quietly', '17', 'not'),
        (at, word) => {
          const score = (text: string) => assess(text, sources).average;
          const changed = [...words.slice(0, at), word, ...words.slice(at)].join(' ');
          // A negation at the very end negates nothing in the sentence; any other word weighs.
          if (word === 'not' && at === words.length) return;
          expect(score(changed)).toBeLessThan(score(words.join(' ')));
        },
      ),
    );
  });
});

describe('the score of an answer', () => {
  const source = [{ id: 's', text: 'The bridge was opened in 1932 and is 503 metres long.' }];

  it('follows from the scores of its claims and from the words its sources have', () => {
    const model = { ...DEFAULT_MODEL, answer: undefined };
    const { answer: _, ...plain } = model;
    const text = 'The bridge was opened in 1932. Its paint is renewed by hand each summer.';
    const mean = assess(text, source, { model: plain }).average;
    const { average, claims } = assess(text, source);
    expect(mean).toBeCloseTo(claims.reduce((sum, { score }) => sum + score, 0) / claims.length);
    expect(average).not.toBeCloseTo(mean);
    expect(average).toBeGreaterThan(0);
  });

  it('is 0 where no claim has a source, and 0 to 1 whatever the texts', () => {
    expect(assess('Penguins sing.', source).average).toBe(0);
    fc.assert(
      fc.property(fc.string(), fc.string(), (answer, text) => {
        const { average } = assess(answer, [{ id: 's', text }]);
        expect(average).toBeGreaterThanOrEqual(0);
        expect(average).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a qualifier of the source', () => {
  const hedged = [{ id: 's', text: 'The drug may reduce fever in young children.' }];
  const cuesOf = (text: string) => assess(text, hedged).claims.flatMap(({ cues }) => cues);

  it('that a claim drops is noticed, and lowers its score', () => {
    expect(cuesOf('The drug reduces fever in young children.')).toContain('qualifier_dropped');
    expect(cuesOf('The drug may reduce fever in young children.')).toEqual([]);
    expect(cuesOf('The drug possibly reduces fever in young children.')).not.toContain(
      'qualifier_dropped',
    );
    const score = (text: string) => assess(text, hedged).average;
    expect(score('The drug reduces fever in young children.')).toBeLessThan(
      score('The drug may reduce fever in young children.'),
    );
  });
});

describe('who did it', () => {
  const told = [
    {
      id: 's',
      text: 'The tenant sued the landlord. Miller wrote the report. Jones edited the book.',
    },
  ];
  const cuesOf = (text: string) => assess(text, told).claims.flatMap(({ cues }) => cues);

  it.each([
    'The landlord sued the tenant.',
    'The tenant was sued by the landlord.',
    'Jones wrote the report.',
    'The book was edited by Miller.',
  ])('has changed: %s', (text) => {
    expect(cuesOf(text)).toContain('actor_changed');
    expect(assess(text, told).status).toBe('ungrounded');
  });

  it.each([
    'The landlord was sued by the tenant.',
    'The report was written by Miller.',
    'He wrote the report.',
    'Miller wrote the report and Jones edited the book.',
  ])('is the same: %s', (text) => {
    expect(cuesOf(text)).not.toContain('actor_changed');
  });
});

describe('what the source limits', () => {
  it.each([
    ['Only members may enter.', 'Members enter.', true],
    ['She is the only doctor here.', 'She is a doctor here.', false],
    ['Only 3 rooms are free.', '3 rooms are free.', false],
    ['The fee is refunded if the flight is late.', 'The fee is refunded.', true],
    ['If the flight is late, the fee is refunded.', 'The fee is refunded.', true],
    ['The fee is refunded if the flight is late.', 'For a late flight the fee is refunded.', false],
    ['Staff ask if the flight is late.', 'Staff ask.', false],
    ['The fee is refunded even if the flight is late.', 'The fee is refunded.', false],
  ])('%s / %s: %s', (text, answer, dropped) => {
    const cues = assess(answer, [{ id: 's', text }]).claims.flatMap((claim) => claim.cues);
    expect(cues.includes('qualifier_dropped')).toBe(dropped);
  });
});
