import { ExportError } from './error.js';
import type { EgressGuard, EgressTarget } from './sink.js';

/** @throws {ExportError} `EXPORT_EGRESS_DENIED` when the guard says no, or fails. */
export function throwUnlessAllowed(egress: EgressGuard | undefined, target: EgressTarget): void {
  if (egress === undefined) return;
  let allowed = false;
  let cause: unknown;
  try {
    allowed = egress(target) === true;
  } catch (error) {
    cause = error;
  }
  if (allowed) return;
  throw new ExportError(
    'EXPORT_EGRESS_DENIED',
    `this deployment does not allow connections to ${target.host}:${target.port}`,
    { details: { host: target.host, port: target.port, protocol: target.protocol }, cause },
  );
}

/** The connection that a URL names. @throws {ExportError} `EXPORT_OPTIONS_INVALID`. */
export function targetOf(url: string): EgressTarget & { readonly url: URL } {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw new ExportError('EXPORT_OPTIONS_INVALID', 'the receiver is not a URL', { cause });
  }
  const protocol = parsed.protocol === 'https:' ? 'https' : 'http';
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
    throw new ExportError('EXPORT_OPTIONS_INVALID', 'the receiver is not an http or https URL', {
      details: { protocol: parsed.protocol },
    });
  }
  const port = parsed.port === '' ? (protocol === 'https' ? 443 : 80) : Number(parsed.port);
  return { protocol, host: parsed.hostname, port, url: parsed };
}
