import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EvidenceContext,
  eachPage,
  eachRecord,
  readRecords,
  readTyped,
  readValues,
} from '@spanforge/core-events';
import { createProjection } from '@spanforge/core-events/log';
import { scopeV1 } from '@spanforge/core-events/records';
import { generateSigningKey, openDisclosure, toVerificationKey } from '@spanforge/core-signing';
import {
  assessCompliance,
  COMPLIANCE_FRAMEWORKS,
  createSettings,
  holdTrace,
  pruneValues,
  readHolds,
  type StandingHolds,
} from '@spanforge/enterprise';
import { createExplain } from '@spanforge/explain';
import { createExporter, createMemoryCursor } from '@spanforge/exporters';
import { createGate } from '@spanforge/gate';
import {
  createGovernanceTrace,
  createGovernor,
  createReviews,
  getReview,
  listReviews,
  metricsFromLog,
  resolveReview,
} from '@spanforge/govern';
import { createAccessRequests } from '@spanforge/govern/authzen';
import { createReviewNotifier } from '@spanforge/govern/notifications';
import { createLineage } from '@spanforge/lineage';
import { createPins } from '@spanforge/mcp';
import { createOperator, packageToJson, rederiveLog } from '@spanforge/operator';
import { createPolicy, parseBundle } from '@spanforge/policy';
import { createCanary, decisionsOfLog, readCanary, replayRange } from '@spanforge/policy-rollout';
import { createRag } from '@spanforge/rag';
import { createRbac } from '@spanforge/rbac';
import { createScope } from '@spanforge/scope';
import { createValidate } from '@spanforge/validate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPolicyRederiver } from './commands/policy-rederiver.js';
import { seenBy } from './commands/with-workspace.js';
import { runCli } from './test-cli.js';
import { openWorkspace, type Workspace } from './workspace/workspace.js';

type Log = Workspace['log'];
interface Place {
  readonly tenant: string;
  readonly project: string;
}
/** What a function is asked with: the log as it is, or as the place sees it. */
interface Asked {
  readonly log: Log;
  /** Told to a function where the log is not limited already. */
  readonly where: Partial<Place>;
  readonly world: World;
}

const OWN: Place = { tenant: 'acme', project: 'claims' };
const PLACES: readonly Place[] = [
  OWN,
  { tenant: 'acme', project: 'hr-files' },
  { tenant: 'globex', project: 'claims' },
];
/** A word in every text that belongs to one tenant and project, by which a leak is found. */
const markOf = ({ tenant, project }: Place): string => `words of ${tenant} in ${project}`;
const FOREIGN = /globex|hr-files/;

/** Names are the same everywhere: trace, agent, actor, tool, session, server. Only the place differs. */
const TRACE = 'the-trace';
const NAMES = { env: 'prod', traceId: TRACE, agent: 'bot', actor: 'ann', source: 'test@1.0.0' };
const contextOf = (place: Place): EvidenceContext => ({
  ...place,
  // A run, and the ids of its calls, belong to a tenant.
  run: `run of ${place.project}`,
  ...NAMES,
});

/** What was recorded of a place, by its ids. */
interface Recorded {
  readonly reviewId: string;
  readonly sessionId: string;
  readonly decisionId: string;
  readonly recordId: string;
}
interface World {
  readonly workspace: Workspace;
  readonly folder: string;
  readonly recorded: ReadonlyMap<string, Recorded>;
}

/** Bundles are a tenant's: all its projects are under them. */
const bundleOf = ({ tenant }: Place, version = '1.0') =>
  parseBundle({
    ...{ policy_id: 'rules', version, environment: 'prod', owner: tenant },
    effective_at: '2026-01-01T00:00:00Z',
    rules: [
      {
        ...{ rule_id: 'waits', service: 'sf_govern', control: 'tool_call' },
        ...{ action: 'human_review', rationale: tenant, target: { tools: ['pay'] } },
      },
    ],
  });

const canaryOptions = (log: Log, place: Place) => ({
  ...{ id: 'roll-out', salt: place.tenant, recorder: log, reader: log, context: contextOf(place) },
  ...{ baseline: bundleOf(place), candidate: bundleOf(place, '2.0') },
  activate: async () => undefined,
  rollback: async () => undefined,
});
const pinsOf = (log: Log, place: Place) =>
  createPins({ log, server: 'tools', context: contextOf(place) });

