import type { Profiler } from 'node:inspector/promises';

/** Self time of one row of a table, microseconds. */
export interface TimeRow {
  readonly name: string;
  readonly us: number;
}

/** What a profile says: where the main thread was, by stage and by file. */
export interface ProfileTimes {
  readonly stages: readonly TimeRow[];
  readonly files: readonly TimeRow[];
}

/** The stages of a governed call, by the files that do their work; the first that fits counts. */
const STAGES: readonly (readonly [stage: string, files: RegExp])[] = [
  [
    'signed index: built',
    /^core-events src\/log\/index\/(index-builder|segment-entries|stored-tree|tree-entry|record-terms|index-head|reindex)/,
  ],
  ['signed index: built', /^core-signing src\/tlog\/index-tree/],
  ['signed index: asked', /^core-events src\/log\/index\//],
  ['signed index: asked', /^core-signing src\/tlog\/(index-proof|verify-index)/],
  [
    'checkpoints and tree',
    /^core-events src\/log\/(advance-checkpoint|checkpoint|prover|shared-runs|sign-growth|signing-state|tiles|lease|high-water)/,
  ],
  ['checkpoints and tree', /^core-signing src\/tlog\/(?!hash)/],
  ['roles', /^rbac /],
  ['scope', /^scope /],
  ['policy: rules', /^(policy src\/decide\/|condition )/],
  ['policy: snapshot and record', /^policy /],
  [
    'records: body, envelope, terms',
    /^core-events src\/(records\/|log\/(prepare|terms|joining|watched-clock|stage)|clock|ids|keep-each|keep-with|wire-names|decision-record)/,
  ],
  [
    'records: number, encode, hash, sign',
    /^core-events src\/log\/(batches|group-commit|settle-groups|record-encoder|record-keys|queue|read\.)/,
  ],
  ['log: submit and answer', /^core-events src\/log\//],
  ['store: pack and send', /^(store-sqlite|libsql)/],
  [
    'govern: open and snapshot',
    /^govern src\/(stages\/open-call|model\/(snapshot|governed-value))/,
  ],
  ['govern: controls', /^govern src\/(controls|stages\/(add-past|decide)|trace|model\/time-limit)/],
  [
    'govern: run and end',
    /^govern src\/(stages\/(run-to|end|ending|start)|redaction|stream|evidence)/,
  ],
  ['govern: pipeline', /^govern /],
  ['garbage collection', /^\(garbage collector\)/],
  ['idle', /^\(idle\)/],
  ['the benchmark', /^bench /],
];

/** Helpers that work for whoever calls them. */
const HELPERS = /^(core-signing src\/(?!tlog\/(?!hash))|core-events src\/(within|read-)|ulid|zod)/;

type Frame = Profiler.ProfileNode['callFrame'];

const SOURCE = /\/(?:packages|tooling)\/([^/]+)\/(?:dist\/.*|(src\/.*))$/;
const DEPENDENCY = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//;

/** The package of a frame, and its file where the sources ran; undefined for the runtime's own. */
function fileOf({ url }: Frame): string | undefined {
  const dependency = DEPENDENCY.exec(url)?.[1];
  if (dependency !== undefined) return `${dependency} `;
  const [, name, file = ''] = SOURCE.exec(url) ?? [];
  return name === undefined ? undefined : `${name} ${file}`;
}

const sorted = (times: ReadonlyMap<string, number>): readonly TimeRow[] =>
  [...times].map(([name, us]) => ({ name, us })).sort((a, b) => b.us - a.us);

const stageOf = (file: string): string =>
  STAGES.find(([, files]) => files.test(file))?.[0] ?? 'the runtime';

/**
 * Adds up a profile. Time in the runtime's own functions and in helpers counts for the nearest caller
 * that is neither.
 */
export function timesOf(profile: Profiler.Profile): ProfileTimes {
  const owners = new Map<number, string>();
  const own = (node: Profiler.ProfileNode, caller: string | undefined): void => {
    const { callFrame: frame } = node;
    const special = frame.functionName.startsWith('(') && frame.url === '';
    const file = special ? frame.functionName : fileOf(frame);
    const helps = file === undefined || HELPERS.test(file);
    const owner = special || !helps ? file : (caller ?? file);
    owners.set(node.id, owner ?? frame.url);
    for (const id of node.children ?? []) {
      const child = nodes.get(id);
      if (child) own(child, special ? undefined : owner);
    }
  };
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const [root] = profile.nodes;
  if (root) own(root, undefined);
  const files = new Map<string, number>();
  const stages = new Map<string, number>();
  for (const [at, id] of (profile.samples ?? []).entries()) {
    const us = profile.timeDeltas?.[at] ?? 0;
    const file = owners.get(id) ?? '';
    files.set(file, (files.get(file) ?? 0) + us);
    stages.set(stageOf(file), (stages.get(stageOf(file)) ?? 0) + us);
  }
  return { stages: sorted(stages), files: sorted(files) };
}
