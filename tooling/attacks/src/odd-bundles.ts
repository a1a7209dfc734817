/** A bundle as somebody might write it, and what has to become of it. */
export interface OddBundle {
  readonly what: string;
  readonly text: string;
  /** Line, column and code of the first problem, for a bundle that must not load. */
  readonly problem?: string;
  /** Requests about `pay`, each with the outcome it must have. */
  readonly asked?: readonly (readonly [
    outcome: string,
    request: Readonly<Record<string, unknown>>,
  ])[];
}

const HEAD = `policy_id: p
version: "1"
environment: prod
owner: o
effective_at: "2026-01-01T00:00:00Z"
`;
const TOOLS = `tools:
  pay:
    effect: write
    schema:
      type: object
      properties:
        amount: { type: number }
        to: { type: string }
        tags: { type: array, items: { type: string } }
`;
const COUNTED = `facts:
  paid: { count: calls, tools: [pay], per: [actor], window: 24h }
`;
const rule = (more: string, action = 'block', id = 'r'): string =>
  `  - { rule_id: ${id}, service: sf_govern, control: tool_call, action: ${action}${more === '' ? '' : `, ${more}`} }\n`;
const by = (more: string, action?: string, head = ''): string =>
  `${HEAD}${head}${TOOLS}rules:\n${rule(more, action)}`;
const grounded = (more: string): string =>
  `${HEAD}rules:\n  - { rule_id: r, service: sf_rag, control: grounding_threshold, action: block, ${more} }\n`;
/** Blocked unless the only rule grants it. */
const granted = (more: string, head = ''): string => by(more, 'allow', `default: block\n${head}`);

const args = (given: unknown): Readonly<Record<string, unknown>> => ({ args: given });
const actor = (roles: unknown): Readonly<Record<string, unknown>> => ({
  actor: { id: 'u', roles },
});