/** Uses every service as a host of the place does. */
async function recordPlace(log: Log, place: Place): Promise<Recorded> {
  const [context, mark] = [contextOf(place), markOf(place)];
  const call = { context };
  const parts = { recorder: log, reader: log };
  const policy = createPolicy({ ...parts, context, refreshMs: 600_000, maxLagMs: 600_000 });
  await policy.lifecycle.activate(bundleOf(place), {});
  const asking = { ...parts, policy };

  const scope = createScope(asking);
  const resourceActions = { [mark]: ['read'] };
  await scope.register({ agentId: 'bot', resourceActions }, call);
  await scope.evaluate({ agentId: 'bot', resource: mark, action: 'read' }, call);
  const rbac = createRbac(asking);
  await rbac.register({ actorId: 'ann', roles: [mark] }, call);
  await rbac.authorize({ actorId: 'ann', resource: mark, action: 'read' }, call);

  const rag = createRag(asking);
  const { sessionId } = await rag.traceQuery({ query: mark, sessionId: 'the-session' }, call);
  await rag.traceGeneration({ sessionId, answer: mark, model: mark }, call);
  const source = { id: mark, text: mark };
  await rag.assessGrounding({ answer: mark, sources: [source], sessionId }, call);
  await createExplain(asking).generate({ output: mark, agentId: mark }, call);
  await createValidate(asking).validateOutput({ output: mark, confidence: 1 }, call);
  const lineage = createLineage(parts);
  const step = { inputs: [{ id: 'in' }], outputs: [{ id: mark }], subject: 'the-subject' };
  const { recordId } = await lineage.record({ activity: mark, ...step }, call);

  const trace = createGovernanceTrace({ log, context });
  await trace.recordDecision(
    { outcome: 'allow', reason: mark },
    { type: 'tool', target: mark, parameters: { mark } },
    {},
  );
  const governor = createGovernor({ log, policy, source: context.source });
  governor.govern(() => mark, { name: 'look', effect: 'read' });
  governor.govern(() => mark, { name: 'note' });
  governor.govern(() => mark, { name: 'pay' });
  await governor.call('look', { mark }, { ...context, callId: 'one' });
  await governor.call('note', {}, { ...context, callId: 'noted' });
  const held = await governor.call('pay', { mark }, { ...context, callId: 'two' });
  if (held.status !== 'held') throw new Error(`not held: ${held.reasonCode}`);
  const evaluated = await policy.evaluate(
    { service: 'sf_govern', control: 'tool_call', tool: 'pay', args: { mark } },
    { context },
  );
  const decisionId = evaluated.verdict.decisionId ?? '';
  await policy.labels.recordReview({
    ...{ decisionId, verdict: 'true_positive', reviewer: mark, note: mark, traceId: TRACE },
  });
  await createCanary(canaryOptions(log, place)).check();
  await pinsOf(log, place).check({ name: 'tool', description: mark, inputSchema: {} });
  const settings = createSettings({ recorder: log, reader: log });
  await settings.set(
    { tenantId: place.tenant, retentionDays: 1, disclose: [], reason: place.tenant },
    { context },
  );
  await holdTrace(log, { traceId: mark, held: true, reason: mark, context });
  return { reviewId: held.reviewId, sessionId, decisionId, recordId };
}

async function collect<T>(from: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const one of from) all.push(one);
  return all;
}

/** Opened values of records, for what hands out digests or sealed bytes. */
const openAll = (values: Iterable<{ readonly encoded: string }>) =>
  [...values].map(({ encoded }) => openDisclosure(encoded));

const parts = ({ log }: Asked) => ({ recorder: log, reader: log });
const policyOf = (asked: Asked) => createPolicy({ ...parts(asked), context: contextOf(OWN) });

/** What becomes of the reviews of other places, for whom the log is limited to one. */
async function ofForeign(
  { recorded, workspace }: World,
  log: Log,
  ask: (log: Log, reviewId: string) => Promise<unknown>,
): Promise<unknown> {
  if (log === workspace.log) return markOf(OWN);
  const foreign = PLACES.filter((place) => place !== OWN);
  const ids = foreign.map((place) => recorded.get(markOf(place))?.reviewId ?? '');
  const answers = await Promise.all(ids.map((id) => ask(log, id)));
  const texts = answers.map((answer) => JSON.stringify(answer) ?? 'undefined');
  expect(texts.join()).not.toMatch(/pending|approved|words/);
  return { texts };
}

