import type { EvidenceRecord } from '@spanforge/core-events';
import { type PolicyLifecycleBody, policyLifecycleV1 } from '@spanforge/core-events/records';
import type { EnvelopeSignature } from '@spanforge/core-signing';
import { scopeKey } from './bundle-scope.js';

/** A lifecycle step from the log, with the joined, still unparsed text of its bundle. */
export interface LoggedStep {
  readonly step: 'activated' | 'promoted' | 'rolled_back' | 'deactivated' | 'unreadable';
  readonly stage: 'shadow' | 'enforce';
  readonly environment: string;
  readonly policyId: string;
  readonly version: string;
  readonly digest: string;
  /** Absent after a deactivation. */
  readonly text?: string;
  readonly signatures?: readonly EnvelopeSignature[];
}

/** All lifecycle steps in the log, by scope, in log order; grows as records are applied. */
export interface LifecycleLog {
  readonly steps: Map<string, LoggedStep[]>;
  /** Texts that arrive in parts, by scope, stage and digest. */
  readonly parts: Map<string, string[]>;
  /** Grows with each step. */
  revision: number;
}

export function emptyLifecycleLog(): LifecycleLog {
  return { steps: new Map(), parts: new Map(), revision: 0 };
}

const CHANGES = new Set<string>(['activated', 'promoted', 'rolled_back', 'deactivated']);

/** Applies a record; never throws, whatever it contains. */
export function applyRecord(log: LifecycleLog, record: EvidenceRecord): void {
  if (record.mode !== 'live') return;
  // Tenant and environment come from the record's context; the body can only narrow them to one
  // application. A record with an unreadable body applies to the whole environment.
  const body = readBody(record);
  const { tenant, env: environment } = record.context;
  const scope = scopeKey({ tenant, environment, application: body?.application });
  const step = body === undefined ? UNREADABLE : readStep(log, body, record, scope);
  if (step === undefined) return;
  const steps = log.steps.get(scope) ?? [];
  log.steps.set(scope, steps);
  steps.push(step);
  log.revision += 1;
}

/** An unreadable step is in force all the same, and blocks, until the next activation. */
const UNREADABLE: LoggedStep = Object.freeze({
  step: 'unreadable',
  stage: 'enforce',
  environment: '',
  policyId: 'unknown',
  version: '',
  digest: '',
});

function readBody(record: EvidenceRecord): PolicyLifecycleBody | undefined {
  try {
    return policyLifecycleV1.fromWire(record.body);
  } catch {
    return undefined;
  }
}

function readStep(
  log: LifecycleLog,
  body: PolicyLifecycleBody,
  record: EvidenceRecord,
  scope: string,
) {
  if (!CHANGES.has(body.step)) return undefined;
  if (body.environment !== record.context.env) return UNREADABLE;
  const { step, stage = 'enforce', environment, policyId, version } = body;
  const { digest = '', signatures } = body;
  const head = { step, stage, environment, policyId, version, digest } as LoggedStep;
  if (step === 'deactivated') return head;
  const text = joinParts(log, body, `${scope}\n${stage}\n${digest}`);
  if (text === undefined) return undefined;
  return {
    ...head,
    text,
    ...(signatures === undefined ? {} : { signatures: signatures.map(toSignature) }),
  };
}

const toSignature = ({ keyid, sig }: { keyid?: string | undefined; sig: string }) =>
  keyid === undefined ? { sig } : { keyid, sig };

/** The bundle's text, once its last part is there. */
function joinParts(
  { parts }: LifecycleLog,
  { bundle = '', part }: PolicyLifecycleBody,
  key: string,
): string | undefined {
  if (part === undefined) return bundle;
  const texts = part.number === 1 ? [] : (parts.get(key) ?? []);
  texts.push(bundle);
  parts.set(key, texts);
  if (part.number < part.of) return undefined;
  parts.delete(key);
  return texts.join('');
}
