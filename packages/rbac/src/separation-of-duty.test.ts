import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSeparationOfDuty, type DutyRequest } from './separation-of-duty.js';

describe('checkSeparationOfDuty', () => {
  it.each([
    [{ requester: 'a', approvers: ['b', 'c'], required: 2 }, 'satisfied'],
    [{ requester: 'a', approvers: ['b', 'b'], required: 2 }, 'approvals_missing'],
    [{ requester: 'a', approvers: ['b', 'B'], required: 2 }, 'approvals_missing'],
    [{ requester: 'a', approvers: ['b', 'ｂ'], required: 2 }, 'approvals_missing'],
    [{ requester: 'a', approvers: [], required: 1 }, 'approvals_missing'],
    [{ requester: 'a', approvers: ['b', 'a'], required: 1 }, 'self_approval'],
    [{ requester: 'alice', approvers: ['Alice '], required: 1 }, 'self_approval'],
    [{ requester: 'a', approvers: ['b'], required: 1, eligible: ['c'] }, 'not_eligible'],
    [{ requester: 'a', approvers: ['b'], required: 1, eligible: ['b'] }, 'satisfied'],
    [{ requester: 'a', approvers: ['b'], required: 0 }, 'request_invalid'],
    [{ requester: 'a', approvers: ['b'], required: Number.NaN }, 'request_invalid'],
    [{ requester: '', approvers: ['b'], required: 1 }, 'request_invalid'],
    [{ requester: 'a', approvers: [''], required: 1 }, 'request_invalid'],
    [{ requester: 'a', approvers: 'bc', required: 1 }, 'request_invalid'],
  ])('%j is %s', (request, reasonCode) => {
    const finding = checkSeparationOfDuty(request as DutyRequest);
    expect(finding.reasonCode).toBe(reasonCode);
    expect(finding.satisfied).toBe(reasonCode === 'satisfied');
  });

  it('is satisfied only by enough people who are not the requester', () => {
    const person = fc.constantFrom('a', 'b', 'c', 'd', 'A');
    fc.assert(
      fc.property(
        person,
        fc.array(person),
        fc.integer({ min: 1, max: 4 }),
        (requester, approvers, required) => {
          const people = new Set(approvers.map((id) => id.toLowerCase()));
          expect(checkSeparationOfDuty({ requester, approvers, required }).satisfied).toBe(
            !people.has(requester.toLowerCase()) && people.size >= required,
          );
        },
      ),
    );
  });
});
