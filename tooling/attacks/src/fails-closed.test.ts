import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EvidenceRecord, eachRecord } from '@spanforge/core-events';
import type { CallContext } from '@spanforge/govern';
import { compileBundle, type PolicyBundle, parseBundle } from '@spanforge/policy';
import { decisionsOfLog, replay } from '@spanforge/policy-rollout';
import { createRandom, type Random, randomBundle } from '@spanforge-tooling/policy-reference';
import { openGovernor } from 'spanforge';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** With SPANFORGE_LONG=1 300 bundles, else 4. */
const BUNDLES = process.env.SPANFORGE_LONG === '1' ? 300 : 4;
const CALLS = 25;
const SEED = Number(process.env.SPANFORGE_SEED ?? 20_261_122);

/** What every tool answers with somewhere; released only where no rule hides it. */
const CANARY = 'canary-4711';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spanforge-closed-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const throwing = (): never => {
  throw new Error('not to be read');
};

/** Values that a model or a client may send, and that few tools expect. */
const HOSTILE: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => 'text',
  () => [],
  () => 7n,
  () => Symbol('s'),
  () => () => 1,
  () => new Date(Number.NaN),
  () => new Map([['n', 1]]),
  () => ({ n: Number.NaN, s: Number.POSITIVE_INFINITY }),
  () => ({ n: '1000', s: 5, l: 'ab', deep: [] }),
  () => ({ s: 'a'.repeat(300_000) }),
  () => ({ s: '\u202ea\u200b', 'n\u0000': 1 }),
  () => ({ s: '\ud800' }),
  () => JSON.parse('{"__proto__": {"n": 1000}, "constructor": {"prototype": 1}, "n": 1}'),
  () => Object.create({ n: 1000, s: 'a' }),
  () => Object.assign([1], { n: 1000 }),
  () => {
    const cyclic: Record<string, unknown> = { n: 1 };
    cyclic.self = cyclic;
    return cyclic;
  },
  () => {
    let deep: unknown = 1;
    for (let at = 0; at < 5000; at += 1) deep = { deep };
    return deep;
  },
  () => Object.defineProperty({ s: 'a' }, 'n', { enumerable: true, get: throwing }),
  () => {
    let read = 0;
    const get = (): number => (read++ === 0 ? 1 : 100_000);
    return Object.defineProperty({ s: 'a' }, 'n', { enumerable: true, get });
  },
  () => new Proxy({ n: 1 }, { get: throwing, ownKeys: throwing }),
  () => new Proxy({ n: 1, s: 'a' }, { getOwnPropertyDescriptor: throwing }),
  // biome-ignore lint/suspicious/noThenProperty: a value that looks like a promise.
  () => ({ n: 1, then: (use: (value: unknown) => void) => use({ n: 1000 }) }),
  () => ({ n: 1, toJSON: () => ({ n: 1000 }) }),
];

const NAMES = [
  'ann',
  '',
  'Ann',
  'an\u200bn',
  '\u0430nn',
  'x'.repeat(600),
  '__proto__',
  5,
  null,
  {},
];
const ROLES = [['a'], [], 'a', ['a', 5], [{}], { a: 1 }, null];
const LABELS = [['a'], [], 'a', [5], null];
const IDS = ['c1', 'c1', '', '__proto__', '\u202ec', 'x'.repeat(300), 5, null, {}];

function usualArgs({ pick, chance }: Random): unknown {
  return {
    ...(chance(0.8) ? { n: pick([0, 1, 100, 1000]) } : {}),
    ...(chance(0.8) ? { s: pick(['a', 'ab', 'b']) } : {}),
    ...(chance(0.4) ? { l: ['a'], b: true, deep: { n: 1, b: false, s: 'a' } } : {}),
  };
}

function answerOf({ pick }: Random): unknown {
  const plain = { n: pick([0, 100]), s: CANARY, rows: [{ n: 1, s: CANARY }] };
  return pick<() => unknown>([
    () => plain,
    () => plain,
    () => JSON.stringify(plain),
    () => CANARY,
    () => [CANARY],
    () => `Error: ${CANARY}`,
    () => ({ s: { deeper: CANARY } }),
    () => ({ other: CANARY }),
    () => throwing(),
    () => Object.defineProperty({ s: CANARY }, 'n', { enumerable: true, get: throwing }),
    () => new Map([['s', CANARY]]),
  ])();
}

