import { describe, expect, it } from 'vitest';
import { PolicyError } from '../error.js';
import { aBundle, setUp } from './test-policy.js';

const tools = { refund: { effect: 'write' }, read_invoice: { effect: 'read' } };
const about = (target: object, part: object = { tools }) => aBundle(part, { target });

describe('activating a bundle', () => {
  it('about a tool nobody declares is refused on record, and names the one that was meant', async () => {
    const { policy, steps } = await setUp();
    const bundle = about({ tools: ['refnd'] });
    await expect(policy.lifecycle.activate(bundle)).rejects.toMatchObject({
      code: 'POLICY_NAME_UNKNOWN',
      message: 'Rule "limit" is about the tool "refnd", which is not known. Did you mean "refund"?',
      details: { ruleId: 'limit', tool: 'refnd', meant: 'refund' },
    });
    expect(await policy.lifecycle.active('prod')).toBeUndefined();
    await policy.lifecycle.activate(bundle, { allowUnknownTools: true });
    expect(await steps()).toEqual(['refused:POLICY_NAME_UNKNOWN', 'activated']);
  });

  it('knows the tools that the host names, prefixes, and nothing where no tool is known', async () => {
    const { policy } = await setUp();
    await policy.lifecycle.activate(about({ tools: ['send_mail'] }), { tools: ['send_mail'] });
    await policy.lifecycle.activate(about({ tools: ['read_*'] }, { tools, version: '2' }));
    await policy.lifecycle.activate(about({ tools: ['whatever'] }, { version: '3' }));
    await expect(
      policy.lifecycle.activate(about({ tools: ['write_*'] }, { tools, version: '4' })),
    ).rejects.toMatchObject({ code: 'POLICY_NAME_UNKNOWN' });
  });

  it('tells an argument that no tool of a rule has, also where the rule names no tool', async () => {
    const { policy } = await setUp();
    const schema = { type: 'object', properties: { amount: { type: 'number' } } };
    const typed = { refund: { effect: 'write', schema }, return: { effect: 'write', schema } };
    const reading = (when: string, more: object, version: string) =>
      aBundle({ tools: typed, version }, { when, target: { tools: ['*'] }, ...more });
    for (const more of [{}, { target: { tools: ['re*'] } }]) {
      await expect(
        policy.lifecycle.activate(reading('args.amuont > 5.0', more, '2')),
      ).rejects.toMatchObject({
        code: 'POLICY_NAME_UNKNOWN',
        message:
          'Rule "limit" reads "args.amuont", which none of its tools has. Did you mean "args.amount"?',
        details: { ruleId: 'limit', argument: 'args.amuont', meant: 'args.amount' },
      });
    }
    await policy.lifecycle.activate(reading('args.amount > 5.0', {}, '3'));
    await policy.lifecycle.activate(reading('args.to == "x"', {}, '4'), { tools: ['send_mail'] });
    await policy.lifecycle.activate(reading('args.amuont > 5.0', {}, '5'), {
      allowUnknownTools: true,
    });
  });

  it('tells an environment spelled nearly as its own; another one may be meant', async () => {
    const { policy } = await setUp();
    await expect(
      policy.lifecycle.activate(about({ environments: ['Prod'] })),
    ).rejects.toMatchObject({ details: { environment: 'Prod', meant: 'prod' } });
    await policy.lifecycle.activate(about({ environments: ['staging', 'prod'] }));
  });
});

it('loading tells the control and the detector type that were meant', () => {
  const messages = (rule: object): string => {
    try {
      aBundle({}, rule);
    } catch (error) {
      if (PolicyError.is(error)) return error.problems.map(({ message }) => message).join();
    }
    return '';
  };
  expect(messages({ control: 'tool_cal' })).toContain('Did you mean "tool_call"?');
  expect(messages({ service: 'sf_goven' })).toContain('Did you mean "sf_govern"?');
  const redact = [{ path: 'args.a', types: ['emial'] }];
  expect(messages({ action: 'redact', redact })).toContain('did you mean "email"?');
});
