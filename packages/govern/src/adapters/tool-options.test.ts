import { describe, expect, it } from 'vitest';
import type { Governor } from '../index.js';
import { checkAdapterOptions, isUngovernedAllowed } from './tool-options.js';

const governor = { govern: () => undefined, call: () => undefined } as unknown as Governor;
const base = { governor, context: () => undefined };
const FORMS = {
  options: { agent: 'text', admissionTimeoutMs: 'milliseconds' },
  tools: { streams: 'boolean', events: ['hold', 'pass_through'] },
  without: ['stream'],
} as const;

class AdapterFault extends Error {}
const check = (more: object): void =>
  checkAdapterOptions(
    { ...base, ...more },
    FORMS,
    (path, expected) => new AdapterFault(`${path}: expected ${expected}`),
  );

describe('the options of adapters', () => {
  it.each([
    {},
    { held: 'ask', denied: 'tell', ungoverned: 'refuse' },
    { held: 'tell', denied: 'throw', ungoverned: ['web_search'] },
    { tools: {} },
    { tools: { pay: { effect: 'read', resource: () => 'x', outputLabels: ['a'], streams: true } } },
    { tools: { pay: { events: 'hold', observe: () => 1, toolTimeoutMs: 5 } }, agent: 'billing' },
    { admissionTimeoutMs: 1 },
  ])('may be %j', (options) => {
    expect(() => check(options)).not.toThrow();
  });

  it.each([
    [{ governor: undefined }, 'governor: expected a governor'],
    [{ context: null }, 'context: expected a context or a function that returns one'],
    [{ context: 'alice' }, 'context: expected a context or a function that returns one'],
    [{ rules: {} }, 'rules: expected no such option'],
    [{ held: 'interrupt' }, 'held: expected ask or tell'],
    [{ denied: 'message' }, 'denied: expected tell or throw'],
    [{ ungoverned: 'allow' }, 'ungoverned: expected refuse or a list of names'],
    [{ tools: [] }, 'tools: expected options by tool name'],
    [{ tools: { pay: null } }, 'tools.pay: expected the options of a tool'],
    [{ tools: { pay: { effects: 'read' } } }, 'tools.pay.effects: expected no such option'],
    [{ tools: { pay: { name: 'x' } } }, 'tools.pay.name: expected no such option'],
    [{ tools: { pay: { stream: 'buffer' } } }, 'tools.pay.stream: expected no such option'],
    [{ tools: { pay: { streams: 'yes' } } }, 'tools.pay.streams: expected true or false'],
    [{ tools: { pay: { events: 'show' } } }, 'tools.pay.events: expected hold or pass_through'],
    [{ agent: '' }, 'agent: expected text'],
    [{ admissionTimeoutMs: 0 }, 'admissionTimeoutMs: expected milliseconds above 0 and below 2^31'],
    [
      { admissionTimeoutMs: 2 ** 31 },
      'admissionTimeoutMs: expected milliseconds above 0 and below 2^31',
    ],
  ])('may not be %j', (options, message) => {
    expect(() => check(options)).toThrow(AdapterFault);
    expect(() => check(options)).toThrow(message);
  });

  it.each([
    [{ effect: 'maybe' }, 'tools.pay.effect: expected read or write'],
    [{ mode: 'off' }, 'tools.pay.mode: expected enforce or shadow'],
    [
      { toolTimeoutMs: -1 },
      'tools.pay.toolTimeoutMs: expected milliseconds above 0 and below 2^31',
    ],
    [{ resource: 5 }, 'tools.pay.resource: expected text or a function'],
    [{ outputLabels: 'secret' }, 'tools.pay.outputLabels: expected a list of labels'],
  ])('leave the value %j to the governor to refuse', (tool, message) => {
    expect(() => check({ tools: { pay: tool } })).toThrow(
      expect.objectContaining({ code: 'GOVERN_OPTIONS_INVALID', message }),
    );
  });

  it('let run elsewhere what is named, and nothing else', () => {
    expect(isUngovernedAllowed(['web_search'], 'web_search')).toBe(true);
    expect(isUngovernedAllowed(['web_search'], 'web')).toBe(false);
    expect(isUngovernedAllowed('refuse', 'refuse')).toBe(false);
    expect(isUngovernedAllowed(undefined, 'web_search')).toBe(false);
  });
});
