import { distinctPeople, foldIdentity, isSamePerson } from '@spanforge/core-events';

/** A request for approval: who asked, who approved, and how many approvals are needed. */
export interface DutyRequest {
  readonly requester: string;
  readonly approvers: readonly string[];
  /** Distinct approvers needed, at least 1. */
  readonly required: number;
  /** Who may approve; anybody but the requester when absent. */
  readonly eligible?: readonly string[];
}

/** The result of the check. */
export interface DutyFinding {
  readonly satisfied: boolean;
  /** Distinct approvers that count. */
  readonly approvals: number;
  readonly reason: string;
  readonly reasonCode:
    | 'satisfied'
    | 'approvals_missing'
    | 'self_approval'
    | 'not_eligible'
    | 'request_invalid';
}

const isId = (id: unknown): id is string => typeof id === 'string' && foldIdentity(id).length > 0;

function isWellFormed({ requester, approvers, required, eligible }: DutyRequest): boolean {
  return (
    isId(requester) &&
    Array.isArray(approvers) &&
    approvers.every(isId) &&
    Number.isSafeInteger(required) &&
    required >= 1 &&
    (eligible === undefined || (Array.isArray(eligible) && eligible.every(isId)))
  );
}

/**
 * Checks that the requester is not an approver and that enough others approved (N of M). Pure; never
 * throws. An approval by the requester, or by somebody not eligible, fails the whole check, because
 * such a list cannot be trusted. Ids that differ only in case, in Unicode form, in invisible
 * characters, or in letters of other scripts that look alike count as one person; only the first
 * three make somebody eligible.
 */
export function checkSeparationOfDuty(request: DutyRequest): DutyFinding {
  const no = (
    reasonCode: DutyFinding['reasonCode'],
    reason: string,
    approvals = 0,
  ): DutyFinding => ({
    satisfied: false,
    approvals,
    reason,
    reasonCode,
  });
  if (!isWellFormed(request)) return no('request_invalid', 'the request is not well-formed');
  const { requester, required, eligible } = request;
  const approvers = distinctPeople(request.approvers);
  if (request.approvers.some((approver) => isSamePerson(approver, requester))) {
    return no('self_approval', 'the requester is among the approvers');
  }
  const people = new Set(eligible?.map(foldIdentity));
  if (eligible && !request.approvers.every((approver) => people.has(foldIdentity(approver)))) {
    return no('not_eligible', 'an approver is not eligible');
  }
  if (approvers.length < required) {
    return no(
      'approvals_missing',
      `${approvers.length} of ${required} approvals`,
      approvers.length,
    );
  }
  return {
    satisfied: true,
    approvals: approvers.length,
    reason: `${approvers.length} of ${required} approvals`,
    reasonCode: 'satisfied',
  };
}
