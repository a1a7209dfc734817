import { Certificate } from 'pkijs';
import { OperatorError } from '../error.js';
import type { TimestampVerifier } from '../package/timestamp.js';
import { judgeReply } from './token.js';

/** Whose time stamps are believed. */
export interface TimestampVerifierOptions {
  /**
   * PEM text with one certificate or several, from outside the package: roots, intermediate
   * authorities, or the certificate of the stamping authority itself.
   */
  readonly certificates: readonly string[];
}

const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;

function readCertificates(texts: readonly string[]): readonly Certificate[] {
  const found = texts.flatMap((text) => [...text.matchAll(PEM)].map(([, base64 = '']) => base64));
  try {
    if (found.length === 0) throw new Error('no certificate');
    return found.map((base64) =>
      Certificate.fromBER(Uint8Array.from(atob(base64.replace(/\s/g, '')), (c) => c.charCodeAt(0))),
    );
  } catch (cause) {
    throw new OperatorError(
      'OPERATOR_ANCHOR_INVALID',
      'a certificate of a time-stamping authority cannot be used: expected PEM',
      { details: { reason: 'not_a_certificate' }, cause },
    );
  }
}

/**
 * Judges time stamps by certificates from outside the package: form, status, message imprint, nonce,
 * content type, message digest, signing certificate and signature of the token, the extended key
 * usage of its certificate (critical, time stamping and nothing else), and its path to a given
 * certificate. Certificates are judged at the time of the stamp; whether one was revoked is not asked.
 *
 * @throws {OperatorError} `OPERATOR_ANCHOR_INVALID`.
 */
export function createTimestampVerifier(options: TimestampVerifierOptions): TimestampVerifier {
  const trusted = readCertificates(options.certificates);
  return (reply, expected) => judgeReply(reply, expected, trusted);
}
