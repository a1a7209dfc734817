import { describe, expect, it } from 'vitest';
import { checkAdapterOptions } from './adapters/tool-options.js';
import { createGovernor, createMetrics, type Governor, type ToolOptions } from './index.js';
import { checkToolOptions } from './option-checks.js';
import { openLog } from './testing/fixtures.js';

const check = (options: object): void => checkToolOptions(options as ToolOptions<never>);

/** How a fault of one tool is told by the governor, and by an adapter over the same schema. */
const FAULTS: readonly (readonly [object, string])[] = [
  [{ effect: 'maybe' }, 'effect: expected read or write'],
  [{ mode: 'off' }, 'mode: expected enforce or shadow'],
  [{ output: 'safe' }, 'output: expected trusted or untrusted'],
  [{ stream: 'hold' }, 'stream: expected buffer or pass_through'],
  [{ resource: 5 }, 'resource: expected text or a function'],
  [{ action: '' }, 'action: expected text'],
  [{ observe: 'amount' }, 'observe: expected a function'],
  [{ toolTimeoutMs: Number.NaN }, 'toolTimeoutMs: expected milliseconds above 0 and below 2^31'],
  [{ toolTimeoutMs: 2 ** 31 }, 'toolTimeoutMs: expected milliseconds above 0 and below 2^31'],
  [{ outputLabels: 'secret' }, 'outputLabels: expected a list of labels'],
  [{ outputLabels: [''] }, 'outputLabels.0: expected a label of 1 to 512 characters'],
  [{ ouput: 'untrusted' }, 'ouput: expected no such option'],
];

describe('the options of a tool', () => {
  it.each(FAULTS)('are refused by the governor where they are %j', (options, message) => {
    const refused = expect.objectContaining({ code: 'GOVERN_OPTIONS_INVALID', message });
    expect(() => check({ name: 'pay', ...options })).toThrow(refused);
  });

  it.each(FAULTS)('are refused by an adapter in the same words where they are %j', (tool, said) => {
    const governor = { govern: () => undefined } as unknown as Governor;
    const options = { governor, context: {}, tools: { pay: tool } };
    const byAdapter = () =>
      checkAdapterOptions(
        options,
        {},
        (path, expected) => new Error(`${path}: expected ${expected}`),
      );
    expect(byAdapter).toThrow(`tools.pay.${said}`);
  });

  it.each([undefined, '', 5, 'x'.repeat(513)])('need a name, which %j is not', (name) => {
    expect(() => check({ name })).toThrow('name: expected 1 to 512 characters');
  });

  it('may all be left out but the name', () => {
    expect(() => check({ name: 'pay' })).not.toThrow();
    expect(() => check({ name: 'pay', effect: undefined, resource: () => 'x' })).not.toThrow();
  });
});

describe('the parts of a governor', () => {
  const control = async () => undefined;

  it.each([
    [{ observe: createMetrics() }, 'observe: expected a function'],
    [{ onHeld: 'mail' }, 'onHeld: expected a function'],
    [{ detect: {} }, 'detect: expected a function'],
    [{ scope: { control: () => control } }, 'scope: expected a function'],
    [{ authorize: null }, 'authorize: expected a function'],
    [{ policy: {} }, 'policy.decide: expected a function'],
    [{ authorise: control }, /^authorise: expected no such part; there are log, authorize, /],
    [{ preflight: control }, 'preflight: expected a list of controls with names'],
    [{ preflight: [control] }, 'preflight.0.control: expected a function'],
    [{ preflight: [null] }, 'preflight.0.name: expected a string'],
    [{ postflight: [{ control }] }, 'postflight.0.name: expected a string'],
  ])('are refused at once where they would be passed over or fail: %o', async (parts, message) => {
    const log = await openLog();
    const given = { log, ...parts } as unknown as Parameters<typeof createGovernor>[0];
    const said = expect.stringMatching(message);
    const refused = expect.objectContaining({ code: 'GOVERN_OPTIONS_INVALID', message: said });
    expect(() => createGovernor(given)).toThrow(refused);
  });
});
