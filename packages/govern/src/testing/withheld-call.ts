import type { EvidenceStore } from '@spanforge/core-events/log';
import { createGovernor, type GovernorParts, govern, resolveReview } from '../index.js';
import { CALL, createFaultyStore, decision, openLog } from './fixtures.js';

type Pay = (args: { amount: number }) => unknown;

const payByCard: Pay = ({ amount }) => ({ card: '4111', amount });

/**
 * A call of `pay` whose result is withheld for a person, over a store whose evidence can be erased
 * or fail. `late` is the decision about its result.
 */
export async function withheldCall(more: Partial<GovernorParts> = {}, run = payByCard) {
  const faulty = createFaultyStore();
  const erased = { values: false };
  const store: EvidenceStore = {
    ...faulty.store,
    disclosures: async (index) => (erased.values ? [] : faulty.store.disclosures(index)),
  };
  const log = await openLog(store);
  const late = { decision: decision('human_review') };
  const runs: unknown[] = [];
  const governor = createGovernor({
    log,
    scope: async () => decision('allow'),
    postflight: [{ name: 'late', control: async () => late.decision }],
    facts: true,
    ...more,
  });
  const pay = govern(
    async (args: { amount: number }) => {
      runs.push(args);
      return run(args);
    },
    { governor, name: 'pay' },
  );
  const held = await pay({ amount: 5 }, CALL);
  if (held.status !== 'withheld' || !held.reviewId) throw new Error('not withheld');
  const { reviewId } = held;
  const approve = () =>
    resolveReview(more.log ?? log, { reviewId, resolution: 'approved', reviewer: 'bob' });
  const again = () => pay({ amount: 5 }, CALL);
  return { log, late, runs, pay, again, approve, reviewId, erased, plan: faulty.plan };
}

/** {@link withheldCall}, which a person has approved. */
export async function approvedResult(more?: Partial<GovernorParts>, run?: Pay) {
  const { approve, ...call } = await withheldCall(more, run);
  await approve();
  return call;
}
