import type { PolicyRequest } from '@spanforge/core-events';
import { createMemoryStore, openEvidenceLog } from '@spanforge/core-events/log';
import { createGovernor, type GovernorParts } from '@spanforge/govern';
import {
  compileBundle,
  createPolicy,
  PolicyError,
  type PolicyOptions,
  parseBundle,
} from '@spanforge/policy';

/** One thing that is tried, and what happened. */
export interface HostileTry {
  /** The fault it belongs to, such as `D-01`. */
  readonly id: string;
  readonly tried: string;
  /** What has to happen. */
  readonly must: string;
  readonly happens: () => Promise<string> | string;
}

/** Where and by whom calls are made. */
export const PLACE = {
  tenant: 'acme',
  project: 'support',
  env: 'prod',
  run: 'run-1',
  traceId: 'trace-1',
};
const WHO = { agent: 'bot', actor: 'alice' };
/** The software that calls. */
export const SOURCE = 'hostile@1.0.0';
/** The context of a call. */
export const CALL = { ...PLACE, ...WHO };
/** The context of a record. */
export const CONTEXT = { ...CALL, source: SOURCE };
/** What must not come out. */
export const CARD = '4111 1111 1111 1111';

/** A part of a bundle or of a request, as it is written. */
export type Written = Readonly<Record<string, unknown>>;

/** A bundle of these rules. */
export const bundleOf = (rules: readonly Written[], more: Written = {}) =>
  parseBundle({
    ...{ policy_id: 'p', version: '1', environment: 'prod', owner: 'o' },
    effective_at: '2026-01-01T00:00:00Z',
    rules: rules.map((rule, at) => ({
      ...{ rule_id: `r${at}`, service: 'sf_govern', control: 'tool_call' },
      ...rule,
    })),
    ...more,
  });

/** How a bundle is taken that should not load. */
export function loading(rules: readonly Written[], more?: Written): string {
  try {
    bundleOf(rules, more);
    return 'loads';
  } catch (error) {
    return PolicyError.is(error) && error.problems.length > 0 ? 'load error' : String(error);
  }
}

/** A policy over an empty log. */
export async function open(options: Partial<PolicyOptions> = {}) {
  const store = createMemoryStore();
  const log = await openEvidenceLog({ store, origin: 'a.example/b', writer: 't', hmac: false });
  const fresh = { refreshMs: -1 };
  const create = (more: Partial<PolicyOptions> = {}) =>
    createPolicy({ recorder: log, reader: log, context: CONTEXT, ...fresh, ...options, ...more });
  return { log, create, policy: create() };
}

/** What {@link open} gives. */
export type Opened = Awaited<ReturnType<typeof open>>;

/** Calls a tool once by a bundle, and says what became of it and of the value it gives. */
export async function callBy(
  bundle: ReturnType<typeof bundleOf>,
  value: unknown,
  parts: (opened: Opened) => Promise<Partial<GovernorParts>> = async () => ({}),
): Promise<string> {
  const opened = await open();
  const { log, policy } = opened;
  await policy.lifecycle.activate(bundle);
  const governor = createGovernor({ log, policy, source: SOURCE, ...(await parts(opened)) });
  let ran = false;
  governor.govern(
    () => {
      ran = true;
      return value;
    },
    { name: 'pay', effect: 'write' },
  );
  const result = await governor.call('pay', { card: { number: CARD } }, CALL);
  if (!ran) return 'not run';
  const shown = JSON.stringify('value' in result ? result.value : null);
  return shown.includes(CARD) ? 'released unmasked' : 'masked or withheld';
}

/** What a bundle of these rules decides. */
export const ask = (rules: readonly Written[], request: Written, more?: Written) =>
  compileBundle(bundleOf(rules, more)).decide({
    ...{ service: 'sf_govern', control: 'tool_call', time: 0 },
    ...request,
  } as PolicyRequest);
/** Rules that block another tool. */
export const BLOCK_ALL = [{ action: 'block', target: { tools: ['other'] } }];
/** A rule about how well an answer is grounded. */
export const grounding = { service: 'sf_rag', control: 'grounding_threshold', action: 'block' };

/** A rule that asks a person. */
export const review = (parts: Written) => [{ action: 'human_review', ...parts }];
