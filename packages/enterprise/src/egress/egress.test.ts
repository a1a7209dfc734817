import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createEgress } from './egress.js';

const to = (host: string, port = 443) => ({ protocol: 'https', host, port }) as const;

describe('egress', () => {
  it('air-gapped allows nothing, whatever the list says', async () => {
    let calls = 0;
    const count = async () => {
      calls += 1;
      return new Response();
    };
    const egress = createEgress({ airGapped: true, allow: ['siem.example'] }, count);
    expect(egress.allows(to('siem.example'))).toBe(false);
    await expect(egress.fetch('https://siem.example/x')).rejects.toMatchObject({
      code: 'ENTERPRISE_EGRESS_DENIED',
    });
    expect(calls).toBe(0);
  });

  it('a list allows its hosts and ports alone', () => {
    const egress = createEgress({ airGapped: false, allow: ['siem.example', 'kms.example:8443'] });
    expect(egress.allows(to('SIEM.example', 6514))).toBe(true);
    expect(egress.allows(to('kms.example', 8443))).toBe(true);
    expect(egress.allows(to('kms.example', 443))).toBe(false);
    expect(egress.allows(to('siem.example.evil.example'))).toBe(false);
  });

  it.each(['file:///etc/passwd', 'data:text/plain,x', 'ftp://siem.example/'])(
    'refuses %s',
    async (url) => {
      await expect(createEgress({ airGapped: false }).fetch(url)).rejects.toMatchObject({
        code: 'ENTERPRISE_EGRESS_DENIED',
      });
    },
  );

  it('does not follow a redirect', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/elsewhere') response.end('leaked');
      else response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(
      createEgress({ airGapped: false }).fetch(`http://127.0.0.1:${port}/`),
    ).rejects.toThrow();
    server.closeAllConnections();
    server.close();
  });
});
