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
import { parseActor } from '../actor.js';

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
  append: 'works' | 'rejects' | 'hangs' | 'throws' | 'fails_late';
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

export const ROLES = ['viewer', 'editor', 'admin', 'claims_reviewer', 'toString'] as const;
export const RESOURCES = ['claims', 'payments', 'constructor'] as const;
export const ACTIONS = ['read', 'LIST', 'write', 'delete', 'valueOf'] as const;

const someRoles = fc.uniqueArray(fc.constantFrom(...ROLES), { maxLength: 3 });

export const anActor = fc
  .record({
    roles: someRoles,
    resourceRoles: fc.dictionary(fc.constantFrom(...RESOURCES, '*'), someRoles),
  })
  .map((parts) => parseActor({ actorId: 'a', ...parts }));

export const aMatrix = fc.dictionary(fc.constantFrom(...ROLES), someRoles);

export const somePermissions = fc.dictionary(
  fc.constantFrom(...ROLES),
  fc.dictionary(
    fc.constantFrom(...RESOURCES, '*'),
    fc.uniqueArray(fc.constantFrom(...ACTIONS, '*', 'category:read', 'category:write'), {
      maxLength: 3,
    }),
  ),
);

export const aRequest = fc.record(
  {
    actorId: fc.constant('a'),
    resource: fc.constantFrom(...RESOURCES),
    action: fc.constantFrom(...ACTIONS),
    requiredRoles: someRoles,
    anyOf: fc.boolean(),
  },
  { requiredKeys: ['actorId', 'resource', 'action'] },
);