async function deliverAll(log: Log): Promise<readonly string[]> {
  const sent: string[] = [];
  const notifier = createReviewNotifier({
    log,
    target: { url: 'https://hook.example/x', allowedHosts: ['hook.example'] },
    signing: { kind: 'hmac', secret: new Uint8Array(32) },
    cursor: { load: async () => undefined, save: async () => undefined },
    fetch: async (_url, init) => {
      sent.push(String(init?.body));
      return new Response(null, { status: 204 });
    },
  });
  await notifier.deliver();
  return sent;
}

type Case = (asked: Asked) => Promise<unknown>;

/** Each function that reads records for somebody, asked about one place. */
const CASES: Readonly<Record<string, Case>> = {
  '@spanforge/core-events eachPage': ({ log, where }) => collect(eachPage(log, where)),
  '@spanforge/core-events eachRecord': ({ log, where }) => collect(eachRecord(log, where)),
  '@spanforge/core-events readRecords': ({ log, where }) => readRecords(log, where),
  '@spanforge/core-events readTyped': ({ log, where }) => readTyped(log, scopeV1, where),
  '@spanforge/core-events readValues': async ({ log, where, world }) => {
    // Even records of another place, passed in by whoever holds them, open none of its values.
    const records = await readRecords(where.tenant ? log : world.workspace.log, where);
    const values = readValues(log, records).catch((error: { code: string }) => error.code);
    const found = await values;
    return typeof found === 'string' ? found : openAll(found.values());
  },
  '@spanforge/core-events/log createProjection': async ({ log, where }) => {
    const { tenant = OWN.tenant, project = OWN.project } = where;
    const seen: unknown[] = [];
    const projection = createProjection<unknown[]>({
      ...{ reader: log, types: ['spanforge.scope.v1'], empty: () => seen },
      apply: (state, record) => {
        const own = record.context.tenant === tenant && record.context.project === project;
        if (where.tenant === undefined || own) state.push(record);
      },
    });
    return (await projection.refresh()).state;
  },
  '@spanforge/enterprise assessCompliance': async ({ log }) => {
    const settings = await createSettings({ recorder: log, reader: log }).get(OWN.tenant);
    return assessCompliance({
      ...{ reader: log, settings, frameworks: COMPLIANCE_FRAMEWORKS, clock: Date.now },
      // How long the log is, everybody may know.
      position: { origin: 'test', size: 1, signedSize: 1 },
    });
  },
  '@spanforge/enterprise createSettings': async ({ log, where }) => {
    const settings = createSettings({ recorder: log, reader: log });
    return where.tenant ? settings.get(where.tenant) : settings.list();
  },
  '@spanforge/enterprise readHolds': async ({ log, where }) => {
    const holds: StandingHolds = await readHolds(log, where.tenant);
    return where.tenant ? [...holds.traces].filter((one) => one.includes(OWN.project)) : holds;
  },
  '@spanforge/enterprise pruneValues': async ({ log, world }) => {
    const { store } = world.workspace;
    const settings = await createSettings({ recorder: log, reader: log }).get(OWN.tenant);
    const due = await pruneValues(
      { store, recorder: log, reader: log },
      { settings, nowMs: Date.now() + 1e9, reason: 'r', context: contextOf(OWN), dryRun: true },
    );
    return { due };
  },
  '@spanforge/explain createExplain': (asked) =>
    createExplain(parts(asked)).listForTrace(TRACE, asked.where),
  '@spanforge/exporters createExporter': async ({ log, where, world }) => {
    const sent: unknown[] = [];
    const exporter = createExporter({
      reader: where.tenant ? log : world.workspace.log,
      cursor: createMemoryCursor(),
      content: 'unredacted',
      sink: { name: 'test', send: async (batch) => void sent.push(...batch) },
      filter: { tenants: [OWN.tenant], projects: [OWN.project] },
    });
    await exporter.exportOnce();
    return sent;
  },
  '@spanforge/govern createGovernanceTrace': (asked) =>
    createGovernanceTrace({ log: asked.log, context: contextOf(OWN) }).queryByOutcome('allow'),
  '@spanforge/govern metricsFromLog': ({ log, where }) => metricsFromLog(log, where),
  '@spanforge/govern createReviews': async ({ log, where }) => {
    const reviews = createReviews({ log });
    return [await reviews.list(where), await reviews.statistics(where)];
  },
  '@spanforge/govern createGovernor': async ({ log }) => {
    const governor = createGovernor({ log, source: NAMES.source });
    governor.govern(() => 'not run again', { name: 'note' });
    // Another tenant has a call of the same run with the same id: each gets its own result.
    return governor.call('note', {}, { ...contextOf(OWN), callId: 'noted' });
  },
  '@spanforge/govern getReview': ({ log, world }) => ofForeign(world, log, getReview),
  '@spanforge/govern resolveReview': ({ log, world }) =>
    ofForeign(world, log, (on, reviewId) =>
      resolveReview(on, { reviewId, resolution: 'approved', reviewer: 'eve' }).catch(
        ({ code }: { code: string }) => code,
      ),
    ),
  '@spanforge/govern/authzen createAccessRequests': async ({ log, world }) => {
    const key = await generateSigningKey({ alg: 'Ed25519', role: 'package' });
    const statusEndpoint = (id: string) => `https://pdp.example/${id.length}`;
    const { length: _, ...signing } = { length: 0, key, keys: [toVerificationKey(key)] };
    return ofForeign(world, log, (on, reviewId) => {
      const more = { log: on, issuer: 'https://pdp.example', statusEndpoint, ...signing };
      return createAccessRequests({ reviews: createReviews({ log: on }), ...more }).task(reviewId);
    });
  },
  '@spanforge/govern/notifications createReviewNotifier': async (asked) =>
    asked.where.tenant ? markOf(OWN) : deliverAll(asked.log),
  '@spanforge/gate createGate': async ({ log, world }) => {
    const gate = createGate({
      ...{ root: world.folder, reader: log, context: contextOf(OWN), projectId: OWN.project },
    });
    return gate.evaluate('trust-gate', undefined, { dryRun: true }).catch((error) => String(error));
  },
  '@spanforge/govern listReviews': ({ log, where }) => listReviews(log, where),
  '@spanforge/lineage createLineage': async (asked) => {
    const lineage = createLineage(parts(asked));
    return [
      await lineage.listForTrace(TRACE, asked.where),
      await lineage.listForSubject('the-subject', asked.where),
      await lineage.descendants('in', asked.where),
      await lineage.ancestors(markOf(OWN), asked.where),
      await lineage.impact({ data: 'in' }, asked.where),
    ];
  },
  '@spanforge/mcp createPins': ({ log }) => pinsOf(log, OWN).list(),
  '@spanforge/operator createOperator': async ({ log, where, world }) => {
    const { keys, checkpointer } = world.workspace;
    const operator = createOperator({ reader: log, checkpointer, packageKeys: keys.packages });
    const query = where.tenant ? where : OWN;
    const made = await operator.exportPackage(
      { query: { traceId: TRACE, ...query } },
      {
        disclose: () => true,
      },
    );
    return [
      await operator.listTraces(where),
      await operator.listTraces({ ...where, tool: 'pay' }),
      await operator.listTraces({ ...where, subject: 'the-subject' }),
      await operator.listTraces({ ...where, rule: 'waits' }),
      packageToJson(made),
      ...(where.tenant ? [] : [await operator.inspectTrace(TRACE)]),
    ];
  },
  '@spanforge/operator rederiveLog': ({ log, where }) =>
    rederiveLog(log, { rederive: createPolicyRederiver(), query: where }),
  '@spanforge/policy createPolicy': async (asked) => {
    const policy = policyOf(asked);
    return [
      await policy.listForTrace(TRACE, asked.where),
      await policy.lifecycle.history('prod'),
      await policy.labels.reviews({ ...(asked.where.project ? { project: OWN.project } : {}) }),
      await policy.getStatus(),
    ];
  },
  '@spanforge/policy-rollout createCanary': async ({ log }) =>
    createCanary(canaryOptions(log, OWN)).status(),
  '@spanforge/policy-rollout readCanary': ({ log, where }) => readCanary(log, 'roll-out', where),
  '@spanforge/policy-rollout decisionsOfLog': ({ log, where }) =>
    collect(decisionsOfLog({ reader: log, ...where })),
  '@spanforge/policy-rollout replayRange': async ({ log, where }) => {
    const end = await log.size();
    const seen: unknown[] = [];
    await replayRange(
      { from: 0, to: end, end },
      {
        candidate: bundleOf(OWN),
        source: { reader: log, ...where },
        onDecision: (decision) => void seen.push(decision),
      },
    );
    return seen;
  },
  '@spanforge/rag createRag': async (asked) => {
    const rag = createRag(parts(asked));
    const where = { traceId: TRACE, ...asked.where };
    return [await rag.listForTrace(TRACE, asked.where), await rag.getSession('the-session', where)];
  },
  '@spanforge/rbac createRbac': (asked) =>
    createRbac(parts(asked)).listForTrace(TRACE, asked.where),
  '@spanforge/scope createScope': (asked) =>
    createScope(parts(asked)).listForTrace(TRACE, asked.where),
  '@spanforge/validate createValidate': (asked) =>
    createValidate(parts(asked)).listForTrace(TRACE, asked.where),
};

