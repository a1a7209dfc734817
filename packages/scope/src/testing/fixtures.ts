import type {
  Appended,
  EvidenceContext,
  EvidenceReader,
  PolicyVerdict,
  RecordDraft,
  Recorder,
} from '@spanforge/core-events';
import {
  createMemoryStore,
  type EvidenceLog,
  type EvidenceStore,
  openEvidenceLog,
} from '@spanforge/core-events/log';
import fc from 'fast-check';
import { parseManifest } from '../manifest.js';

export const CONTEXT: EvidenceContext = {
  tenant: 'acme',
  project: 'claims',
  env: 'test',
  run: 'run-1',
  traceId: 'trace-1',
  agent: 'claims-agent',
  actor: 'user-1',
  source: 'tests@1.0.0',
};

const SECRET = crypto.getRandomValues(new Uint8Array(32));

export function openLog(store: EvidenceStore = createMemoryStore()): Promise<EvidenceLog> {
  return openEvidenceLog({
    store,
    origin: 'log.example/acme',
    writer: 'tests',
    hmac: { kid: 'k1', secret: SECRET },
  });
}

/** A recorder and reader over a real log whose fate a test holds in its hands. */
export interface Switchboard {
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
  append: 'works' | 'rejects' | 'hangs' | 'throws' | 'fails_late' | 'lands_unheard';
  read: 'works' | 'rejects' | 'hangs';
  attempts: number;
}

export function createSwitchboard(log: EvidenceLog): Switchboard {
  const never = new Promise<never>(() => undefined);
  const refused = (): Promise<never> => Promise.reject(new Error('the disk is gone'));
  const guarded = <T>(call: () => Promise<T>): Promise<T> =>
    board.read === 'works' ? call() : board.read === 'hangs' ? never : refused();
  const failLate = async (drafts: readonly RecordDraft[]): Promise<Appended> => {
    const receipts = refused();
    receipts.catch(() => undefined);
    return { ids: drafts.map(() => 'staged'), duplicate: false, receipts };
  };
  const board: Switchboard = {
    append: 'works',
    read: 'works',
    attempts: 0,
    recorder: {
      append(drafts, options) {
        board.attempts += 1;
        if (board.append === 'throws') throw new Error('thrown, not rejected');
        if (board.append === 'rejects') return refused();
        if (board.append === 'hangs') return never;
        if (board.append === 'lands_unheard') return log.append(drafts, options).then(() => never);
        return board.append === 'fails_late' ? failLate(drafts) : log.append(drafts, options);
      },
    },
    reader: {
      size: () => guarded(() => log.size()),
      query: (query) => guarded(() => log.query(query)),
      disclosures: (index) => guarded(() => log.disclosures(index)),
    },
  };
  return board;
}

export function verdict(parts: Partial<PolicyVerdict> = {}): PolicyVerdict {
  return {
    outcome: 'allow',
    obligations: [],
    reason: 'a rule said so',
    reasonCode: 'rule',
    matched: true,
    rules: [],
    policy: { id: 'claims-policy', version: '2026.05.02', digest: 'd'.repeat(64) },
    ...parts,
  };
}

export const RESOURCES = ['claims', 'decisions', 'files', 'constructor'] as const;
export const ACTIONS = ['read', 'list', 'LIST', 'delete', 'deploy', 'sing', 'toString'] as const;
export const CAPABILITIES = ['claim.read', 'decision.write'] as const;

const grants = fc.uniqueArray(
  fc.constantFrom(...ACTIONS, '*', 'category:read', 'category:write', 'category:admin'),
  { maxLength: 4 },
);

export const aManifest = fc
  .record(
    {
      capabilities: fc.uniqueArray(fc.constantFrom(...CAPABILITIES)),
      resourceActions: fc.dictionary(fc.constantFrom(...RESOURCES, '*'), grants),
      onDenied: fc.constantFrom('block', 'escalate'),
      expiresAt: fc.constantFrom('1970-01-01T00:00:01Z', '1970-01-01T00:00:02Z'),
    },
    { requiredKeys: [] },
  )
  .map((parts) => parseManifest({ agentId: 'a', ...parts }));

export const aRequest = fc.record(
  {
    agentId: fc.constant('a'),
    resource: fc.constantFrom(...RESOURCES),
    action: fc.constantFrom(...ACTIONS),
    capability: fc.constantFrom(...CAPABILITIES),
  },
  { requiredKeys: ['agentId', 'resource', 'action'] },
);
