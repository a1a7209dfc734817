import { parseJson, utf8 } from '@spanforge/core-signing';
import { GateError } from '../error.js';
import { type AdvisoryBook, createAdvisoryBook } from './advisories.js';
import type { LockedPackage } from './package.js';

const HOST = 'https://api.osv.dev';
const BATCH = 500;
const MAX_ANSWER = 32 * 1024 * 1024;

async function ask(fetcher: typeof fetch, path: string, signal: AbortSignal, body?: unknown) {
  const response = await fetcher(`${HOST}${path}`, {
    signal,
    redirect: 'error',
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok || text.length > MAX_ANSWER) {
    throw new GateError('GATE_INPUT_UNREADABLE', `the OSV API answered ${response.status}`);
  }
  return text;
}

/** Advisories of packages from the OSV API; what it names is matched here as an export would be. */
export async function fetchAdvisories(
  packages: readonly LockedPackage[],
  fetcher: typeof fetch,
  nowMs: number,
  signal: AbortSignal,
): Promise<AdvisoryBook> {
  const ids = new Set<string>();
  for (let from = 0; from < packages.length; from += BATCH) {
    const asked = packages.slice(from, from + BATCH);
    const queries = asked.map(({ ecosystem, name, version }) => {
      return { package: { ecosystem, name }, version };
    });
    const answer = parseJson(await ask(fetcher, '/v1/querybatch', signal, { queries }));
    const results = (
      answer as { results?: { vulns?: { id: string }[]; next_page_token?: string }[] }
    ).results;
    if (!Array.isArray(results) || results.length !== asked.length) {
      throw new GateError('GATE_INPUT_INVALID', 'the OSV API did not answer every question');
    }
    for (const { vulns = [], next_page_token: more } of results) {
      if (more !== undefined)
        throw new GateError('GATE_INPUT_INVALID', 'the OSV API answered in pages');
      for (const { id } of vulns) ids.add(id);
    }
  }
  const book = createAdvisoryBook(nowMs);
  for (const id of ids) {
    book.add(utf8(await ask(fetcher, `/v1/vulns/${encodeURIComponent(id)}`, signal)), `${id}.json`);
  }
  return book.done();
}
