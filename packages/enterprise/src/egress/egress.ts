import { EnterpriseError } from '../error.js';

/** A connection to be made. */
export interface EgressConnection {
  readonly protocol: 'http' | 'https' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
}

/** The connections a deployment may make. */
export interface EgressOptions {
  /** True forbids every connection, whatever `allow` says. */
  readonly airGapped: boolean;
  /** `host` for all its ports, or `host:port`; names are compared as written. */
  readonly allow?: readonly string[];
}

/** The egress rule of a deployment. */
export interface Egress {
  /** For exporters: whether a connection may be made. */
  allows(connection: EgressConnection): boolean;
  /**
   * `fetch` under the rule. Redirects are not followed, because they could lead elsewhere.
   *
   * @throws {EnterpriseError} `ENTERPRISE_EGRESS_DENIED` before any name is resolved.
   */
  fetch(url: string, init?: RequestInit): Promise<Response>;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** Creates the rule. Without `allow`, every connection is allowed unless air-gapped. */
export function createEgress(
  { airGapped, allow }: EgressOptions,
  fetchWith: typeof fetch = fetch,
): Egress {
  const allowed = allow === undefined ? undefined : new Set(allow.map((one) => one.toLowerCase()));
  function allows({ host, port }: EgressConnection): boolean {
    if (airGapped) return false;
    const name = host.toLowerCase();
    return allowed === undefined || allowed.has(name) || allowed.has(`${name}:${port}`);
  }
  return {
    allows,
    async fetch(url, init) {
      const { protocol, hostname, port } = new URL(url);
      const known = DEFAULT_PORTS[protocol];
      const target = {
        protocol: protocol === 'https:' ? ('https' as const) : ('http' as const),
        host: hostname,
        port: port === '' ? (known ?? 0) : Number(port),
      };
      if (known === undefined || !allows(target)) {
        throw new EnterpriseError(
          'ENTERPRISE_EGRESS_DENIED',
          airGapped ? 'this deployment is air-gapped' : 'this deployment may not connect there',
          { details: { host: target.host, port: target.port } },
        );
      }
      return fetchWith(url, { ...init, redirect: 'error' });
    },
  };
}
