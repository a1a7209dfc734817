import type { ReviewerFinding } from '@spanforge/core-events';
import { describe, expect, it } from 'vitest';
import { hasApproved, type ReviewVote, tally } from './review-votes.js';
import { mayDecide } from './reviewers.js';

const vote = (reviewer: string, more: Partial<ReviewVote> = {}): ReviewVote => ({
  ...{ reviewer, resolution: 'approved', at: '2026-05-02T10:00:00.000Z', index: 1 },
  ...{ approves: 'first' },
  ...more,
});

describe('the votes of a review', () => {
  it('approve it where enough people approved the same', () => {
    const [ada, bob] = [vote('ada'), vote('bob')];
    expect(tally([], 1)).toEqual({ kind: 'open', approvals: 0 });
    expect(tally([], 0)).toEqual({ kind: 'open', approvals: 0 });
    expect(tally([ada], 2)).toEqual({ kind: 'open', approvals: 1 });
    expect(tally([ada, bob], 2)).toEqual({ kind: 'approved', counted: [ada, bob] });
    expect(tally([ada, bob], 1)).toEqual({ kind: 'approved', counted: [ada, bob] });
  });

  it('count once for each person, however the name is spelled', () => {
    expect(tally([vote('ada'), vote('ada')], 2)).toEqual({ kind: 'open', approvals: 1 });
    const folded = tally([vote('user:ada'), vote('USER:Ada')], 2);
    expect(folded).toEqual({ kind: 'open', approvals: 1 });
    // The second is written with a Cyrillic letter.
    const alike = tally([vote('ada'), vote('\u0430da'), vote('ada', { index: 3 })], 2);
    expect(alike).toEqual({ kind: 'open', approvals: 1 });
    expect(hasApproved([vote('ada')], '\u0430da')).toBe(true);
  });

  it('are for the last version, so an edit is approved again', () => {
    const edit = vote('bob', { approves: 'second' });
    expect(tally([vote('ada'), edit], 2)).toEqual({ kind: 'open', approvals: 1 });
    const again = vote('ada', { approves: 'second' });
    expect(tally([vote('ada'), edit, again], 2)).toEqual({
      ...{ kind: 'approved', counted: [edit, again] },
    });
  });

  it('reject it where one person does, whatever others say', () => {
    const no = vote('eve', { resolution: 'rejected' });
    for (const votes of [[no], [vote('ada'), no], [no, vote('ada'), vote('bob')]]) {
      expect(tally(votes, 1)).toEqual({ kind: 'rejected', by: no });
    }
  });

  it('say who has approved the last version already', () => {
    const edit = vote('bob', { approves: 'second' });
    expect(hasApproved([], 'ada')).toBe(false);
    expect(hasApproved([vote('ada')], 'Ada')).toBe(true);
    expect(hasApproved([vote('ada')], 'bob')).toBe(false);
    expect(hasApproved([vote('ada'), edit], 'ada')).toBe(false);
    expect(hasApproved([vote('ada'), edit], 'bob')).toBe(true);
  });
});

describe('who may decide', () => {
  const question = {
    ...{ tenant: 'acme', requester: 'user:ada', agent: 'agent:bot', reviewers: ['user:bob'] },
    ...{ required: 1, roles: [] as string[] },
  };
  const yes: ReviewerFinding = { eligible: true, reasonCode: 'satisfied', reason: 'yes' };
  const ask = (more: Partial<typeof question> = {}, check?: Parameters<typeof mayDecide>[0]) =>
    mayDecide(check, { ...question, ...more });

  it('is neither who asks nor the agent, however their names are spelled', async () => {
    const self = {
      ...{ eligible: false, reasonCode: 'self_approval', reason: 'Who asks cannot decide.' },
    };
    for (const one of ['user:ada', 'USER:ADA', 'agent:bot', 'Agent:Bot']) {
      expect(await ask({ reviewers: [one] }, async () => yes)).toEqual(self);
      expect(await ask({ reviewers: ['user:bob', one] }, async () => yes)).toEqual(self);
    }
  });

  it('is so many people, each once', async () => {
    const missing = {
      eligible: false,
      reasonCode: 'approvals_missing',
      reason: '1 of 2 approvals.',
    };
    expect(await ask({ required: 2 }, async () => yes)).toEqual(missing);
    const twice = ['user:bob', 'USER:BOB'];
    expect(await ask({ required: 2, reviewers: twice }, async () => yes)).toEqual(missing);
    const two = ['user:bob', 'user:cy'];
    expect(await ask({ required: 2, reviewers: two }, async () => yes)).toBe(yes);
    expect(await ask({ required: 1, reviewers: two }, async () => yes)).toBe(yes);
  });

  it('is anybody else where no role is asked for, and nobody where roles cannot be looked up', async () => {
    expect(await ask()).toEqual({
      ...{ eligible: true, reasonCode: 'satisfied', reason: 'No role is asked for.' },
    });
    expect(await ask({ roles: ['approver'] })).toEqual({
      ...{ eligible: false, reasonCode: 'roles_unknown' },
      reason: 'A role is asked for, and no role service was given to look it up.',
    });
  });

  it('is whom the check names, and nobody where it fails or says something else', async () => {
    const asked: unknown[] = [];
    const check = async (one: unknown) => {
      asked.push(one);
      return yes;
    };
    expect(await ask({ roles: ['approver'] }, check)).toBe(yes);
    expect(asked).toEqual([{ ...question, roles: ['approver'] }]);
    const no = { eligible: false, reasonCode: 'role_missing', reason: 'no' };
    expect(await ask({}, async () => no)).toEqual(no);
    for (const odd of [undefined, null, {}, { eligible: 'yes' }, { eligible: 1 }, true]) {
      expect(await ask({}, async () => odd as never)).toMatchObject({
        ...{ eligible: false, reasonCode: 'not_eligible' },
      });
    }
    const down = async () => Promise.reject(new Error('down'));
    expect(await ask({}, down)).toEqual({
      ...{ eligible: false, reasonCode: 'roles_unavailable' },
      reason: 'The roles of the reviewer could not be read.',
    });
  });
});
