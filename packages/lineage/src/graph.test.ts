import { describe, expect, it } from 'vitest';
import { graphOf, toMermaid, toOpenLineage, toProvJson, toSvg } from './index.js';
import type { LineageRecord } from './types.js';

const aRecord = (recordId: string, parts: Partial<LineageRecord>): LineageRecord => ({
  ...{ recordId, index: 1, time: '2026-11-21T10:00:00.000Z', activity: 'copy', kind: 'transform' },
  ...{ inputs: [], outputs: [], parents: [], propagation: [] },
  context: {
    ...{ tenant: 'acme', project: 'p', env: 'prod', run: 'r', traceId: 't' },
    ...{ agent: 'agent-1', actor: 'ann', source: 's@1.0.0' },
  },
  ...parts,
});

const ULID = '01JBKZ5T900000000000000016';
const read = aRecord(ULID, { activity: 'read', outputs: [{ id: 'page', labels: ['untrusted'] }] });
const write = aRecord('01JBKZ5T900000000000000017', {
  ...{ activity: 'write', inputs: [{ id: 'page', labels: ['untrusted'] }] },
  ...{ outputs: [{ id: 'mail' }], parents: [ULID] },
});

describe('graphOf', () => {
  it('joins steps through their data', () => {
    const { nodes, edges, faults } = graphOf([read, write]);
    expect(nodes.map(({ title }) => title)).toEqual(['read', 'page', 'write', 'mail']);
    expect(edges.map(({ kind }) => kind)).toEqual(['made', 'used', 'made', 'follows']);
    expect(faults).toEqual([]);
  });

  it('tells a parent that is not there, and a way round', () => {
    expect(graphOf([write]).faults).toMatchObject([{ code: 'dangling_parent' }]);
    const a = aRecord('a', { inputs: [{ id: 'x' }], outputs: [{ id: 'y' }] });
    const b = aRecord('b', { inputs: [{ id: 'y' }], outputs: [{ id: 'x' }] });
    const [fault] = graphOf([a, b, read]).faults;
    expect(fault?.code).toBe('cycle');
    expect([...(fault?.nodes ?? [])].sort()).toEqual(['data:x', 'data:y', 'step:a', 'step:b']);
  });
});

const HOSTILE = `"]); click n0 "javascript:alert(1)" <script>alert(1)</script> &#x27;\u202Ecba\u0000`;
const hostile = aRecord('h', {
  ...{ activity: HOSTILE, outputs: [{ id: HOSTILE, labels: [HOSTILE] }] },
});

describe('pictures', () => {
  it('show hostile text and run none of it', () => {
    const svg = toSvg(graphOf([hostile]));
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('\u202E');
    expect(svg.match(/<(?!\/)[a-z]+/g)?.every((tag) => SAFE.has(tag))).toBe(true);
    const mermaid = toMermaid(graphOf([hostile]));
    for (const line of mermaid.split('\n').slice(1, 3)) {
      expect(
        line
          .replace(/^ {2}n\d\[\(?"/, '')
          .replace(/"\)?\]$/, '')
          .replaceAll('<br/>', ''),
      ).not.toMatch(/["[\]()<]|\\u/);
    }
  });

  it('draw every node once, and cycles too', () => {
    const a = aRecord('a', { inputs: [{ id: 'x' }], outputs: [{ id: 'y' }] });
    const b = aRecord('b', { inputs: [{ id: 'y' }], outputs: [{ id: 'x' }] });
    expect(toSvg(graphOf([a, b, read, write])).match(/<g>/g)).toHaveLength(8);
    expect(toSvg(graphOf([]))).toContain('<svg');
  });
});

const SAFE = new Set([
  ...['<svg', '<defs', '<marker', '<path', '<rect', '<g', '<title', '<text', '<tspan'],
]);

describe('exports', () => {
  it('write PROV-JSON whose relations name what is there', () => {
    const prov = toProvJson([read, write, hostile]) as Record<
      string,
      Record<string, Record<string, string>>
    >;
    const known = new Set([
      ...Object.keys(prov.entity ?? {}),
      ...Object.keys(prov.activity ?? {}),
      ...Object.keys(prov.agent ?? {}),
    ]);
    for (const relation of ['used', 'wasGeneratedBy', 'wasInformedBy', 'wasAssociatedWith']) {
      const members = Object.values(prov[relation] ?? {});
      expect(members.length).toBeGreaterThan(0);
      for (const one of members)
        for (const name of Object.values(one)) expect(known).toContain(name);
    }
    for (const name of known) expect(name).toMatch(/^sf:(data|record|agent)\/[\w.~!*'()%-]+$/);
  });

  it('write OpenLineage events whose runs are UUIDs', () => {
    const [first] = toOpenLineage([read]);
    expect(first).toMatchObject({
      eventType: 'COMPLETE',
      run: { runId: '0192e7f2-e920-0000-0000-000000000026' },
      job: { namespace: 'spanforge://acme', name: 'read' },
      outputs: [{ namespace: 'spanforge://acme', name: 'page' }],
    });
  });
});
