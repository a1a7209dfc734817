import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect } from './detect.js';
import { mask, redact } from './finding.js';
import { documentedSamples, furtherSamples } from './samples.fixture.js';
import { ALWAYS_BLOCKING_TYPES, SECRET_TYPES } from './types.js';

const documented = Object.entries(documentedSamples);

it('has a sample of each documented type', () => {
  expect(documented.map(([type]) => type)).toEqual(SECRET_TYPES.slice(0, 20));
});

describe.each([...documented, ...Object.entries(furtherSamples)])(
  '%s',
  (type, [before, sample]) => {
    const surrounding = fc.constantFrom(
      ['', ''],
      ['see ', ' there'],
      ['x = "', '"'],
      ['\u{1F600}\n', '\n'],
    );

    it('is found where it stands, whole, and masked', () => {
      fc.assert(
        fc.property(sample, surrounding, (secret, [left, right]) => {
          const text = `${left}${before}${secret}${right}`;
          const start = text.indexOf(secret);
          const [finding, ...more] = detect(text, { threshold: 0.75 });
          expect(more).toEqual([]);
          expect(finding).toMatchObject({ type, family: 'secret', masked: `[redacted:${type}]` });
          expect([finding?.start, finding?.end]).toEqual([start, start + secret.length]);
          expect(redact(text, [finding!])).toBe(`${left}${before}[redacted:${type}]${right}`);
        }),
        { numRuns: 40 },
      );
    });

    it('ignores the threshold exactly when it always blocks', () => {
      const always = (ALWAYS_BLOCKING_TYPES as readonly string[]).includes(type);
      fc.assert(
        fc.property(sample, (secret) => {
          const found = detect(`${before}${secret}`, { threshold: 1 });
          expect(found.map((one) => [one.type, one.alwaysBlocking])).toEqual(
            always ? [[type, true]] : [],
          );
        }),
        { numRuns: 20 },
      );
    });
  },
);

describe('the confidence of a secret', () => {
  const confidence = (text: string) => detect(text, { threshold: 0 })[0]?.confidence;
  const varied = '9aB3xK7mQ2wE8rT5yU1i';

  it('is 0.75 for the pattern alone: no typed prefix and too short, or too plain', () => {
    expect(confidence(`vault s.${varied}${varied.slice(0, 4)}`)).toBe(0.75);
    expect(confidence(`gh${'p_'}${'abcdef12'.repeat(5)}`)).toBe(0.75);
    expect(confidence(`key = ${varied}`)).toBe(0.75);
  });

  it('is 0.90 with 3.5 bits over 32 characters', () => {
    expect(confidence(`see gh${'p_'}${varied}${varied.slice(4)}`)).toBe(0.9);
  });

  it('is 0.90 with evidence of another kind: a typed prefix, or the name of the variable', () => {
    expect(confidence(`see gl${'pat-'}${varied}`)).toBe(0.9);
    expect(confidence(`acme_api_key = ${varied}`)).toBe(0.9);
    expect(confidence(`the ${varied}`)).toBe(undefined);
  });

  it('counts a name once, and a word beside a typed prefix', () => {
    expect(confidence(`acme_api_key = ${varied}`)).toBe(0.9);
    expect(confidence(`token: gl${'pat-'}${varied}`)).toBe(0.97);
  });

  it('is 0.97 with a context word as well', () => {
    expect(confidence(`token gh${'p_'}${varied}${varied.slice(4)}`)).toBe(0.97);
  });
});

const pieces = fc.constantFrom(
  'name@example.org',
  '4111 1111 1111 1111',
  'GB82 WEST 1234 5698 7654 32',
  '+49 30 901820',
  'ip 192.0.2.7',
  '2001:db8::17',
  'born 1980-02-03',
  'postgres:',
  '//a:b@c/d',
  'AK',
  'IA',
  'eyJ',
  ...'-@.:= "\n1a\u{1F600}é\ud800',
  'token=',
  '-----BEGIN PRIVATE KEY-----',
  'Bearer ',
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(pieces, { maxLength: 40 }).map((all) => all.join('')),
);

it('gives sorted findings without overlaps, inside the text, for any text', () => {
  fc.assert(
    fc.property(anyText, fc.double({ min: 0, max: 1, noNaN: true }), (text, threshold) => {
      let end = 0;
      for (const finding of detect(text, { threshold })) {
        expect(finding.start).toBeGreaterThanOrEqual(end);
        expect(finding.end).toBeGreaterThan(finding.start);
        expect(finding.alwaysBlocking || finding.confidence >= threshold).toBe(true);
        end = finding.end;
      }
      expect(end).toBeLessThanOrEqual(text.length);
    }),
    { numRuns: 500 },
  );
});

it('never shows in a mask what it masks, and leaves the rest as it was', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const findings = detect(text, { threshold: 0 });
      const found = findings.map(({ start, end }) => text.slice(start, end));
      findings.forEach((finding, index) => {
        expect(finding.masked).toBe(mask(finding));
        expect(finding.masked).not.toContain(found[index]);
      });
      let back = redact(text, findings);
      findings.forEach((finding, index) => {
        back = back.replace(finding.masked, () => found[index] ?? '');
      });
      expect(back).toBe(text);
    }),
    { numRuns: 500 },
  );
});

it('finds the same whatever else is asked for', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(detect(text, { types: SECRET_TYPES }).every(({ family }) => family === 'secret')).toBe(
        true,
      );
      expect(detect(text, { types: [] })).toEqual([]);
    }),
  );
});

it('refuses what it cannot search', () => {
  const refused = (run: () => unknown, code: string) =>
    expect(run).toThrow(expect.objectContaining({ code }));
  refused(() => detect(undefined as unknown as string), 'DETECT_NOT_TEXT');
  refused(() => detect('', { types: ['mail' as 'email'] }), 'DETECT_OPTION');
  refused(() => detect('', { types: 'email' as never }), 'DETECT_OPTION');
  refused(() => detect('', { threshold: Number.NaN }), 'DETECT_OPTION');
  refused(() => detect('', { threshold: 85 }), 'DETECT_OPTION');
  refused(() => detect('', { region: 'Germany' }), 'DETECT_OPTION');
});
