import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { EventsError } from '../error.js';
import type { GovernanceEvent } from './event.js';
import {
  createEventGovernancePolicy,
  type EventRule,
  GovernanceViolationError,
  type GovernanceWarning,
} from './governance-policy.js';

const event = (eventType: string): GovernanceEvent => ({
  schemaVersion: '2.0',
  eventId: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  eventType,
  timestamp: '2026-05-02T12:00:00Z',
  source: 'a@1.0.0',
  payload: {},
});

function violation(call: () => void): GovernanceViolationError | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (GovernanceViolationError.is(error)) return error;
    throw error;
  }
}

describe('createEventGovernancePolicy', () => {
  it('refuses nothing by default', () => {
    expect(violation(() => createEventGovernancePolicy().checkEvent(event('a.b')))).toBeUndefined();
  });

  it('says which type was blocked and why, without the reason in the message', () => {
    const policy = createEventGovernancePolicy({ customRules: [() => 'contains 4111 1111'] });
    const error = violation(() => policy.checkEvent(event('a.b')));
    expect(error).toMatchObject({ eventType: 'a.b', reason: 'contains 4111 1111' });
    expect(error?.code).toBe('EVENTS_GOVERNANCE_VIOLATION');
    expect(error?.message).not.toContain('4111');
    expect(EventsError.is(error)).toBe(true);
    expect(error).toBeInstanceOf(GovernanceViolationError);
  });

  it('warns before the rules are asked, and not for a blocked type', () => {
    const steps: string[] = [];
    const policy = createEventGovernancePolicy({
      blockedTypes: ['a.blocked'],
      warnDeprecated: ['a.old', 'a.blocked'],
      customRules: [
        (seen) => {
          steps.push(`rule ${seen.eventType}`);
          return '';
        },
      ],
      onWarning: (warning) => steps.push(`${warning.name} ${warning.eventType}`),
    });
    policy.checkEvent(event('a.old'));
    expect(violation(() => policy.checkEvent(event('a.blocked')))).toBeDefined();
    expect(steps).toEqual(['GovernanceWarning a.old', 'rule a.old']);
  });

  it('warns through the process when no handler is given', () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    createEventGovernancePolicy({ warnDeprecated: ['a.old'] }).checkEvent(event('a.old'));
    const [warning] = emit.mock.calls[0] as unknown as [GovernanceWarning];
    expect(warning.eventType).toBe('a.old');
    emit.mockRestore();
  });

  it('lets a handler make warnings fatal', () => {
    const policy = createEventGovernancePolicy({
      warnDeprecated: ['a.old'],
      onWarning: (warning) => {
        throw warning;
      },
    });
    expect(() => policy.checkEvent(event('a.old'))).toThrow('deprecated');
  });

  it.each([
    [
      'throws',
      (): never => {
        throw new Error('no');
      },
      'a custom rule failed',
    ],
    ['answers with a promise', async () => null, 'a custom rule gave no usable answer'],
    ['answers with false', () => false, 'a custom rule gave no usable answer'],
  ])('blocks when a rule %s', (_name, rule, reason) => {
    const policy = createEventGovernancePolicy({ customRules: [rule as unknown as EventRule] });
    expect(violation(() => policy.checkEvent(event('a.b')))?.reason).toBe(reason);
  });

  it('is not changed by what its maker does later', () => {
    const blockedTypes = new Set<string>();
    const policy = createEventGovernancePolicy({ blockedTypes });
    blockedTypes.add('a.b');
    expect(violation(() => policy.checkEvent(event('a.b')))).toBeUndefined();
  });

  it('follows the documented order for every combination', () => {
    const types = fc.constantFrom('a.a', 'a.b', 'a.c', 'a.d');
    fc.assert(
      fc.property(
        fc.uniqueArray(types),
        fc.uniqueArray(types),
        fc.uniqueArray(types),
        fc.array(fc.constantFrom('', null, undefined, 'first', 'second')),
        fc.boolean(),
        types,
        (blockedTypes, warnDeprecated, registeredTypes, answers, strictUnknown, type) => {
          const warned: string[] = [];
          const policy = createEventGovernancePolicy({
            blockedTypes,
            warnDeprecated,
            registeredTypes,
            strictUnknown,
            customRules: answers.map((answer) => () => answer),
            onWarning: (warning) => warned.push(warning.eventType),
          });
          const reason = violation(() => policy.checkEvent(event(type)))?.reason;
          const blocked = blockedTypes.includes(type);
          const ruled = answers.find((answer) => answer);
          const unknown = strictUnknown && !registeredTypes.includes(type);
          expect(warned).toEqual(!blocked && warnDeprecated.includes(type) ? [type] : []);
          expect(reason).toBe(
            blocked
              ? 'the event type is blocked'
              : (ruled ?? (unknown ? 'the event type is not registered' : undefined)),
          );
        },
      ),
    );
  });
});
