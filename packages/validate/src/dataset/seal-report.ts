import {
  canonicalize,
  createStatement,
  encodeStatement,
  formatEnvelope,
  type JsonValue,
  type KeySet,
  parseEnvelope,
  parseStatement,
  SigningError,
  type SigningKey,
  STATEMENT_PAYLOAD_TYPE,
  signEnvelope,
  type VerificationKey,
  verifyEnvelope,
} from '@spanforge/core-signing';
import { z } from 'zod';
import { ValidateError } from '../error.js';
import { renderHtml } from './render-html.js';
import { renderMarkdown } from './render-markdown.js';
import { type DatasetComplianceReport, reportFromWire, reportToWire } from './report.js';

/** How a signed report is written. */
export type ReportFormat = 'json' | 'markdown' | 'html';

/** The result of verifying a signed report. */
export type ReportVerification =
  | {
      readonly ok: true;
      readonly report: DatasetComplianceReport;
      readonly format: ReportFormat;
      /** Thumbprints of the trusted keys that signed. */
      readonly signers: readonly string[];
    }
  | {
      readonly ok: false;
      /** `untrusted`: none of the given keys signed it; `invalid`: it was changed after it was signed. */
      readonly reason: 'untrusted' | 'invalid' | 'unsupported';
      readonly detail: string;
    };

const PREDICATE_TYPE = 'https://spanforge.dev/dataset-report/v1';
const MAX_TEXT = 4 * 1024 * 1024;

function write(format: ReportFormat, report: DatasetComplianceReport, envelope: string): string {
  if (format === 'markdown') return renderMarkdown(report, envelope);
  if (format === 'html') return renderHtml(report, envelope);
  return `${canonicalize({ envelope: JSON.parse(envelope), report: reportToWire(report) })}\n`;
}

/**
 * Signs a report (DSSE over an in-toto Statement about the data set) and writes it, the envelope
 * inside: as JSON, as Markdown, or as one HTML file that loads and runs nothing.
 *
 * Writing is deterministic, so that a verifier writes the same again and compares bytes.
 *
 * @throws {ValidateError} `VALIDATE_REPORT_INVALID` when the data set's digest is not known.
 * @throws {SigningError} `SIGNING_ENVELOPE_INVALID` without keys, `SIGNING_KEY_DUPLICATE`.
 */
export async function signReport(
  report: DatasetComplianceReport,
  {
    keys,
    format = 'json',
  }: { readonly keys: readonly SigningKey[]; readonly format?: ReportFormat },
): Promise<string> {
  const wire = reportToWire(report);
  const { name, sha256 } = wire.dataset;
  if (sha256 === null) {
    throw new ValidateError('VALIDATE_REPORT_INVALID', 'the report has no digest of its data set');
  }
  const statement = createStatement({
    subjects: [{ name, sha256 }],
    predicateType: PREDICATE_TYPE,
    // The ids of the signing keys are signed too, so a removed or renamed signature is noticed.
    predicate: { report: wire, signed_by: keys.map(({ kid }) => kid) } as JsonValue,
  });
  const payload = encodeStatement(statement);
  const envelope = await signEnvelope({ payloadType: STATEMENT_PAYLOAD_TYPE, payload, keys });
  return write(format, report, formatEnvelope(envelope));
}

interface Found {
  readonly format: ReportFormat;
  readonly envelope: string;
}

function between(text: string, before: string, after: string): string | undefined {
  const start = text.lastIndexOf(before);
  const end = text.lastIndexOf(after);
  return start < 0 || end <= start ? undefined : text.slice(start + before.length, end);
}

/** Where the envelope of a report is, by how the report begins. */
function find(text: string): Found | undefined {
  if (text.startsWith('{')) {
    const end = text.indexOf(',"report":');
    const lead = '{"envelope":';
    if (end < 0 || !text.startsWith(lead)) return undefined;
    return { format: 'json', envelope: text.slice(lead.length, end) };
  }
  if (text.startsWith('<!doctype html>')) {
    const escaped = between(text, '<pre id="envelope">', '</pre>');
    const envelope = escaped?.replaceAll('&quot;', '"');
    return envelope === undefined ? undefined : { format: 'html', envelope };
  }
  const envelope = between(text, '\n```json\n', '\n```\n');
  return envelope === undefined ? undefined : { format: 'markdown', envelope };
}