/** A bundle that loads, with redactions of results that not every answer has. */
function bundleOf(random: Random, at: number) {
  for (;;) {
    const written = randomBundle(random) as { rules: readonly object[] };
    const hiding = Array.from({ length: random.below(3) }, (_, index) => ({
      rule_id: `hide${index}`,
      service: 'sf_govern',
      control: 'tool_result',
      action: random.pick(['redact', 'allow', 'allow+log']),
      redact: [
        {
          path: random.pick(['result', 'result.s', 'result.rows', 'result.zz', 'result.rows.*.s']),
        },
      ],
      ...(random.chance(0.5)
        ? { target: { tools: [random.pick(['get_any', 'pay', 'get_thing'])] } }
        : {}),
      ...(random.chance(0.3) ? { when: 'args.n > 1' } : {}),
    }));
    try {
      return parseBundle({ ...written, policy_id: `p${at}`, rules: [...written.rules, ...hiding] });
    } catch {
      // This redaction is not possible for its tools.
    }
  }
}

const textAt = ({ body }: EvidenceRecord, name: string): unknown => body[name];
const shows = (value: unknown): boolean => {
  try {
    return JSON.stringify(value)?.includes(CANARY) ?? false;
  } catch {
    return true;
  }
};

const TOOLS = ['pay', 'pay_fast', 'get_thing', 'get_any', 'get_text', 'x'];

type Opened = Awaited<ReturnType<typeof openGovernor>>;
type Called = Awaited<ReturnType<Opened['call']>>;
/** What was asked of which bundle, for the message of a failed assertion. */
type About = Readonly<Record<string, unknown>>;

/** A governor whose tools keep what they ran with. */
interface Governed {
  readonly opened: Opened;
  readonly bundle: PolicyBundle;
  /** Results are asked about as often as this, for each call that completes. */
  readonly answers: number;
  readonly about: About;
  /** What ran since it was last emptied. */
  ran: unknown[];
}

async function openBundle(random: Random, made: number): Promise<Governed> {
  const bundle = bundleOf(random, made);
  const opened = await openGovernor({
    workspace: join(folder, `w${made}`),
    create: { origin: `example.com/w${made}`, environment: 'prod' },
    policy: bundle,
    clock: () => Date.parse('2026-05-02T10:00:00Z') + made,
  });
  const governed: Governed = {
    opened,
    bundle,
    answers: Number(compileBundle(bundle).hasSay('sf_govern', 'tool_result')),
    about: { bundle: JSON.parse(bundle.canonical), seed: SEED },
    ran: [],
  };
  for (const name of TOOLS) {
    opened.govern(
      (args: unknown) => {
        governed.ran.push(args);
        return answerOf(random);
      },
      { name, effect: name.startsWith('get') ? 'read' : 'write' },
    );
  }
  return governed;
}

/** A caller as it should be, with now and then a member that is hostile. */
function callerOf({ pick, chance }: Random, asked: number) {
  return {
    agent: chance(0.8) ? 'a' : pick(NAMES),
    actor: chance(0.8) ? 'ab' : pick(NAMES),
    ...(chance(0.5) ? { run: pick(['r1', 'r2']) } : {}),
    traceId: `t${asked}`,
    ...(chance(0.5) ? { actorRoles: chance(0.6) ? ['a'] : pick(ROLES) } : {}),
    ...(chance(0.5) ? { labels: chance(0.6) ? ['a'] : pick(LABELS) } : {}),
    ...(chance(0.5) ? { callId: chance(0.5) ? `c${asked}` : pick(IDS) } : {}),
    ...(chance(0.3)
      ? { policyContext: pick<unknown>([{ n: 1 }, 'text', [], HOSTILE[19]?.()]) }
      : {}),
  };
}

function contextOf(opened: Opened, caller: object): CallContext | undefined {
  try {
    return opened.context(caller as never);
  } catch {
    return undefined;
  }
}

/** The policy's decisions about one call: before it, and about its result. */
async function decisionsOf({ parts: { log } }: Opened, { traceId }: CallContext) {
  const records: EvidenceRecord[] = [];
  for await (const record of eachRecord(log, { traceId })) records.push(record);
  const decisions = records.filter(({ type }) => type === 'spanforge.policy.decision.v1');
  const of = (control: string) => decisions.filter((one) => textAt(one, 'control') === control);
  return { before: of('tool_call'), after: of('tool_result') };
}

type Decisions = Awaited<ReturnType<typeof decisionsOf>>;

