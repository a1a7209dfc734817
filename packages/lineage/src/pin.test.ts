import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LineageErrorCode } from './error.js';
import * as lineage from './index.js';
import * as labels from './labels.js';

const CODES: Record<LineageErrorCode, true> = {
  LINEAGE_CYCLE: true,
  LINEAGE_EVIDENCE_UNAVAILABLE: true,
  LINEAGE_LABELS_DROPPED: true,
  LINEAGE_PARENT_UNKNOWN: true,
  LINEAGE_RECORD_INVALID: true,
};

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the public surface', () => {
  it('exports exactly this', () => {
    expect(Object.keys(lineage).sort()).toEqual([
      'LineageError',
      'createLineage',
      'graphOf',
      'stepsOfCalls',
      'toMermaid',
      'toOpenLineage',
      'toProvJson',
      'toSvg',
    ]);
    expect(Object.keys(labels).sort()).toEqual([
      'STANDARD_CHAINS',
      'createLabelTracker',
      'createLattice',
      'labelsFor',
      'propagate',
      'sharesRun',
      'sharesValue',
      'traceValue',
    ]);
  });

  it.each(Object.keys(CODES))('documents %s', (code) => {
    expect(readme).toContain(`\`${code}\``);
  });
});