const refuse = (
  reason: 'untrusted' | 'invalid' | 'unsupported',
  detail: string,
): ReportVerification => ({ ok: false, reason, detail });

interface Opened {
  readonly payload: Uint8Array;
  readonly signers: readonly string[];
  /** The keys that are named beside the signatures. */
  readonly named: readonly (string | undefined)[];
}

const predicateSchema = z.strictObject({
  report: z.unknown(),
  signed_by: z.array(z.string()).min(1),
});

/** Whether the keys that signed are all those that are trusted and claimed to have. */
async function open(
  envelope: string,
  keys: KeySet | readonly VerificationKey[],
): Promise<Opened | ReportVerification> {
  const size = 'list' in keys ? keys.size : keys.length;
  if (size === 0) return refuse('untrusted', 'no trusted key was given');
  const parsed = parseEnvelope(envelope);
  if (parsed.payloadType !== STATEMENT_PAYLOAD_TYPE) {
    return refuse('unsupported', 'the envelope carries no statement');
  }
  try {
    const { payload, signers, bad } = await verifyEnvelope(parsed, { keys, threshold: 1 });
    if (bad.length > 0) return refuse('invalid', 'a trusted key is named that did not sign');
    return { payload, signers, named: parsed.signatures.map(({ keyid }) => keyid) };
  } catch (error) {
    if (!SigningError.is(error) || error.code !== 'SIGNING_THRESHOLD_NOT_MET') throw error;
    return Number(error.details.bad) > 0
      ? refuse('invalid', 'the signature is not over this report')
      : refuse('untrusted', 'no trusted key has signed it');
  }
}

/**
 * Verifies a signed report of any format against keys from outside it: the signature over its content,
 * and every byte of its text.
 *
 * Never rejects for the text.
 *
 * @throws {SigningError} `SIGNING_KEY_DUPLICATE` or `SIGNING_KEY_ROLE_CONFLICT` for the keys.
 */
export async function verifyReport(
  text: string,
  { keys }: { readonly keys: KeySet | readonly VerificationKey[] },
): Promise<ReportVerification> {
  if (text.length > MAX_TEXT) return refuse('unsupported', 'too large for a report');
  const found = find(text);
  if (found === undefined) return refuse('invalid', 'no envelope of a report was found');
  try {
    const opened = await open(found.envelope, keys);
    if ('ok' in opened) return opened;
    const statement = parseStatement(opened.payload);
    if (statement.predicateType !== PREDICATE_TYPE) {
      return refuse('unsupported', 'the statement is not about a report of this version');
    }
    const predicate = predicateSchema.safeParse(statement.predicate);
    if (!predicate.success) return refuse('invalid', 'the statement holds no report');
    const { report: wire, signed_by: signedBy } = predicate.data;
    if (signedBy.join() !== opened.named.join()) {
      return refuse('invalid', 'the signatures are not those that were made');
    }
    const report = reportFromWire(wire);
    const [subject] = statement.subject;
    const { name, sha256 } = report.dataset;
    if (subject?.name !== name || subject.digest.sha256 !== sha256) {
      return refuse('invalid', 'the statement is about another data set');
    }
    if (write(found.format, report, found.envelope) !== text) {
      return refuse('invalid', 'the text is not what was signed');
    }
    return { ok: true, report, format: found.format, signers: opened.signers };
  } catch (error) {
    const keysAtFault = ['SIGNING_KEY_DUPLICATE', 'SIGNING_KEY_ROLE_CONFLICT'];
    if (SigningError.is(error) && !keysAtFault.includes(error.code)) {
      return refuse('invalid', `the envelope cannot be read (${error.code})`);
    }
    if (ValidateError.is(error)) return refuse('invalid', error.message);
    throw error;
  }
}
