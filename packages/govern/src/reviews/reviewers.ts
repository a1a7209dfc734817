import type { ReviewerCheck, ReviewerFinding, ReviewerQuestion } from '@spanforge/core-events';
import { distinctPeople, isSamePerson } from '@spanforge/core-events';

const no = (reasonCode: string, reason: string): ReviewerFinding => ({
  eligible: false,
  reasonCode,
  reason,
});

/**
 * The default check: anybody but the requester may decide when no role is demanded. When a role is
 * demanded nobody may, because roles cannot be looked up.
 */
const anybodyElse: ReviewerCheck = async ({ roles }) =>
  roles.length === 0
    ? { eligible: true, reasonCode: 'satisfied', reason: 'No role is asked for.' }
    : no('roles_unknown', 'A role is asked for, and no role service was given to look it up.');

/** Asks who may decide. Never rejects: a check that fails counts as "no". */
export async function mayDecide(
  check: ReviewerCheck | undefined,
  question: ReviewerQuestion,
): Promise<ReviewerFinding> {
  const asking = [question.requester, question.agent];
  const people = distinctPeople(question.reviewers);
  if (question.reviewers.some((id) => asking.some((one) => isSamePerson(one, id)))) {
    return no('self_approval', 'Who asks cannot decide.');
  }
  if (people.length < question.required) {
    return no('approvals_missing', `${people.length} of ${question.required} approvals.`);
  }
  try {
    const found = await (check ?? anybodyElse)(question);
    return found?.eligible === true
      ? found
      : no(found?.reasonCode ?? 'not_eligible', found?.reason);
  } catch {
    return no('roles_unavailable', 'The roles of the reviewer could not be read.');
  }
}
