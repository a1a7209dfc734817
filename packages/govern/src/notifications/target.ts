import { GovernError } from '../error.js';

/** Where notifications may go. No other host is contacted and no redirect is followed. */
export interface NotificationTarget {
  /** An https URL without user or password. */
  readonly url: string;
  /** The exact hosts that may be contacted; must include the host of `url`. */
  readonly allowedHosts: readonly string[];
  /** Lets plain http and private addresses through, for receivers in the same network. */
  readonly allowPrivate?: boolean;
}

const PRIVATE_V4: readonly (readonly [number, number])[] = [
  [0x00000000, 8],
  [0x0a000000, 8],
  [0x64400000, 10],
  [0x7f000000, 8],
  [0xa9fe0000, 16],
  [0xac100000, 12],
  [0xc0000000, 24],
  [0xc0a80000, 16],
  [0xc6120000, 15],
  [0xe0000000, 4],
  [0xf0000000, 4],
];

function v4Number(address: string): number | undefined {
  const parts = address.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((whole, part) => whole * 256 + Number(part), 0);
}

/** True for an address that is not on the public internet, and for an invalid address. */
export function isPrivateAddress(address: string): boolean {
  const text = address.toLowerCase().replace(/^\[|\]$/g, '');
  const v4 = v4Number(text.replace(/^::ffff:/, ''));
  if (v4 !== undefined) {
    return PRIVATE_V4.some(([base, bits]) => {
      const size = 2 ** (32 - bits);
      return v4 >= base && v4 < base + size;
    });
  }
  // Global unicast is 2000::/3; no other IPv6 address is public.
  return !/^[23][0-9a-f]{0,3}:/.test(text) || /^2001:0?db8:/.test(text) || /^2002:/.test(text);
}

/** This machine by name, also as `localhost.` and `any.localhost` (RFC 6761). */
const isThisMachine = (host: string): boolean => /(^|\.)localhost\.?$/.test(host);

const isAddress = (host: string): boolean =>
  v4Number(host) !== undefined || host.startsWith('[') || host.includes(':');

/**
 * Checks where notifications are to go.
 *
 * @throws {GovernError} `GOVERN_OPTIONS_INVALID`; the address is not in the message.
 */
export function checkTarget({ url, allowedHosts, allowPrivate }: NotificationTarget): URL {
  const throwRefused = (why: string): never => {
    throw new GovernError('GOVERN_OPTIONS_INVALID', `target.url: ${why}`, {
      details: { path: '$.target.url' },
    });
  };
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return throwRefused('expected an address');
  }
  const { protocol, hostname, username, password } = parsed;
  if (protocol !== 'https:' && !(allowPrivate && protocol === 'http:'))
    throwRefused('expected https');
  if (username !== '' || password !== '') throwRefused('expected no user and no password');
  if (!allowedHosts.includes(hostname)) throwRefused('the host is not among those allowed');
  const inside = isThisMachine(hostname) || (isAddress(hostname) && isPrivateAddress(hostname));
  if (inside && !allowPrivate) throwRefused('the host is a private address');
  return parsed;
}
