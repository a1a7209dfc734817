import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { describe, expect, it } from 'vitest';
import { assessCompliance } from './assess.js';
import { COMPLIANCE_FRAMEWORKS } from './frameworks.js';
import { OSCAL_VERSION, toOscal } from './oscal.js';

const context = {
  ...{ tenant: 'acme', project: 'claims', env: 'prod', run: 'run-1', traceId: 'trace-1' },
  ...{ agent: 'bot', actor: 'ada', source: 'test@1.0.0' },
};

async function openLog() {
  return openEvidenceLog({
    store: createMemoryStore(),
    origin: 'example.org/compliance',
    writer: 'test',
    hmac: { kid: 'first', secret: crypto.getRandomValues(new Uint8Array(32)) },
  });
}

async function assess(
  log: Awaited<ReturnType<typeof openLog>>,
  { retentionDays, day = '2026-11-21' }: { retentionDays?: number; day?: string } = {},
) {
  const size = await log.size();
  return assessCompliance({
    reader: log,
    position: { origin: log.origin, size, signedSize: size },
    settings: { tenantId: 'acme', retentionDays, disclose: [], reason: 'test' },
    frameworks: COMPLIANCE_FRAMEWORKS,
    clock: () => Date.parse(`${day}T12:00:00.000Z`),
  });
}

const explanation = {
  type: 'spanforge.scope.v1',
  context,
  body: {
    ...{ agent_id: 'a', resource: 'r', action: 'read', outcome: 'allow', allowed: true },
    ...{ reason: 'granted', reason_code: 'granted' },
  },
};
const settle = async (log: Awaited<ReturnType<typeof openLog>>) =>
  (await log.append([explanation])).receipts;

describe('compliance', () => {
  it('is data: each control once, with its source and version, and a token for a name', () => {
    const ids = COMPLIANCE_FRAMEWORKS.flatMap(({ controls }) => controls.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z_][A-Za-z0-9._-]*$/);
    for (const { source, version, mapping } of COMPLIANCE_FRAMEWORKS) {
      expect([source, version, mapping].every((text) => text.length > 0)).toBe(true);
    }
  });

  it('supports nothing by an empty log, and says what no log can show', async () => {
    const { controls } = await assess(await openLog());
    const states = new Set(controls.map(({ state }) => state));
    expect(states.has('contradicted')).toBe(false);
    const claimed = controls.filter(({ state }) => state === 'supported');
    expect(claimed.every(({ records }) => records.length === 0)).toBe(true);
    expect(controls.find(({ id }) => id === 'aia-12-1')?.state).toBe('no_evidence');
    expect(controls.find(({ id }) => id === 'aia-26-7')?.state).toBe('outside');
  });

  it('applies the amended articles from their day on', async () => {
    const log = await openLog();
    const appliesOn = async (day: string) =>
      (await assess(log, { day })).controls.find(({ id }) => id === 'aia-12-1')?.applies;
    expect([await appliesOn('2027-12-01'), await appliesOn('2027-12-02')]).toEqual([false, true]);
  });

  it('holds a retention below six months against the articles on keeping', async () => {
    const log = await openLog();
    await settle(log);
    const stateOf = async (retentionDays?: number) =>
      (await assess(log, retentionDays === undefined ? {} : { retentionDays })).controls.find(
        ({ id }) => id === 'aia-19-1',
      )?.state;
    expect([await stateOf(30), await stateOf(184), await stateOf()]).toEqual([
      'contradicted',
      'supported',
      'supported',
    ]);
  });
});

const DATA =
  process.env.SPANFORGE_DATA ?? new URL('../../../../../shared/data', import.meta.url).pathname;
const METASCHEMA = join(DATA, 'specs/oscal/oscal_assessment-results_metaschema.xml');

