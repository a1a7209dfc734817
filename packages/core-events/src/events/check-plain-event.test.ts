import { expect, it } from 'vitest';
import { checkPlainEvent } from './check-plain-event.js';
import { REGISTERED_EVENT_TYPES } from './event-types.js';
import { createEventGovernancePolicy } from './governance-policy.js';
import { parseEvent } from './parse-event.js';

const bare = { schema_version: '2.0', source: 'my-app@1.0.0', payload: {} };
const whole = {
  ...bare,
  event_id: '01JBKZ5T900000000000000001',
  event_type: 'llm.trace.span.completed',
  timestamp: '2026-11-21T10:00:00Z',
};

it('asks of a bare payload only what it must have', () => {
  expect(checkPlainEvent(bare, 'bare_payload')).toEqual([]);
  expect(checkPlainEvent(bare).map(({ path, rule }) => [path[0], rule])).toEqual([
    ['event_id', 'required'],
    ['event_type', 'required'],
    ['timestamp', 'required'],
  ]);
  expect(checkPlainEvent(whole)).toEqual([]);
});

it('tells everything that does not hold, by place and never by value', () => {
  const broken = JSON.parse(
    '{"schema_version":"3.0","source":7,"payload":{},"secret-field":"s3cret","tags":{"__proto__":"x"},"__proto__":{}}',
  );
  const faults = checkPlainEvent(broken, 'bare_payload');
  expect(faults.map(({ path, rule }) => `${path.map(String).join('.')}:${rule}`).sort()).toEqual([
    '__proto__:unknown_field',
    'schema_version:format',
    'secret-field:unknown_field',
    'source:type',
    'tags.__proto__:unknown_field',
  ]);
  expect(JSON.stringify(faults)).not.toContain('s3cret');
  expect(checkPlainEvent(null)).toHaveLength(1);
});

it('is the registry of a policy that refuses unknown types, unless the host gives another', () => {
  const event = parseEvent(whole);
  const other = parseEvent({ ...whole, event_type: 'llm.trace.span.invented' });
  createEventGovernancePolicy({ strictUnknown: true }).checkEvent(event);
  expect(() => createEventGovernancePolicy({ strictUnknown: true }).checkEvent(other)).toThrow();
  const own = { strictUnknown: true, registeredTypes: ['llm.trace.span.invented'] };
  createEventGovernancePolicy(own).checkEvent(other);
  expect(() => createEventGovernancePolicy(own).checkEvent(event)).toThrow();
  expect([...REGISTERED_EVENT_TYPES]).toEqual([...new Set(REGISTERED_EVENT_TYPES)].sort());
});
