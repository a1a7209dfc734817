import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
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
