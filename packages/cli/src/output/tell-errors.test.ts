import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createErrorTeller } from './tell-errors.js';

const teller = (togetherMs?: number) => {
  const lines: string[] = [];
  return { lines, ...createErrorTeller((line) => lines.push(line), togetherMs) };
};

describe('errors of a proxy', () => {
  it('are told once, and then by how often they came again', () => {
    const { lines, tell, flush } = teller();
    tell(new Error('the connection is closed'));
    expect(lines).toEqual(['spanforge: the connection is closed\n']);
    for (let n = 0; n < 490; n += 1) tell(new Error('the connection is closed'));
    tell('another\u001b[31m');
    flush();
    expect(lines).toEqual([
      'spanforge: the connection is closed\n',
      'spanforge: another\\x1b[31m\n',
      'spanforge: the connection is closed (490 more times)\n',
    ]);
    flush();
    expect(lines).toHaveLength(3);
    tell(new Error('the connection is closed'));
    expect(lines).toHaveLength(4);
  });

  it('are told after a while though nobody asks', async () => {
    const { lines, tell } = teller(5);
    tell('a');
    tell('a');
    await after(50);
    expect(lines).toEqual(['spanforge: a\n', 'spanforge: a (1 more time)\n']);
  });

  it('are all told, however many different ones there are', () => {
    const { lines, tell, flush } = teller();
    for (let n = 0; n < 1000; n += 1) tell(String(n));
    flush();
    expect(lines).toHaveLength(1000);
  });
});
