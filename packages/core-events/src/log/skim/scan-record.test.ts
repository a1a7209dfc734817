import { canonicalize, concatBytes, fromUtf8, type JsonValue, utf8 } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEnvelope } from '../../records/envelope.js';
import { termNamesOf } from '../fsck-terms.js';
import { createRecordScanner, type RecordNames } from './scan-record.js';

const NAMES = ['tool', 'outcome', 'rules', 'subjects', 'values', 'counted', 'rule_id', '__proto__'];

const name = fc.oneof(
  fc.constantFrom('a', 'claims-agent', 'x'.repeat(65), 'y'.repeat(128), 'z'.repeat(512)),
  fc.stringMatching(/^[!#-[\]-~]{1,20}$/),
);
const text = fc.oneof(name, fc.string({ unit: 'grapheme' }), fc.constantFrom('"', '\\u0041', '\t'));
const identifier = fc.stringMatching(/^[!#-[\]-~]{1,128}$/);
const key = fc.oneof(fc.constantFrom(...NAMES, 'ru', 'value'), text);
const value = fc.letrec<{ value: JsonValue; list: JsonValue; object: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.constantFrom(null, true, false, 0, -0, 1e21, 1.5e-7, 2 ** 53),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    tie('list'),
    tie('object'),
  ) as fc.Arbitrary<JsonValue>,
  list: fc.array(tie('value'), { maxLength: 3 }) as fc.Arbitrary<JsonValue>,
  object: fc.dictionary(key, tie('value'), { maxKeys: 4 }) as fc.Arbitrary<JsonValue>,
})).value;
const named = fc.record(
  {
    tool: fc.oneof(name, value),
    outcome: fc.oneof(name, value),
    rules: fc.oneof(
      fc.array(fc.oneof(fc.record({ rule_id: fc.oneof(name, value) }), value)),
      value,
    ),
    subjects: fc.oneof(fc.array(fc.oneof(name, value), { maxLength: 3 }), value),
    values: fc.oneof(fc.dictionary(name, name, { maxKeys: 3 }), value),
  },
  { requiredKeys: [] },
);
const body = fc
  .tuple(fc.dictionary(key, value, { maxKeys: 3 }), named)
  .map(([one, other]) => ({ ...one, ...other }));

const count = fc.oneof(fc.nat(), fc.constantFrom(0, 10 ** 15 - 1, 10 ** 15, 2 ** 53 - 1));
const record = fc.record(
  {
    v: fc.constant('spanforge.record.v1'),
    id: fc.constant('01M80DCQK1HE289S9NPZJCS8TZ'),
    type: name,
    tenant: name,
    project: name,
    env: name,
    run: identifier,
    trace_id: identifier,
    span_id: identifier,
    agent: name,
    actor: name,
    append: fc.record({ claim: name }, { requiredKeys: [] }),
    source: name,
    policy: fc.record({ id: name, version: name, digest: name }),
    mode: fc.constantFrom('live', 'shadow', 'simulate', 'replay'),
    time: fc
      .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    writer: fc.record({ id: name, boot: name, n: count }),
    state_size: count,
    body,
  },
  {
    requiredKeys: [
      'v',
      'id',
      'type',
      'tenant',
      'project',
      'env',
      'run',
      'trace_id',
      'agent',
      'actor',
    ].concat(['source', 'mode', 'time', 'writer', 'body']) as never,
  },
);

const names = ({ type, traceId, run, tenant, project, agent, actor }: RecordNames) => ({
  ...{ type, traceId, run, tenant, project, agent, actor },
});

/** What is scanned is told as the parser tells it; the parser must take it. */
function expectAsParsed(bytes: Uint8Array, found: RecordNames): void {
  const wire = parseEnvelope(JSON.parse(fromUtf8(bytes)) as JsonValue);
  const { type, tenant, project, run, trace_id: traceId, agent, actor, append } = wire;
  const context = { ...{ tenant, project, run, traceId, agent, actor }, env: '', source: '' };
  const { tool, outcome, rules, subjects, ...places } = termNamesOf({
    ...{ type, context, body: wire.body },
    ...(append && { append }),
  });
  const told = { tool: found.tool, outcome: found.outcome, append: found.append };
  expect({ ...names(found), ...told }).toEqual({ ...places, tool, outcome });
  expect([found.rules, found.subjects]).toEqual([rules, subjects]);
  expect(found.timeMs).toBe(Date.parse(wire.time));
  const { id, boot, n } = wire.writer;
  expect([found.writerId, found.boot, found.n]).toEqual([id, boot, n]);
  if (wire.body.counted !== undefined) expect(found.counted).toBe(true);
  const values = (wire.body.values ?? {}) as Readonly<Record<string, unknown>>;
  for (const one of ['a', 'claims-agent', ...Object.keys(values)]) {
    for (const digest of ['a', ...Object.values(values)]) {
      if (typeof digest !== 'string' || /[^\w-]/.test(one + digest)) continue;
      if (found.commits(one, digest)) expect(values[one]).toBe(digest);
    }
  }
}

/** Changes of the kind that keep JSON close to what it was. */
const PIECES = [
  '"',
  '\\',
  ',',
  ':',
  '{',
  '}',
  '[',
  ']',
  '0',
  '-',
  '.',
  'e',
  ' ',
  '\n',
  'null',
  'é',
  '\u0000',
]
  .concat([
    '"tool":"b",',
    '"rule_id":"b",',
    '"values":{"a":"a"},',
    '"a":"a",',
    '\\u0061',
    '__proto__',
  ])
  .map(utf8)
  .concat([
    Uint8Array.of(0xc3),
    Uint8Array.of(0xed, 0xa0, 0x80),
    Uint8Array.of(0xf4, 0x90, 0x80, 0x80),
  ]);

const change = fc.tuple(fc.nat(), fc.nat({ max: 6 }), fc.constantFrom(...PIECES));

function changed(bytes: Uint8Array, [place, length, piece]: readonly [number, number, Uint8Array]) {
  const at = place % (bytes.length + 1);
  return Uint8Array.from([...bytes.subarray(0, at), ...piece, ...bytes.subarray(at + length)]);
}

const scan = createRecordScanner();

type Two = [string, string];

/** Records of one shape. */
const alike = (reason: string, tool: string, rule: string, n: number): JsonValue => ({
  ...{ v: 'spanforge.record.v1', id: '01M80DCQK1HE289S9NPZJCS8TZ', type: 't', mode: 'live' },
  ...{ tenant: 'acme', project: 'p', env: 'e', run: `r${n}`, trace_id: 'x', agent: 'a' },
  ...{ actor: 'b', source: 's', time: new Date(n * 1000).toISOString() },
  writer: { id: 'w', boot: 'b', n },
  body: {
    n: -n,
    reason,
    tool,
    rules: [{ rule_id: rule }, { rule_id: 'r' }],
    values: { a: 'd', b: tool },
  },
});

describe('a record that is scanned', () => {
  it('says what it says when it is parsed', () => {
    fc.assert(
      fc.property(record, (wire) => {
        const bytes = utf8(canonicalize(wire));
        const found = scan(bytes);
        if (found) expectAsParsed(bytes, found);
      }),
      { numRuns: 500 },
    );
  });

  it('is never taken where the parser refuses, nor told otherwise, whatever was changed', () => {
    fc.assert(
      fc.property(record, fc.array(change, { minLength: 1, maxLength: 3 }), (wire, changes) => {
        const whole = utf8(canonicalize(wire));
        // One that is alike was read before it.
        for (const bytes of [whole, changes.reduce(changed, whole)]) {
          const found = scan(bytes);
          if (found) expectAsParsed(bytes, found);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('is taken as writers write it', () => {
    const plain = {
      ...{ v: 'spanforge.record.v1', id: '01M80DCQK1HE289S9NPZJCS8TZ', type: 't', mode: 'live' },
      ...{ tenant: 'acme', project: 'p', env: 'e', run: 'r', trace_id: 'x', agent: 'a' },
      ...{ actor: 'b', source: 's', time: '2026-11-22T01:19:38.593Z' },
      writer: { id: 'w', boot: 'b', n: 7 },
    };
    const values = { args: 'abc', request: 'def' };
    const bodies: JsonValue[] = [
      {},
      { reason: 'größer "als" \u2028', numbers: [0, -1.5e-7, 1e21], deep: [[{ a: [] }], {}] },
      { values, tool: 'act', outcome: 'allow', rules: [{ rule_id: 'one' }], subjects: ['s'] },
    ];
    const beside = [{}, { span_id: 's', state_size: 12, append: { claim: 'c' } }];
    for (const one of bodies) {
      for (const more of beside) {
        const policy = { id: 'p', version: '1', digest: 'd' };
        const bytes = utf8(canonicalize({ ...plain, ...more, policy, body: one }));
        const found = scan(bytes);
        expect(found).toBeDefined();
        if (found) expectAsParsed(bytes, found);
      }
    }
    expect(scan(utf8(canonicalize({ ...plain, body: { values } })))?.commits('args', 'abc')).toBe(
      true,
    );
  });

  it('says what it says after others of its shape, wherever it stands in memory', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, name, name, fc.nat()), { minLength: 2 }), (all) => {
        const records = all.map(([reason, tool, rule, n]) =>
          utf8(canonicalize(alike(reason, tool, rule, n))),
        );
        const page = new Uint8Array(concatBytes(...records));
        let from = 0;
        for (const { length } of records) {
          const bytes = page.subarray(from, from + length);
          const found = scan(bytes);
          expect(found).toBeDefined();
          if (found) expectAsParsed(bytes, found);
          from += length;
        }
      }),
    );
  });

  it('is not taken for what the one before it was', () => {
    const good = '{"tool":1,"values":{"a":"d"},"x":"y","z":[1]}';
    const bad = [
      '{"tool":1","values":{"a":"d"},"x":"y","z":[1]}',
      '{"tool":1,"values":{"a":"d"},"x":"y","z":[01]}',
      '{"tool":1,"values":{"a":"d"},"x":"y","z":[]}}',
      '{"tool":1,"values":{"a":"d"},"x":"\ty","z":[1]}',
      '{"tool":1,"values":{"a":"\\q"},"x":"y","z":[1]}',
    ];
    const [front, back] = canonicalize(alike('', '', '', 0)).split(
      /(?<="body":).*(?=,"env")/,
    ) as Two;
    expect(scan(utf8(front + good + back))).toBeDefined();
    for (const body of bad) expect(scan(utf8(front + body + back))).toBeUndefined();
    // The last of a page, and cut.
    for (let cut = 1; cut < 40; cut += 1) {
      expect(scan(utf8((front + good + back).slice(0, -cut)))).toBeUndefined();
    }
  });

  it('commits to nothing in values that are nested, unsorted, or there twice', () => {
    const front = '{"actor":"b","agent":"a","body":{"values":';
    const back =
      '},"env":"e","id":"01M80DCQK1HE289S9NPZJCS8TZ","mode":"live","project":"p","run":"r","source":"s","tenant":"t","time":"2026-11-22T01:19:38.593Z","trace_id":"x","type":"t","v":"spanforge.record.v1","writer":{"boot":"b","id":"w","n":7}}';
    for (const values of [
      '{"z":{"a":"d"}}',
      '{"a":"d","a":"e"}',
      '{"b":"c","a":"d"}',
      '["a","d"]',
    ]) {
      const found = scan(utf8(front + values + back));
      expect(found).toBeDefined();
      expect(found?.commits('a', 'd')).toBe(false);
    }
    expect(scan(utf8(`${front}{"a":"d"},"values":{"a":"e"}${back}`))).toBeUndefined();
  });
});
