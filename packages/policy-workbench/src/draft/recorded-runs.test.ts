import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { compileBundle } from '@spanforge/policy';
import { parseBundleYaml } from '@spanforge/policy/yaml';
import { describe, expect, it } from 'vitest';
import { type DraftRun, draftPolicy, parseToolSchemas } from '../draft.js';
import { parseCasesYaml, runCases, testMutants } from '../testing.js';

const root = resolve(import.meta.dirname, '../../../..');
const data = resolve(root, process.env.SPANFORGE_DATA ?? '../shared/data');
const file = resolve(data, 'taubench/airline_runs_public.jsonl');
const there = existsSync(file);
if (!there) console.warn(`skipped: there is no ${file}`);

function runsOf(text: string): readonly DraftRun[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { id, tool_calls: calls } = JSON.parse(line);
      return { id, calls };
    });
}

describe.skipIf(!there)('a draft from recorded runs of an airline desk', () => {
  const runs = there ? runsOf(readFileSync(file, 'utf8')) : [];
  const schemas = there
    ? parseToolSchemas(
        JSON.parse(readFileSync(resolve(data, 'taubench/airline_tools.json'), 'utf8')),
      )
    : [];
  const options = {
    runs,
    tools: schemas,
    effectiveAt: '2026-01-01T00:00:00Z',
    shadowUntil: '2026-04-01T00:00:00Z',
  };
  const draft = there ? draftPolicy(options) : undefined;

  it('loads, passes its cases, and says nothing against what it was drafted from', () => {
    const bundle = parseBundleYaml(draft?.bundle ?? '');
    const cases = parseCasesYaml(draft?.cases ?? '');
    expect(runCases(bundle, cases).filter(({ passed }) => !passed)).toEqual([]);
    const decider = compileBundle(bundle);
    const said = runs.flatMap(({ calls }) =>
      calls.flatMap(({ name: tool, args }, at) => {
        const earlier = calls.slice(0, at).map(({ name, args: given, result }) => ({
          tool: name,
          args: given,
          result,
        }));
        return decider.decide({
          service: 'sf_govern',
          control: 'tool_call',
          tool,
          args,
          calls: earlier,
          time: bundle.effectiveAtMs,
        }).rules;
      }),
    );
    expect(said).toEqual([]);
  });

  it('denies what nobody did', () => {
    const bundle = parseBundleYaml(draft?.bundle ?? '');
    expect(draft?.summary.unseen).toEqual(['update_reservation_passengers']);
    expect(draft?.manifest).not.toContain('update_reservation_passengers');
    const { rules } = compileBundle(bundle).decide({
      service: 'sf_govern',
      control: 'tool_call',
      tool: 'update_reservation_passengers',
      args: {},
      time: bundle.effectiveAtMs,
    });
    expect(rules).toMatchObject([{ ruleId: 'unseen-tools-are-denied', action: 'block' }]);
  });

  it('is the same every time, whatever the order in which tools are declared', () => {
    expect(draftPolicy({ ...options, tools: schemas.toReversed() })).toEqual(draft);
  });

  it('has cases that notice most of what could go wrong with it', () => {
    const bundle = parseBundleYaml(draft?.bundle ?? '');
    const { score = 0 } = testMutants(bundle, parseCasesYaml(draft?.cases ?? ''));
    expect(score).toBeGreaterThan(0.5);
  });
});
