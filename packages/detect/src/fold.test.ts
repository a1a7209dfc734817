import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect, detectFields, redact } from './index.js';

const PLAIN: readonly (readonly [string, string])[] = [
  ['payment_card', '4111 1111 1111 1111'],
  ['payment_card', '4111-1111-1111-1111'],
  ['iban', 'DE89 3704 0044 0532 0130 00'],
  ['iban', 'DE89-3704-0044-0532-0130-00'],
  ['us_ssn', '536-90-4399'],
  ['email', 'ana@example.org'],
  ['phone', '+49 30 901820'],
  ['ip_address', '192.0.2.44'],
  ['aws_access_key', 'AKIAQ4J7XK2MZ3PL5N6T'],
];
const SPACES = '\u00a0\u1680\u2000\u2007\u2009\u200a\u202f\u205f\u3000';
const DASHES = '\u2010\u2011\u2012\u2013\u2014\u2015\u2212';
const wide = (text: string): string =>
  text.replace(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0));
const digits = (text: string, zero: number): string =>
  text.replace(/\d/g, (one) => String.fromCharCode(zero + Number(one)));

describe.each(PLAIN)('%s %s is found', (type, text) => {
  const forms = [
    ...[...SPACES].map((space) => text.replaceAll(' ', space)),
    ...[...DASHES].map((dash) => text.replace(/(?<=\d)-(?=\d)/g, dash)),
    wide(text),
    ...[0x0660, 0x06f0, 0x0966].map((zero) => digits(text, zero)),
  ];

  it.each(forms.map((form) => [form]))('as %s, at the same place', (form) => {
    const findings = detect(`see ${form} there`);
    expect(findings.map((one) => [one.type, one.start, one.end])).toEqual([
      [type, 4, 4 + form.length],
    ]);
    expect(redact(`see ${form} there`, findings)).toBe(`see [redacted:${type}] there`);
    expect(detectFields({ note: form }).map((one) => one.type)).toEqual([type]);
  });
});

it('a dash of typography still separates words', () => {
  const token = `ghp_${'aB3xK7mQ2wE8rT5yU1iZ4cV9nM6pL0sD2fGh'}`;
  for (const dash of DASHES) {
    expect(detect(`the token${dash}${token}`).map(({ type }) => type)).toEqual(['github_token']);
  }
});

it('findings stay within a text of any characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      for (const { start, end } of detect(text)) {
        expect(start >= 0 && start < end && end <= text.length).toBe(true);
      }
    }),
  );
});