const WRITTEN: readonly (readonly [string, string, string])[] = [
  ['a tab as indentation', `${HEAD}rules:\n\t- x`, '7:1 POLICY_SYNTAX'],
  ['a second document', `${by('')}---\n${by('')}`, '17:1 POLICY_SYNTAX'],
  ['a directive', `%YAML 1.1\n---\n${by('')}`, '1:1 POLICY_SYNTAX'],
  ['nothing', '', '1:1 POLICY_SYNTAX'],
  ['an action twice', by('action: allow'), '16:74 POLICY_DUPLICATE_KEY'],
  ['an action twice, once escaped', by('"\\u0061ction": allow'), '16:74 POLICY_DUPLICATE_KEY'],
  ['a rule id twice', `${by('')}${rule('', 'allow')}`, '17:16 POLICY_DUPLICATE_RULE'],
  ['two rule lists', `${by('')}rules: []\n`, '17:1 POLICY_DUPLICATE_KEY'],
  [
    'a tool twice',
    `${HEAD}tools:\n  pay: { effect: write }\n  pay: { effect: read }\nrules:\n${rule('')}`,
    '8:3 POLICY_DUPLICATE_KEY',
  ],
  ['an action of another alphabet', by('', 'ｂlock'), '16:67 POLICY_VALUE'],
  ['an action in capitals', by('', 'BLOCK'), '16:67 POLICY_VALUE'],
  ['a no that is a word', by('', 'no'), '16:67 POLICY_VALUE'],
  ['enabled: no', by('enabled: no'), '16:83 POLICY_TYPE'],
  [
    'a name with a zero-width space',
    `${HEAD}rules:\n${rule('', 'block', '"r\\u200b"')}`,
    '7:16 POLICY_VALUE',
  ],
  [
    'a name that runs from right to left',
    `${HEAD}rules:\n${rule('', 'block', '"r\\u202ek"')}`,
    '7:16 POLICY_VALUE',
  ],
  ['a name with a NUL', `${HEAD}rules:\n${rule('', 'block', '"r\\0"')}`, '7:16 POLICY_VALUE'],
  ['half of a character', by('rationale: "\\ud800"'), '16:85 POLICY_SYNTAX'],
  [
    'metadata 3,000 maps deep',
    by('', 'block', `metadata: ${'{a: '.repeat(3000)}1${'}'.repeat(3000)}\n`),
    '6:267 POLICY_SYNTAX',
  ],
  ['a text of 300 KiB', by(`rationale: ${'x'.repeat(300_000)}`), '1:1 POLICY_TOO_LARGE'],
  ['no rules', `${HEAD}rules: []\n`, '6:8 POLICY_VALUE'],
  ['an environment for everything', by('').replace('prod', '"*"'), '3:14 POLICY_VALUE'],
  ['a declared prefix', by('').replace('  pay:', '  "pay*":'), '7:3 POLICY_VALUE'],
  ['30 February', by('').replace('2026-01-01', '2026-02-30'), '5:15 POLICY_VALUE'],
  [
    'a leap second',
    by('').replace('2026-01-01T00:00:00Z', '2016-12-31T23:59:60Z'),
    '5:15 POLICY_VALUE',
  ],
  ['a version that is a number', by('').replace('"1"', '1.10'), '2:10 POLICY_TYPE'],
  ['a zone on Mars', by('', 'block', 'zone: Mars/Base\n'), '6:7 POLICY_VALUE'],
  ['a threshold that is no number', grounded('threshold: .nan'), '7:92 POLICY_SYNTAX'],
  ['a threshold out of range', grounded('threshold: 1.0000000001'), '7:92 POLICY_VALUE'],
  ['a comparator for nothing', grounded('metadata: { comparator: gt }'), '7:105 POLICY_VALUE'],
  ['a number above 2^53', by('when: args.amount > 9007199254740993'), '16:94 POLICY_CONDITION'],
  ['a number above all doubles', by('when: args.amount > 1e309'), '16:94 POLICY_CONDITION'],
  ['a regular expression', by(`when: 'args.to.matches("(a+)+$")'`), '16:81 POLICY_CONDITION'],
  ['one of two equals signs', by('when: args.amount = 5.0'), '16:92 POLICY_CONDITION'],
  ['a remainder by zero', by('when: args.amount % 0 == 1'), '16:80 POLICY_CONDITION'],
  [
    'a misspelt argument',
    by('target: { tools: [pay] }, when: args.amuont > 5.0'),
    '16:111 POLICY_CONDITION',
  ],
  [
    'a text compared with a number',
    by('target: { tools: [pay] }, when: args.to > 5.0'),
    '16:106 POLICY_CONDITION',
  ],
  ['a condition that is a number', by('when: 1'), '16:80 POLICY_TYPE'],
  ['a call into the process', by('when: process.exit()'), '16:80 POLICY_CONDITION'],
  ['an asterisk inside a name', by('target: { tools: ["p*y"] }'), '16:92 POLICY_VALUE'],
  ['a misspelt target', by('target: { tool: [pay] }'), '16:84 POLICY_UNKNOWN_KEY'],
  [
    'two asterisks in a path',
    by('target: { tools: [pay] }, redact: [{ path: "args.**" }]', 'redact'),
    '16:118 POLICY_VALUE',
  ],
  [
    'an index in brackets',
    by('target: { tools: [pay] }, redact: [{ path: "args.tags[0]" }]', 'redact'),
    '16:118 POLICY_VALUE',
  ],
  [
    'a path into the prototype',
    by('target: { tools: [pay] }, redact: [{ path: args.__proto__ }]', 'redact'),
    '16:118 POLICY_VALUE',
  ],
  [
    'a list without its asterisk',
    by('target: { tools: [pay] }, redact: [{ path: args.tags.x }]', 'redact'),
    '16:118 POLICY_VALUE',
  ],
  ['an allow that redacts', by('redact: [{ path: args.to }]', 'allow'), '16:82 POLICY_VALUE'],
  ['a window of nothing', by('', 'block', COUNTED.replace('24h', '0s')), '7:61 POLICY_VALUE'],
  [
    'a sum of texts',
    by('', 'block', COUNTED.replace('count: calls', 'sum: args.to')),
    '7:16 POLICY_FACT',
  ],
  [
    'a count of a misspelt tool',
    by('', 'block', COUNTED.replace('[pay]', '[pya]')),
    '7:32 POLICY_FACT',
  ],
  ['shadow for ever', by('stage: { mode: shadow }'), '16:81 POLICY_VALUE'],
];