async function createWorld(places: readonly Place[]): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'spanforge-isolation-'));
  await runCli(folder, ['init']);
  const workspace = await openWorkspace(join(folder, '.spanforge'), 'tests');
  const recorded = new Map<string, Recorded>();
  for (const place of places) recorded.set(markOf(place), await recordPlace(workspace.log, place));
  return { workspace, folder, recorded };
}

let world: World;
/** Where no other place exists. */
let alone: World;
beforeAll(async () => {
  [world, alone] = [await createWorld(PLACES), await createWorld([OWN])];
});
afterAll(async () => {
  for (const { workspace, folder } of [world, alone]) {
    await workspace.close();
    rmSync(folder, { recursive: true });
  }
});

/** Answers with names and numbers alone: they must be what they are where no other place exists. */
const WITHOUT_WORDS: readonly string[] = [
  '@spanforge/enterprise assessCompliance',
  '@spanforge/enterprise createSettings',
  '@spanforge/enterprise pruneValues',
  '@spanforge/gate createGate',
  '@spanforge/govern createGovernor',
  '@spanforge/govern metricsFromLog',
  '@spanforge/govern listReviews',
  '@spanforge/govern createReviews',
  '@spanforge/govern/notifications createReviewNotifier',
  '@spanforge/mcp createPins',
  '@spanforge/operator rederiveLog',
  '@spanforge/policy-rollout createCanary',
  '@spanforge/policy-rollout readCanary',
  '@spanforge/validate createValidate',
];

