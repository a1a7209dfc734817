import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCef } from './cef.js';
import { filledLog } from './test-log.js';

/** Reads a CEF line as a receiver does: seven pipes, then `key=value` with escapes. */
function parseCef(line: string) {
  const parts = /^CEF:0\|((?:(?:[^|\\]|\\.)*\|){5})(\d+)\|(.*)$/s.exec(line);
  if (parts === null) throw new Error(`no CEF: ${line}`);
  const header = (parts[1] ?? '').match(/(?:[^|\\]|\\.)*(?=\|)/g) ?? [];
  const fields: Record<string, string> = {};
  const pairs = (parts[3] ?? '').matchAll(
    /(?:^| )([A-Za-z0-9]+)=((?:\\.|[^=\\])*?)(?=$| [A-Za-z0-9]+=)/gs,
  );
  for (const [, key = '', value = ''] of pairs) fields[key] = value;
  return { header, severity: Number(parts[2]), fields };
}

const decoded = (value: string | undefined) =>
  value?.replace(/\\(.)/gs, (_, character) => (character === 'n' ? '\n' : character));

async function exported() {
  const log = await filledLog();
  const { records } = await log.query({ cursor: 1, limit: 10 });
  return records.map((record) => ({ record, values: [] }));
}

describe('CEF', () => {
  it('says what was decided, and text of an agent stays inside its field', async () => {
    const [decision] = await exported();
    if (decision === undefined) throw new Error('no record');
    const line = toCef(decision);
    expect(line.split('\n')).toHaveLength(1);
    const { header, severity, fields } = parseCef(line);
    expect(header.filter(Boolean)).toEqual([
      'SpanForge',
      'spanforge',
      '1',
      'spanforge.policy.decision.v1',
      'policy.decision',
    ]);
    expect(severity).toBe(5);
    expect(decoded(fields.msg)).toBe('More than 200 needs a person | a=b\nCEF:0|fake');
    expect(fields).toMatchObject({ act: 'held', suser: 'user-7', cs3: 'pay', cs2: 'acme' });
  });

  it('any reason comes back as it was, in one line', async () => {
    const [decision] = await exported();
    if (decision === undefined) throw new Error('no record');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (reason) => {
        const { record } = decision;
        const line = toCef({ record: { ...record, body: { ...record.body, reason } }, values: [] });
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there.
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect(parseCef(line).fields.cs2).toBe('acme');
      }),
      { numRuns: 60 },
    );
  });
});