/** The JSON members of an assembly that the metaschema defines itself, and which must be there. */
function membersOf(xml: string, assembly: string) {
  const start = xml.indexOf(`<define-assembly name="${assembly}"`);
  const tokens = xml
    .slice(start)
    .matchAll(
      /<(\/?)(define-assembly|define-field|define-flag|assembly|field|group-as|use-name)\b([^>]*?)(\/?)>([^<]*)/g,
    );
  const found = new Map<string, boolean>();
  let depth = 0;
  let current: { name: string; required: boolean } | undefined;
  const keep = () => {
    if (current) found.set(current.name, current.required);
    current = undefined;
  };
  for (const [, closing, tag, attributes = '', selfClosing, text = ''] of tokens) {
    const attribute = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(attributes)?.[1];
    const opens = tag === 'define-assembly' && selfClosing === '';
    if (closing === '/' && tag === 'define-assembly') {
      depth -= 1;
      if (depth === 0) break;
      if (depth === 1) keep();
      continue;
    }
    if (closing === '/') continue;
    if (opens) depth += 1;
    if (tag === 'define-assembly' && depth === 1) continue;
    const level = opens ? depth - 1 : depth;
    if (level !== 1) continue;
    if (tag === 'group-as' && current) current.name = attribute('name') ?? current.name;
    else if (tag === 'use-name' && current) current.name = text.trim() || current.name;
    else if (tag !== 'group-as' && tag !== 'use-name') {
      keep();
      const name = attribute('name') ?? attribute('ref') ?? '';
      const required = attribute('required') === 'yes' || Number(attribute('min-occurs') ?? 0) > 0;
      current = { name, required };
    }
  }
  keep();
  return found;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('OSCAL assessment results', () => {
  it.skipIf(!existsSync(METASCHEMA))(
    'have the members that the published metaschema defines, and those it requires (skipped without SPANFORGE_DATA)',
    async () => {
      const log = await openLog();
      await settle(log);
      const xml = readFileSync(METASCHEMA, 'utf8').replace(/<!--[\s\S]*?-->/g, '');
      expect(/<schema-version>([^<]+)</.exec(xml)?.[1]).toBe(OSCAL_VERSION);
      const document = toOscal(await assess(log))['assessment-results'] as Record<string, unknown>;
      const [result] = document.results as Record<string, unknown>[];
      const importAp = document['import-ap'] as Record<string, unknown>;
      for (const [name, object] of [
        ['assessment-results', document],
        ['result', result ?? {}],
        ['import-ap', importAp],
      ] as const) {
        const members = membersOf(xml, name);
        expect(members.size).toBeGreaterThan(1);
        const unknown = Object.keys(object).filter((key) => !members.has(key));
        const missing = [...members].flatMap(([key, is]) => (is && !(key in object) ? [key] : []));
        expect([name, unknown, missing]).toEqual([name, [], []]);
      }
    },
  );

  it('are findings only where the log speaks about what applies', async () => {
    const log = await openLog();
    await settle(log);
    const assessment = await assess(log, { retentionDays: 30 });
    const document = toOscal(assessment)['assessment-results'] as never as {
      readonly uuid: string;
      readonly metadata: Record<string, string>;
      readonly results: readonly {
        readonly observations: readonly { uuid: string; collected: string }[];
        readonly findings: readonly {
          readonly target: { 'target-id': string; status: { state: string } };
          readonly 'related-observations': readonly { 'observation-uuid': string }[];
        }[];
      }[];
    };
    const [result] = document.results;
    expect(result?.observations.length).toBe(assessment.controls.length);
    const observed = new Set(result?.observations.map(({ uuid }) => uuid));
    for (const uuid of [...observed, document.uuid]) expect(uuid).toMatch(UUID);
    for (const { collected } of result?.observations ?? []) expect(collected).toMatch(TIME);
    expect(document.metadata).toMatchObject({ 'oscal-version': OSCAL_VERSION });
    for (const finding of result?.findings ?? []) {
      const of = finding['related-observations'][0]?.['observation-uuid'] ?? '';
      expect(observed.has(of)).toBe(true);
      // Six months are asked for from 2027 on: what does not apply yet is no finding.
      expect(finding.target['target-id']).not.toContain('aia-');
    }
    const states = result?.findings.map(({ target }) => [target['target-id'], target.status.state]);
    expect(states).toContainEqual(['gdpr-30-1-f', 'satisfied']);
  });
});