/** Retention is a tenant's: told the tenant, these speak of all its projects. */
const OF_THE_TENANT: readonly string[] = ['@spanforge/enterprise pruneValues'];

/** What differs from log to log: ids, digests, times, durations and places in the log. */
const withoutPlaces = (text: string): string =>
  text
    .replace(/[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{64}|"[\w+/=-]{40,}"/g, 'ID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/"(\w*([iI]ndex|[sS]ize|Ms|from|to|value|first|last|bound\w*))":[\d.]+/g, '"$1":0')
    .replace(/"records":\[[\d,]*\]/g, '"records":[]')
    .replace(/"decisionLatency":\{[^}]*\}/, '')
    .replace(/records? \d+( to \d+)?/g, 'records');

/** Everything that an answer says, texts in bytes too. */
function textOf(answer: unknown): string {
  return JSON.stringify(answer, (_, value) => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString();
    if (value instanceof Map || value instanceof Set) return [...value];
    return typeof value === 'bigint' ? String(value) : value;
  });
}

type Answers = Readonly<Record<string, string>>;

async function askIn(one: World, ask: Case): Promise<Answers> {
  const log = await seenBy(one.workspace, OWN);
  return {
    'told the place': textOf(await ask({ log: one.workspace.log, where: OWN, world: one })),
    'given what the place sees': textOf(await ask({ log, where: {}, world: one })),
  };
}

it.each(Object.entries(CASES))(
  '%s',
  async (name, ask) => {
    const [answers, expected] = [await askIn(world, ask), await askIn(alone, ask)];
    for (const [how, text] of Object.entries(answers)) {
      const found = FOREIGN.exec(text);
      const near = found ? text.slice(Math.max(0, found.index - 200), found.index + 100) : '';
      expect([name, how, near]).toEqual([name, how, '']);
      if (WITHOUT_WORDS.includes(name)) {
        if (how === 'told the place' && OF_THE_TENANT.includes(name)) continue;
        expect(withoutPlaces(text).split(',')).toEqual(
          withoutPlaces(expected[how] ?? '').split(','),
        );
        continue;
      }
      const refused = name.endsWith('readValues') && how !== 'told the place';
      expect(refused ? markOf(OWN) : text).toMatch(/words of acme in claims|"texts"/);
    }
  },
  60_000,
);

it('each function that reads records for somebody is asked', () => {
  const path = '../../../tooling/repository/readers-of-records.json';
  const readers = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
  expect(Object.keys(CASES).sort()).toEqual(readers['limited by its reader or by what it is told']);
});
