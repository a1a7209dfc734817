import {
  CallToolResultSchema,
  GetPromptResultSchema,
  ReadResourceResultSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { formResult } from './result-form.js';
import { viewResult } from './result-view.js';

const text = (said: string) => ({ type: 'text', text: said });

describe('a result that was masked is still one that clients accept', () => {
  it.each([
    ['a text beside a structure', { content: [text('a')], structuredContent: { n: 1 } }, 'XX'],
    ['a structure', { content: [text('{"n":1}')], structuredContent: { n: 1 } }, 'XX'],
    ['one text', { content: [text('a')] }, 'XX'],
    ['two texts', { content: [text('a'), text('b')] }, 'XX'],
    ['its content', { content: [text('a'), text('b')] }, { content: 'XX' }],
    ['a block', { content: [text('a'), text('b')] }, { content: ['XX', text('b')] }],
    [
      'an image',
      { content: [{ type: 'image', data: 'aaaa', mimeType: 'image/png' }] },
      { content: [{ type: 'image', data: '[XX]', mimeType: 'image/png' }] },
    ],
    [
      'its structure',
      { content: [text('a'), text('b')], structuredContent: { n: 1 } },
      { content: [text('XX')], structuredContent: 'XX' },
    ],
  ])('%s', (_name, result, masked) => {
    for (const failed of [{}, { isError: true }]) {
      const { view, rebuild } = viewResult({ ...result, ...failed });
      const whole = typeof masked === 'string' ? masked : { ...(view as object), ...masked };
      const rebuilt = rebuild(whole);
      expect(CallToolResultSchema.safeParse(rebuilt).error).toBeUndefined();
      expect(rebuilt).toMatchObject({ content: expect.any(Array), ...failed });
      expect(JSON.stringify(rebuilt)).toContain('XX');
    }
  });
});

describe('a resource or a prompt that was masked is still one that clients accept', () => {
  const bytes = 'aGVsbG8=';
  const resource = {
    contents: [
      { uri: 'file:///a', text: 'a' },
      { uri: 'file:///b', blob: bytes, mimeType: 'image/png' },
    ],
  };
  const read = { name: 'resource:read', args: { uri: 'file:///a' } };

  it.each([
    ['the whole', 'XX'],
    ['its contents', { contents: 'XX' }],
    ['one content', { contents: ['XX', resource.contents[1]] }],
    ['its text', { contents: [{ uri: 'file:///a', text: 'XX' }, resource.contents[1]] }],
    ['its URI', { contents: [{ uri: ['XX'], text: 'XX' }] }],
    ['bytes', { contents: [{ uri: 'file:///b', blob: '[XX]', mimeType: 'image/png' }] }],
    ['its contents altogether', { other: 'XX' }],
    ['its metadata', { ...resource, _meta: 'XX', also: 'XX' }],
    ['nothing', { ...resource, also: 'XX' }],
  ])('resource: %s', (_name, masked) => {
    for (const original of [resource, undefined]) {
      const formed = formResult(read, masked, original);
      expect(ReadResourceResultSchema.safeParse(formed).error).toBeUndefined();
      expect(JSON.stringify(formed)).toContain('XX');
    }
  });

  it('a content keeps the URI that the server gave it', () => {
    const masked = { contents: ['XX', 'XX'] };
    expect(formResult(read, masked, resource)).toEqual({
      contents: [
        { uri: 'file:///a', text: 'XX' },
        { uri: 'file:///b', text: 'XX' },
      ],
    });
    expect(formResult(read, 'XX', undefined)).toEqual({
      contents: [{ uri: 'file:///a', text: 'XX' }],
    });
  });

  const user = (content: unknown) => ({ role: 'user', content });
  const prompt = {
    description: 'd',
    messages: [
      user({ type: 'text', text: 'a' }),
      { role: 'assistant', content: { type: 'text', text: 'b' } },
    ],
  };
  it.each([
    ['the whole', 'XX'],
    ['its messages', { ...prompt, messages: 'XX' }],
    ['one message', { ...prompt, messages: ['XX', prompt.messages[1]] }],
    ['a role', { messages: [{ role: 'XX', content: { type: 'text', text: 'XX' } }] }],
    ['a content', { messages: [user('XX')] }],
    ['a text', { messages: [user({ type: 'text', text: 'XX' })] }],
    ['a text that is none', { messages: [user({ type: 'text', text: ['XX'] })] }],
    ['an image', { messages: [user({ type: 'image', data: '[XX]', mimeType: 'image/png' })] }],
    ['a resource', { messages: [user({ type: 'resource', resource: 'XX' })] }],
    ['a link', { messages: [user({ type: 'resource_link', uri: 'XX' })] }],
    ['its messages altogether', { other: 'XX' }],
  ])('prompt: %s', (_name, masked) => {
    const formed = formResult({ name: 'prompt:get', args: {} }, masked, prompt);
    expect(GetPromptResultSchema.safeParse(formed).error).toBeUndefined();
    expect(JSON.stringify(formed)).toContain('XX');
  });

  it('a subscription answers with an object', () => {
    expect(formResult({ name: 'resource:subscribe', args: {} }, 'XX', {})).toEqual({});
  });
});