function expectNoDeniedRun({ ran }: Governed, result: Called, why: string): void {
  const held = ['blocked', 'held'].includes(result.status);
  expect(ran.length, why).toBeLessThanOrEqual(held ? 0 : 1);
  expect(result.executed || ran.length === 0, why).toBe(true);
}

function expectAskedOnce({ ran }: Governed, { before, after }: Decisions, why: string): void {
  if (ran.length > 0) {
    expect(before, why).toHaveLength(1);
    for (const one of before)
      expect(['allow', 'allow+log', 'redact']).toContain(textAt(one, 'outcome'));
  }
  expect(before.length, why).toBeLessThanOrEqual(1);
  expect(after.length, why).toBeLessThanOrEqual(1);
}

/** The places of the result that the decisions hide, as paths below it. */
function hiddenPaths({ before, after }: Decisions): readonly string[] {
  const owed = [...before, ...after].flatMap(
    (one) =>
      (textAt(one, 'obligations') ?? []) as { target: string; path: string; types?: unknown }[],
  );
  return owed
    .filter(({ target, types }) => target === 'result' && types === undefined)
    .map(({ path }) => path);
}

/** A result as a rule sees it: text that is JSON is looked into. */
function lookedInto(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function expectHidden(result: Called & { value: unknown }, paths: readonly string[], why: string) {
  if (paths.length === 0) return;
  const value = lookedInto(result.value);
  const hasPlaces = typeof value === 'object' && value !== null && !Array.isArray(value);
  // What has none of the places, or cannot have them, is hidden whole.
  if (!hasPlaces || paths.some((path) => path === '' || path === 'zz')) {
    expect(shows(value), why).toBe(false);
    return;
  }
  const { s, rows } = value as Record<string, unknown>;
  expect(paths.includes('s') && shows(s), why).toBe(false);
  expect(paths.some((path) => path.startsWith('rows')) && shows(rows), why).toBe(false);
}

/** Asks for one call, and checks what ran, what is on record and what was shown of it. */
async function askOnce(governed: Governed, random: Random, asked: number, note: Note) {
  const { pick, chance } = random;
  const { opened, about, answers } = governed;
  const args = chance(0.5) ? usualArgs(random) : pick(HOSTILE)();
  const caller = callerOf(random, asked);
  const context = contextOf(opened, caller);
  if (context === undefined) return note('no context');
  governed.ran = [];
  const tool = chance(0.95) ? pick(TOOLS) : 'unheard';
  let result: Called;
  try {
    result = await opened.call(tool, args, context);
  } catch (error) {
    note(`thrown ${(error as { code?: string }).code}`);
    expect(governed.ran.length, String(error)).toBeLessThanOrEqual(1);
    return;
  }
  note(result.status);
  const told = { ...about, tool, caller, result: result.reason, status: result.status };
  const why = JSON.stringify(told);
  expectNoDeniedRun(governed, result, why);
  const decisions = await decisionsOf(opened, context);
  expectAskedOnce(governed, decisions, why);
  if (result.status !== 'completed') {
    expect(shows(result) && !(result.status === 'failed'), why).toBe(false);
    return;
  }
  expect(decisions.after.length, why).toBe(answers);
  const paths = hiddenPaths(decisions);
  if (paths.length > 0) note('hidden');
  expectHidden(result, paths, JSON.stringify({ ...told, paths }));
}

/** Every decision on record comes out the same when it is taken again. */
async function expectReplayed({ opened, bundle, about }: Governed, note: Note): Promise<void> {
  const source = decisionsOfLog({ reader: opened.parts.log });
  const again = await replay(source, { candidate: bundle });
  expect(again.differences, JSON.stringify(about)).toEqual([]);
  note(again.counts.same > 0 ? 'replayed' : 'not replayed');
}

type Note = (what: string) => void;

it('nothing runs, is shown or is left out that a policy denies, hides or is asked', {
  timeout: 3_600_000,
}, async () => {
  const random = createRandom(SEED);
  const seen = new Map<string, number>();
  const note: Note = (what) => void seen.set(what, (seen.get(what) ?? 0) + 1);
  for (let made = 0; made < BUNDLES; made += 1) {
    const governed = await openBundle(random, made);
    for (let asked = 0; asked < CALLS; asked += 1) await askOnce(governed, random, asked, note);
    await expectReplayed(governed, note);
    await governed.opened.close();
  }
  if (process.env.SPANFORGE_SHOW) console.log(Object.fromEntries(seen));
  for (const what of ['completed', 'blocked', 'hidden', 'replayed'])
    expect(seen.get(what) ?? 0, what).toBeGreaterThan(0);
});
