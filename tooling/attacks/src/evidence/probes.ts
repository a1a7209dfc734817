import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { looksAtLog } from './observe.js';
import { openShop, type Shop } from './service.js';
import { siteFiles } from './site.js';

/** What one command or call made of a workspace. */
export interface Answer {
  /** Of the command; 0 for a call that is governed as before, 1 where it is refused. */
  readonly exit: number;
  /** In a word. */
  readonly says: string;
  /** Something is wrong, it says: by its exit code, or by a finding that is no violation. */
  readonly notices: boolean;
  /** A call ran that the evidence forbids. */
  readonly failsOpen: boolean;
}

const CLI = join(
  dirname(createRequire(import.meta.url).resolve('spanforge/package.json')),
  'bin/spanforge.js',
);

// A command that does not start exits with 1 too, and would pass for one that notices.
if (!existsSync(join(dirname(CLI), '../dist/bin.js'))) {
  throw new Error('Build the package spanforge first: the attacks ask its commands.');
}

interface Ran {
  readonly exit: number;
  readonly json: Readonly<Record<string, unknown>>;
}

function run(folder: string, ...argv: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [CLI, ...argv, '--json'],
      { cwd: folder, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout) => {
        const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : 2;
        let json: Ran['json'] = {};
        try {
          json = JSON.parse(stdout);
        } catch {}
        resolve({ exit, json });
      },
    );
  });
}

type Members = Readonly<Record<string, unknown>> | undefined;

const objects = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value : [];
const unique = (words: readonly unknown[]): string => [...new Set(words.map(String))].join(', ');

function errorOf({ json }: Ran): string | undefined {
  const error = json.error as Members;
  if (error === undefined) return undefined;
  const details = error.details as Members;
  const why = details?.why ?? details?.reason;
  return `${error.code}${why === undefined ? '' : ` (${why})`}`;
}

const answer = (ran: Ran, says: string): Answer => ({
  ...{ exit: ran.exit, says: errorOf(ran) ?? says, notices: ran.exit !== 0, failsOpen: false },
});

/** Calls that must not run, whatever became of the evidence. */
async function forbidden({ call }: Shop): Promise<readonly string[]> {
  const ran: string[] = [];
  for (const [what, tool, amount, actor, trace] of [
    ['a withdrawn person', 'refund', 21, 'mallory', 'by-mallory'],
    ['an older bundle', 'refund', 5000, 'alice', 'too-much'],
    ['an approval twice', 'refund', 500, 'alice', 'held'],
    ['a third parcel', 'ship', 1, 'alice', 'parcel-3'],
  ] as const) {
    const { status } = await call(tool, amount, actor, trace);
    if (status === 'completed' || status === 'failed') ran.push(what);
  }
  return ran;
}

async function governed(folder: string): Promise<Answer> {
  let shop: Shop;
  try {
    shop = await openShop(siteFiles(folder).workspace);
  } catch (error) {
    const { code, details } = error as { code?: unknown; details?: Members };
    const why = details?.why ?? details?.reason;
    const says = `does not open: ${code}${why === undefined ? '' : ` (${why})`}`;
    return { exit: 1, says, notices: true, failsOpen: false };
  }
  try {
    const plain = await shop.call('refund', 22, 'alice', 'plain');
    const open = await forbidden(shop);
    if (open.length > 0) {
      return { exit: 0, says: `FAILS OPEN: ${unique(open)}`, notices: false, failsOpen: true };
    }
    if (plain.status === 'completed') {
      return { exit: 0, says: 'governs', notices: false, failsOpen: false };
    }
    const refusal = shop.log.status().refusal;
    const says = `${plain.status}${refusal === undefined ? '' : ` (${refusal})`}: ${plain.reason}`;
    return { exit: 1, says, notices: true, failsOpen: false };
  } finally {
    await shop.close().catch(() => undefined);
  }
}

async function inspect(folder: string, trace: string): Promise<Answer> {
  const ran = await run(folder, 'operator', 'inspect', trace);
  const { chain, completeness, damaged } = ran.json as {
    readonly chain?: Members;
    readonly completeness?: unknown;
    readonly damaged?: unknown;
  };
  const found = objects(completeness).map(({ code }) => code);
  const broken = damaged === undefined ? undefined : `damaged (${damaged})`;
  const said = [broken, chain?.status, chain?.complete ?? chain?.completeness, ...found];
  const says = unique(said.filter((word) => word !== undefined));
  return { ...answer(ran, says), notices: ran.exit !== 0 || found.length > 0 };
}

async function exportAndVerify(folder: string, trace: string): Promise<Answer> {
  const made = await run(folder, 'operator', 'export', trace, '--output', 'p.zip');
  const damaged = made.json.damaged as Members;
  if (made.exit !== 0 && !damaged) return answer(made, String(made.json.outcome));
  const keys = ['log.vkey', 'package.jwks.json'].flatMap((file) => {
    return ['--key', join('.spanforge', 'keys', file)];
  });
  const ran = await run(folder, 'operator', 'verify', 'p.zip', ...keys);
  const bad = ran.json.first_bad as Members;
  const reason = bad === undefined ? '' : `: ${bad.reason}`;
  const upTo = damaged ? ` up to ${damaged.size}, damaged since (${damaged.reason})` : '';
  const says = answer(ran, `${ran.json.verdict}${reason}${upTo}`);
  return damaged ? { ...says, exit: Math.max(made.exit, ran.exit), notices: true } : says;
}

async function fsck(folder: string): Promise<Answer> {
  const ran = await run(folder, 'audit', 'fsck');
  const traces = ran.json.traces as Members;
  const codes = [...objects(ran.json.findings), ...objects(traces?.violations)].map(
    ({ code }) => code,
  );
  return answer(ran, codes.length === 0 ? 'clean' : unique(codes));
}

async function doctor(folder: string): Promise<Answer> {
  const ran = await run(folder, 'doctor');
  const failed = objects(ran.json.checks).filter(({ ok }) => ok === false);
  return answer(ran, failed.length === 0 ? 'ok' : unique(failed.map(({ detail }) => detail)));
}

/** Reads the whole log as `audit fsck` does, in this process. */
async function readsWhole(folder: string): Promise<Answer> {
  const { says, notices } = await looksAtLog(folder);
  return { exit: notices ? 1 : 0, says, notices, failsOpen: false };
}

/** What is quick to ask: no command is started. */
export const QUICK_PROBES: readonly string[] = ['governed call', 'fsck, in process'];

/** What is asked only where it has to be quick. */
const IN_PROCESS = { 'fsck, in process': readsWhole } as const;

/** Everything that looks at a workspace, in the order of the table. */
export const PROBES: Probes = {
  ...{ 'governed call': governed, inspect, 'export, verify': exportAndVerify, fsck, doctor },
};

type Probes = Readonly<Record<string, (folder: string, trace: string) => Promise<Answer>>>;

/** A probe by its name. */
export const probeOf = (name: string): Probes[string] | undefined =>
  PROBES[name] ?? (IN_PROCESS as Probes)[name];
