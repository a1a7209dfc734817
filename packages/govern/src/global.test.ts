import { afterEach, expect, test } from 'vitest';
import {
  checkEvent,
  createEventGovernancePolicy,
  type GovernanceEvent,
  getGlobalPolicy,
  setGlobalPolicy,
} from './global.js';

const EVENT = { eventType: 'llm.internal.debug' } as GovernanceEvent;

afterEach(() => setGlobalPolicy(null));

test('the policy of the process refuses nothing until one is set', () => {
  const { blockedTypes, warnDeprecated, customRules, strictUnknown } = getGlobalPolicy();
  expect([blockedTypes.size, warnDeprecated.size, customRules.length]).toEqual([0, 0, 0]);
  expect(strictUnknown).toBe(false);
  expect(() => checkEvent(EVENT)).not.toThrow();
});

test('the policy that was set is the one that checks, and null takes it back', () => {
  const policy = createEventGovernancePolicy({ blockedTypes: ['llm.internal.debug'] });
  setGlobalPolicy(policy);
  expect(getGlobalPolicy()).toBe(policy);
  expect(() => checkEvent(EVENT)).toThrow(
    expect.objectContaining({ code: 'EVENTS_GOVERNANCE_VIOLATION', eventType: EVENT.eventType }),
  );
  setGlobalPolicy(null);
  expect(() => checkEvent(EVENT)).not.toThrow();
});

test('a custom rule that throws blocks', () => {
  const rule = (): never => {
    throw new Error('broken');
  };
  setGlobalPolicy(createEventGovernancePolicy({ customRules: [rule] }));
  expect(() => checkEvent(EVENT)).toThrow(
    expect.objectContaining({ code: 'EVENTS_GOVERNANCE_VIOLATION' }),
  );
});
