import { parseJson, utf8 } from '@spanforge/core-signing';
import { z } from 'zod';
import { GateError } from '../error.js';
import { type AdvisoryBook, createAdvisoryBook } from './advisories.js';
import type { LockedPackage } from './package.js';

const HOST = 'https://api.osv.dev';
const BATCH = 500;
const MAX_ANSWER = 32 * 1024 * 1024;
/** An answer may come in pages; more pages than this is an error. */
const MAX_PAGES = 100;

/** A query about one package, and the token of its next page. */
interface Query {
  readonly package: { readonly ecosystem: string; readonly name: string };
  readonly version: string;
  readonly page_token?: string;
}

const answerSchema = z.object({
  results: z.array(
    z.object({
      vulns: z.array(z.object({ id: z.string().min(1).max(256) })).nullish(),
      next_page_token: z.string().nullish(),
    }),
  ),
});

/** Reads the text of an answer; stops at the size limit, whatever length the answer declares. */
async function readBounded({ body, status }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > MAX_ANSWER) {
      throw new GateError(
        'GATE_INPUT_UNREADABLE',
        `the OSV API sent a larger answer (${status}) than is accepted`,
      );
    }
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function ask(
  fetcher: typeof fetch,
  path: string,
  signal: AbortSignal,
  body?: unknown,
): Promise<string> {
  const response = await fetcher(`${HOST}${path}`, {
    signal,
    redirect: 'error',
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  if (!response.ok) {
    throw new GateError('GATE_INPUT_UNREADABLE', `the OSV API answered ${response.status}`);
  }
  return readBounded(response);
}

/** Sends a batch of queries; returns the ids, and the queries that have another page. */
async function askBatch(
  fetcher: typeof fetch,
  queries: readonly Query[],
  signal: AbortSignal,
): Promise<{ readonly ids: readonly string[]; readonly more: readonly Query[] }> {
  const parsed = answerSchema.safeParse(
    parseJson(await ask(fetcher, '/v1/querybatch', signal, { queries })),
  );
  if (!parsed.success || parsed.data.results.length !== queries.length) {
    throw new GateError('GATE_INPUT_INVALID', 'the OSV API did not answer every question');
  }
  const { results } = parsed.data;
  return {
    ids: results.flatMap(({ vulns }) => (vulns ?? []).map(({ id }) => id)),
    more: queries.flatMap((query, at) => {
      const token = results[at]?.next_page_token ?? '';
      return token === '' ? [] : [{ ...query, page_token: token }];
    }),
  };
}

/**
 * Fetches the advisories of packages from the OSV API. They are matched here, like those of an
 * offline export.
 */
export async function fetchAdvisories(
  packages: readonly LockedPackage[],
  fetcher: typeof fetch,
  nowMs: number,
  signal: AbortSignal,
): Promise<AdvisoryBook> {
  const ids = new Set<string>();
  for (let from = 0; from < packages.length; from += BATCH) {
    let queries: readonly Query[] = packages
      .slice(from, from + BATCH)
      .map(({ ecosystem, name, version }) => ({ package: { ecosystem, name }, version }));
    for (let page = 0; queries.length > 0; page += 1) {
      if (page === MAX_PAGES) {
        throw new GateError(
          'GATE_INPUT_INVALID',
          `the OSV API returned more than ${MAX_PAGES} pages`,
        );
      }
      const answered = await askBatch(fetcher, queries, signal);
      for (const id of answered.ids) ids.add(id);
      queries = answered.more;
    }
  }
  const book = createAdvisoryBook(nowMs);
  for (const id of ids) {
    book.add(utf8(await ask(fetcher, `/v1/vulns/${encodeURIComponent(id)}`, signal)), `${id}.json`);
  }
  return book.done();
}
