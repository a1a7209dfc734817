import { canonicalize, generateSigningKey, toVerificationKey } from '@spanforge/core-signing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatasetFormat } from './records.js';
import { type ComplianceOptions, scanDataset, scanDatasetCompliance } from './scan.js';
import { signReport, verifyReport } from './seal-report.js';
import { countTokens } from './tokens.js';

async function* chunked(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const dataset = (text: string, format: DatasetFormat = 'jsonl', size?: number) => ({
  ...{ name: 'd', format, chunks: chunked(text, size), sha256: () => 'ab'.repeat(32) },
});
const lines = (records: readonly unknown[]) => records.map((one) => JSON.stringify(one)).join('\n');
const judge = async (text: string, format?: DatasetFormat, options?: ComplianceOptions) => {
  const { clauses } = await scanDatasetCompliance(dataset(text, format), options);
  return Object.fromEntries(clauses.map(({ clause, status }) => [clause, status]));
};
const many = (count: number, one: (at: number) => unknown) =>
  lines(Array.from({ length: count }, (_, at) => one(at)));
const words = 'one two three four five six seven eight nine ten '.repeat(20);

describe('reading', () => {
  const record = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,6}$/),
    fc.oneof(fc.string(), fc.integer()),
    {
      minKeys: 1,
    },
  );
  const records = fc.array(record, { maxLength: 12 });
  const size = fc.integer({ min: 1, max: 40 });
  const wellFormed = (text: string) => text.isWellFormed() && !/\p{Cc}/u.test(text);

  it('counts every record, wherever the chunks are cut', async () => {
    await fc.assert(
      fc.asyncProperty(records, size, async (all, cut) => {
        for (const [format, text] of [
          ['jsonl', lines(all)],
          ['json', JSON.stringify(all)],
          ['json', ` [ ${all.map((one) => JSON.stringify(one, null, 2)).join(' ,\n')} ] `],
        ] as const) {
          const scan = await scanDataset(dataset(text, format, cut));
          expect([scan.records, scan.structured, scan.unreadable]).toEqual([
            ...[all.length, all.length],
            0,
          ]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('reads CSV with quotes, line ends and commas in fields', async () => {
    const cell = fc.string().filter(wellFormed);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1 }),
        size,
        async (rows, cut) => {
          const quote = (text: string) => `"${text.replaceAll('"', '""')}\n,"`;
          const text = ['a,b', ...rows.map((row) => row.map(quote).join(','))].join('\r\n');
          const scan = await scanDataset(dataset(text, 'csv', cut));
          expect([scan.records, scan.unreadable]).toEqual([rows.length, 0]);
        },
      ),
      { numRuns: 60 },
    );
    const scan = await scanDataset(dataset('email,x\na@example.org,1\n\n1,2,3\n', 'csv'));
    expect(scan).toMatchObject({
      records: 2,
      unreadable: 1,
      findings: [{ type: 'email', count: 1 }],
    });
  });

  it.each([
    ['a,b\n1,2\n3,"4\n5,6\n7,8\n', 'quote_not_closed', 3],
    ['a,b\n"x\ny",2\n3,"4', 'quote_not_closed', 4],
    ['a,b\n1,2\n3,"4"5\n6,7\n', 'quote_misplaced', 3],
    ['"a,b\n1,2', 'quote_not_closed', 1],
  ])('refuses %j: its rows cannot be counted', async (text, reason, line) => {
    for (const size of [1, 7, 4096]) {
      await expect(scanDataset(dataset(text, 'csv', size))).rejects.toMatchObject({
        ...{ code: 'VALIDATE_INPUT_UNREADABLE', details: { reason, line } },
      });
    }
  });

  it('R-09: counts cells of CSV that a spreadsheet would compute', async () => {
    const cells = ['=1+1', '+SUM(A1)', '@x', '"\t=2"', '-cmd|x', '-5', '+3.5', 'a=b', '"=1,2"'];
    const scan = await scanDataset(
      dataset(['v,w', ...cells.map((one) => `${one},x`)].join('\n'), 'csv'),
    );
    expect(scan.formulaCells).toBe(6);
    const report = await scanDatasetCompliance(dataset('v\n=1+1\n', 'csv'));
    expect(report.dataset.formulaCells).toBe(1);
  });

  it.each([
    ['[{"a":1},', 'json', [2, 1]],
    ['[{"a":1}] more', 'json', [2, 1]],
    ['[1,,2]', 'json', [3, 1]],
    ['[]', 'json', [0, 0]],
    ['', 'json', [0, 0]],
    ['{"a":1}', 'json', [1, 0]],
    ['{"head":1,"data":[{"a":1},{"a":2}]}', 'json', [3, 0]],
    ['{"a":1}\nnot json a@example.org\n\n', 'jsonl', [2, 1]],
    ['one\ntwo\nthree', 'text', [3, 0]],
  ] as const)('%j as %s has %j records and unreadable ones', async (text, format, expected) => {
    const scan = await scanDataset(dataset(text, format));
    expect([scan.records, scan.unreadable]).toEqual(expected);
  });

  it('finds in a text what stands on a border of blocks, once', async () => {
    for (const before of [65_520, 61_430, 65_536 - 14, 70_000]) {
      const text = `${'x '.repeat(before / 2)}a.b@example.org ${'y '.repeat(50_000)}`;
      const { findings } = await scanDataset(dataset(text, 'text', 9001));
      expect(findings).toMatchObject([{ type: 'email', count: 1 }]);
    }
  });

  it('refuses binary data and records without end', async () => {
    const invalid = [Uint8Array.of(0xff, 0xfe), Uint8Array.of(0x61, 0, 0x62), Uint8Array.of(0xc3)];
    for (const bytes of invalid) {
      const chunks = (async function* () {
        yield bytes;
      })();
      await expect(scanDataset({ name: 'd', format: 'text', chunks })).rejects.toMatchObject({
        code: 'VALIDATE_INPUT_BINARY',
      });
    }
    for (const format of ['jsonl', 'json', 'csv'] as const) {
      const start = format === 'json' ? '[' : '';
      const endless = (async function* () {
        yield new TextEncoder().encode(`${start}"`);
        const chunk = new TextEncoder().encode('a'.repeat(1 << 20));
        for (let at = 0; at < 64; at += 1) yield chunk;
        throw new Error('read to the end');
      })();
      const reading = scanDataset({ name: 'd', format, chunks: endless });
      await expect(reading).rejects.toMatchObject({ code: 'VALIDATE_INPUT_TOO_LARGE' });
    }
  });

  it('searches what nests too deep as text', async () => {
    const deep = `${'{"a":'.repeat(300)}"a@example.org"${'}'.repeat(300)}`;
    expect(await scanDataset(dataset(deep, 'jsonl', 100))).toMatchObject({
      ...{ records: 1, unreadable: 1, findings: [{ type: 'email' }] },
    });
  });

  it('counts words', () => {
    expect(countTokens('Two words, 3 signs: - née 漢字 x_1')).toBe(8);
  });
});

describe('the clauses', () => {
  it.each(['jsonl', 'json', 'csv', 'text'] as const)(
    'are not assessed on empty %s',
    async (format) => {
      for (const text of ['', format === 'json' ? '[]' : '\n']) {
        if (format === 'text' && text !== '') continue;
        expect(new Set(Object.values(await judge(text, format)))).toEqual(
          new Set(['not_assessed']),
        );
      }
    },
  );

  it.each([
    [true, 'passed'],
    ['yes', 'passed'],
    ['2026-01-02', 'passed'],
    [{ given: true }, 'passed'],
    [false, 'failed'],
    ['false', 'failed'],
    [null, 'failed'],
    ['pending', 'failed'],
    [{ given: false, status: 'yes' }, 'failed'],
    [{}, 'failed'],
    [0, 'failed'],
  ])('a consent of %j is %s', async (consent, status) => {
    expect(await judge(many(5, () => ({ consent })))).toMatchObject({ consent: status });
  });

  it('consent that was withdrawn is none, and one that is missing neither', async () => {
    const withdrawn = many(5, () => ({ consent: true, consent_withdrawn: true }));
    expect(await judge(withdrawn)).toMatchObject({ consent: 'failed' });
    const share = (given: number) => many(10, (at) => (at < given ? { meta: { optIn: 1 } } : {}));
    expect(await judge(share(8))).toMatchObject({ consent: 'passed' });
    expect(await judge(share(7))).toMatchObject({ consent: 'failed' });
  });

  it('records without origin count, unreadable ones too', async () => {
    const share = (known: number) =>
      many(10, (at) => ({ dataSource: at < known ? 'crm' : 'unknown' }));
    expect(await judge(share(8))).toMatchObject({ provenance: 'passed' });
    expect(await judge(share(7))).toMatchObject({ provenance: 'failed' });
    expect(await judge(`${share(8)}\nnot json\n`)).toMatchObject({ provenance: 'failed' });
    expect(await judge(words, 'text')).toMatchObject({ consent: 'not_assessed' });
  });

  it('personal data may stand less than once in 1,000 words', async () => {
    const text = (count: number) =>
      many(count, (at) => ({ text: at === 0 ? 'a@example.org' : words }));
    // The address is three words, each other record two hundred.
    const finders = [{ kinds: ['person_name', 'postal_address'], find: () => [] }];
    expect(await judge(text(6), 'jsonl', { finders })).toMatchObject({ pii_density: 'passed' });
    expect(await judge(text(5), 'jsonl', { finders })).toMatchObject({ pii_density: 'failed' });
  });

  it('nobody who did not look for names and addresses passes on personal data', async () => {
    const sentences = 'Maria Keller lives in Bern, Hauptgasse 3.\n'.repeat(658);
    const report = await scanDatasetCompliance(dataset(sentences, 'text', 4096));
    expect(report.status).not.toBe('passed');
    const density = report.clauses.find(({ clause }) => clause === 'pii_density');
    expect(density).toMatchObject({
      status: 'not_assessed',
      detail: expect.stringContaining('person_name, postal_address'),
    });
    expect(report.searched?.text).toContain('email');
    expect(report.searched?.text).not.toContain('person_name');
    expect(report.searched?.fieldNames).toEqual(['national_id', 'person_name', 'postal_address']);
    // What was found is enough to fail all the same.
    expect(await judge('a@example.org b@example.org', 'text')).toMatchObject({
      pii_density: 'failed',
    });
  });

  it('hears a finder of the host, on a border of blocks once', async () => {
    const find = (text: string) =>
      [...text.matchAll(/Maria/g)].map(({ index }) => ({
        ...{ kind: 'person_name', start: index, end: index + 5, confidence: 0.9 },
      }));
    const finders = [{ kinds: ['person_name', 'postal_address'], find }];
    for (const before of [0, 65_530, 61_438]) {
      const text = `${'x'.repeat(before)} Maria ${'y '.repeat(40_000)}`;
      const { findings, searched } = await scanDataset(dataset(text, 'text', 9001), { finders });
      expect(findings).toMatchObject([{ family: 'pii', type: 'person_name', count: 1 }]);
      expect(searched.text).toContain('postal_address');
    }
    const { findings } = await scanDataset(dataset('{"a":["Maria",{"b":"Maria"}]}'), { finders });
    expect(findings).toMatchObject([{ type: 'person_name', count: 2 }]);
    const only = await scanDataset(dataset('{}'), { types: ['email'] });
    expect(only.searched).toEqual({ text: ['email'], fieldNames: [] });
  });

  it('groups that are labelled unlike are a signal', async () => {
    const groups = (rate: number, size = 100) =>
      many(2 * size, (at) => ({
        gender: at % 2 === 0 ? 'a' : 'b',
        approved: at % 2 === 0 ? at < size : at < 2 * size * rate,
      }));
    expect(await judge(groups(0.5))).toMatchObject({ bias_signal: 'passed' });
    expect(await judge(groups(0.3))).toMatchObject({ bias_signal: 'failed' });
    expect(await judge(groups(0.3, 20))).toMatchObject({ bias_signal: 'not_assessed' });
    expect(await judge(many(100, () => ({ gender: 'a', approved: 1 })))).toMatchObject({
      bias_signal: 'not_assessed',
    });
  });

  it('design choices are what was stated', async () => {
    const status = async (design?: { purpose: string; assumptions: string }) => {
      const options = design === undefined ? {} : { design };
      const { clauses } = await scanDatasetCompliance(dataset('{"a":1}'), options);
      return clauses[0]?.status;
    };
    expect(await status()).toBe('not_assessed');
    expect(await status({ purpose: 'p', assumptions: '' })).toBe('failed');
    expect(await status({ purpose: 'p', assumptions: 'a' })).toBe('passed');
  });
});

describe('a signed report', async () => {
  const signing = [
    await generateSigningKey({ alg: 'Ed25519', role: 'package' }),
    await generateSigningKey({ alg: 'ES256', role: 'package' }),
  ];
  const keys = signing.map(toVerificationKey);
  const hostile = `a<img src=x onerror=alert(1)>|\u202e\`\`\`json\n[x](javascript:y)</pre>`;
  const source = { ...dataset(lines([{ email: 'a@example.org' }])), name: hostile };
  const report = await scanDatasetCompliance(source, {
    design: { purpose: '</script><script>alert(1)</script>', assumptions: '"&\'' },
  });

  it.each(['json', 'markdown', 'html'] as const)('verifies as %s', async (format) => {
    const text = await signReport(report, { keys: signing, format });
    expect(await signReport(report, { keys: signing.slice(0, 1), format })).not.toBe(text);
    expect(await verifyReport(text, { keys })).toEqual({
      ...{ ok: true, report, format, signers: keys.map(({ kid }) => kid) },
    });
  });

  it.each(['json', 'markdown', 'html'] as const)(
    'with one changed byte does not, as %s',
    async (format) => {
      const text = await signReport(report, { keys: signing, format });
      const step = process.env.SPANFORGE_LONG === undefined ? 41 : 1;
      for (let at = 0; at < text.length; at += step) {
        const other = text[at] === 'A' ? 'B' : 'A';
        const changed = text.slice(0, at) + other + text.slice(at + 1);
        const { ok } = await verifyReport(changed, { keys });
        if (ok) expect.fail(`not noticed at ${at}: ${text.slice(at - 20, at + 20)}`);
      }
      for (const changed of [`${text} `, ` ${text}`, text.slice(0, -1), '', text + text]) {
        expect((await verifyReport(changed, { keys })).ok).toBe(false);
      }
    },
  );

  it.each(['removed', 'repeated', 'renamed'])(
    'with one of two signatures %s does not verify',
    async (how) => {
      const { envelope, report: wire } = JSON.parse(await signReport(report, { keys: signing }));
      const [one, other] = envelope.signatures;
      const ways = {
        removed: [[one], [other]],
        repeated: [
          [one, one],
          [other, other],
        ],
        renamed: [[one, { ...other, keyid: 'A'.repeat(43) }]],
      }[how];
      for (const signatures of ways ?? []) {
        const spoilt = { envelope: { ...envelope, signatures }, report: wire };
        const text = `${canonicalize(spoilt)}\n`;
        expect(await verifyReport(text, { keys })).toMatchObject({ ok: false, reason: 'invalid' });
      }
    },
  );

  it('is trusted for the keys of the verifier alone', async () => {
    const text = await signReport(report, { keys: signing });
    const other = toVerificationKey(await generateSigningKey({ alg: 'Ed25519', role: 'package' }));
    expect(await verifyReport(text, { keys: [other] })).toMatchObject({ reason: 'untrusted' });
    expect(await verifyReport(text, { keys: [] })).toMatchObject({ reason: 'untrusted' });
    expect(await verifyReport(text, { keys: keys.slice(1) })).toMatchObject({ ok: true });
  });

  it('holds nothing that runs or reaches out', async () => {
    const html = await signReport(report, { keys: signing, format: 'html' });
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'`);
    expect(html).not.toMatch(/<img|<script|<a |https?:\/\/(?!in-toto)|\u202e/);
    const markdown = await signReport(report, { keys: signing, format: 'markdown' });
    expect(markdown).not.toMatch(/<img|<script|\]\(|\u202e/);
    expect(markdown.match(/```/g)).toHaveLength(2);
  });

  it('needs the digest of the data set', async () => {
    const { sha256: _, ...rest } = dataset('{"a":1}');
    const without = await scanDatasetCompliance(rest);
    await expect(signReport(without, { keys: signing })).rejects.toMatchObject({
      code: 'VALIDATE_REPORT_INVALID',
    });
  });
});