const ASKED: readonly (readonly [string, string, NonNullable<OddBundle['asked']>])[] = [
  ['a byte order mark', `\ufeff${by('')}`, [['block', {}]]],
  [
    'an action by alias',
    `${HEAD}rules:\n${rule('', '&a block')}${rule('', '*a', 'r2')}`,
    [['block', {}]],
  ],
  [
    'a number that other YAML reads as octal',
    by('threshold: 010'),
    [
      ['block', { observed: 9 }],
      ['allow', { observed: 10 }],
    ],
  ],
  [
    'a division by zero',
    by('when: args.amount / 0.0 > 1.0'),
    [
      ['block', args({ amount: 1 })],
      ['block', args({ amount: -1 })],
    ],
  ],
  [
    'minus zero',
    by('when: args.amount == -0.0'),
    [
      ['block', args({ amount: 0 })],
      ['allow', args({ amount: 1 })],
    ],
  ],
  [
    'an amount of any kind',
    granted('target: { tools: [pay] }, when: args.amount < 5.0'),
    [
      ['allow', args({ amount: 1 })],
      ...[Number.NaN, Number.NEGATIVE_INFINITY, '1', [1], true, null, 1n, Object(1), undefined].map(
        (amount) => ['block', args({ amount })] as const,
      ),
      ...[undefined, null, 'x', [1], Object.create({ amount: 1 })].map(
        (given) => ['block', args(given)] as const,
      ),
    ],
  ],
  [
    'tags that must all be known',
    granted(`target: { tools: [pay] }, when: 'args.tags.all(t, t == "ok")'`),
    [
      ['allow', args({ tags: ['ok'] })],
      ['allow', args({ tags: [] })],
      ...['', {}, { length: 0 }, new Array(3), ['ok', 1], ['ok', 'x'], undefined].map(
        (tags) => ['block', args({ tags })] as const,
      ),
    ],
  ],
  [
    'a role',
    granted('target: { roles: [clerk] }'),
    [
      ['allow', actor(['clerk'])],
      ...[
        'clerk',
        ['CLERK'],
        ['clerk\u200b'],
        [{ name: 'clerk' }],
        { 0: 'clerk', length: 1 },
        new Set(['clerk']),
        undefined,
      ].map((roles) => ['block', actor(roles)] as const),
      ['block', { actor: null }],
    ],
  ],
  [
    'an agent',
    granted('target: { agents: ["a*"] }'),
    [
      ['allow', { agent: { id: 'a1' } }],
      ...[{ id: ['a'] }, 'a', {}, null, { id: { toString: () => 'a' } }].map(
        (agent) => ['block', { agent }] as const,
      ),
    ],
  ],
  [
    'a label that is absent',
    granted(`when: '!("untrusted:context" in labels)'`),
    [
      ['allow', { labels: [] }],
      ['block', { labels: ['untrusted:context'] }],
      ...['untrusted:context', undefined, null, {}, [['untrusted:context']]].map(
        (labels) => ['block', { labels }] as const,
      ),
    ],
  ],
  [
    'an hour',
    granted('when: time.hour >= 9 && time.hour < 17'),
    [
      ['allow', { time: Date.parse('2026-01-01T10:00:00Z') }],
      ['block', { time: Date.parse('2026-01-01T18:00:00Z') }],
      ...[
        '2026-01-01T10:00:00Z',
        new Date('2026-01-01T10:00:00Z'),
        Number.NaN,
        1e18,
        undefined,
      ].map((time) => ['block', { time }] as const),
    ],
  ],
  [
    'a counter',
    granted('when: facts.paid < 3', COUNTED),
    [
      ['allow', { facts: { paid: 2 } }],
      ['block', {}],
      ...[{ paid: '2' }, { paid: Number.NaN }, { paid: null }, Object.create({ paid: 2 }), [2]].map(
        (facts) => ['block', { facts }] as const,
      ),
    ],
  ],
  [
    'an action of the request',
    granted('when: request.action == "read"'),
    [
      ['allow', { action: 'read' }],
      ...['READ', ['read'], undefined, null].map((action) => ['block', { action }] as const),
    ],
  ],
  [
    'an allow that errs',
    granted('when: args.amount > 5.0, on_error: allow'),
    [
      ['block', {}],
      ['allow', args({ amount: 9 })],
    ],
  ],
  [
    'a shadow that is over, by a time of any kind',
    by('stage: { mode: shadow, until: "2030-01-01T00:00:00Z" }'),
    [
      ['allow', { time: 5 }],
      ...['5', new Date(5), Number.NaN, undefined].map((time) => ['block', { time }] as const),
    ],
  ],
];

export const ODD_BUNDLES: readonly OddBundle[] = [
  ...WRITTEN.map(([what, text, problem]) => ({ what, text, problem })),
  ...ASKED.map(([what, text, asked]) => ({ what, text, asked })),
];
