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
    [{ requester: 'al\u200bice', approvers: ['alice'], required: 1 }, 'self_approval'],
    [{ requester: 'alice', approvers: ['a\u3164lice\ufe0f'], required: 1 }, 'self_approval'],
    [{ requester: 'jose\u0301', approvers: ['JOS\u00c9'], required: 1 }, 'self_approval'],
    [{ requester: 'a', approvers: ['b', 'b\u2060'], required: 2 }, 'approvals_missing'],
    [{ requester: 'alice', approvers: ['\u0430lice'], required: 1 }, 'self_approval'],
    [{ requester: 'a', approvers: ['bob', 'b\u043eb'], required: 2 }, 'approvals_missing'],
    [{ requester: 'a', approvers: ['b\u043eb'], required: 1, eligible: ['bob'] }, 'not_eligible'],
    [{ requester: 'a', approvers: ['\u200b'], required: 1 }, 'request_invalid'],
    [{ requester: 'a', approvers: ['B'], required: 1, eligible: ['b'] }, 'satisfied'],
    [{ requester: 'a', approvers: ['b'], required: 1, eligible: ['c'] }, 'not_eligible'],
    [{ requester: 'a', approvers: ['b'], required: 1, eligible: ['b'] }, 'satisfied'],
    [{ requester: 'a', approvers: ['b', 'c'], required: 1, eligible: ['b'] }, 'not_eligible'],
    [{ requester: 'a', approvers: ['b'], required: 1, eligible: [] }, 'not_eligible'],
    [{ requester: 'a', approvers: ['b'], required: 1, eligible: 'b' }, 'request_invalid'],
    [{ requester: 'a', approvers: ['b'], required: 1, eligible: ['b', ''] }, 'request_invalid'],
    [{ requester: 'a', approvers: ['b'], required: 1, eligible: ['b', 7] }, 'request_invalid'],
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

  it.each<[Partial<DutyRequest>, object]>([
    [{}, { satisfied: true, approvals: 2, reason: '2 of 2 approvals', reasonCode: 'satisfied' }],
    [
      { required: 3 },
      { approvals: 2, reason: '2 of 3 approvals', reasonCode: 'approvals_missing' },
    ],
    [
      { requester: 'c' },
      { reason: 'the requester is among the approvers', reasonCode: 'self_approval' },
    ],
    [{ eligible: ['b'] }, { reason: 'an approver is not eligible', reasonCode: 'not_eligible' }],
    [
      { required: 1.5 },
      { reason: 'the request is not well-formed', reasonCode: 'request_invalid' },
    ],
    [{ required: -1 }, { reason: 'the request is not well-formed', reasonCode: 'request_invalid' }],
    [
      { eligible: null as never },
      { reason: 'the request is not well-formed', reasonCode: 'request_invalid' },
    ],
    [
      { approvers: [['b']] as never },
      { reason: 'the request is not well-formed', reasonCode: 'request_invalid' },
    ],
    [
      { approvers: { every: () => true } as never },
      { reason: 'the request is not well-formed', reasonCode: 'request_invalid' },
    ],
    [
      { eligible: { every: () => true } as never },
      { reason: 'the request is not well-formed', reasonCode: 'request_invalid' },
    ],
  ])('of two approvals, but for %j, is %j', (change, finding) => {
    const request = { requester: 'a', approvers: ['b', 'c'], required: 2, ...change };
    expect(checkSeparationOfDuty(request)).toEqual({ satisfied: false, approvals: 0, ...finding });
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

it('does not depend on the spelling of anybody', () => {
  const spelled = (name: string) =>
    fc
      .array(fc.constantFrom('\u200b', '\u200d', '\ufeff', '\u00ad', ''), {
        minLength: name.length,
        maxLength: name.length,
      })
      .chain((gaps) =>
        fc
          .boolean()
          .map((upper) =>
            [...name]
              .map((letter, at) => (upper ? letter.toUpperCase() : letter) + gaps[at])
              .join(''),
          ),
      );
  fc.assert(
    fc.property(spelled('alice'), spelled('alice'), spelled('bob'), (requester, again, other) => {
      const ask = (approvers: readonly string[]) =>
        checkSeparationOfDuty({ requester, approvers, required: 1 }).reasonCode;
      expect(ask([again])).toBe('self_approval');
      expect(ask([other])).toBe('satisfied');
    }),
  );
});
