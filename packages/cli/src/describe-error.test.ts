import { readdirSync, readFileSync } from 'node:fs';
import { EventsError } from '@spanforge/core-events';
import { SigningError } from '@spanforge/core-signing';
import { ScopeError } from '@spanforge/scope';
import { describe, expect, it } from 'vitest';
import { describeError } from './describe-error.js';

const PACKAGES = new URL('../../', import.meta.url);

/** The mark of each package's error class, as its source says. */
const marks = readdirSync(PACKAGES).flatMap((name) => {
  try {
    const source = readFileSync(new URL(`${name}/src/error.ts`, PACKAGES), 'utf8');
    return /Symbol\.for\('(.+?)'\)/.exec(source)?.slice(1) ?? [];
  } catch {
    return [];
  }
});

describe('describeError', () => {
  it('knows the errors of every package by their mark', async () => {
    expect(marks.length).toBeGreaterThan(15);
    for (const mark of marks) {
      const error = Object.assign(new Error('what happened'), {
        ...{ code: 'ANY_CODE', details: { someFile: 'x' }, [Symbol.for(mark)]: true },
      });
      expect(await describeError(error)).toEqual({
        exitCode: 2,
        text: 'ANY_CODE: what happened',
        json: { code: 'ANY_CODE', message: 'what happened', details: { some_file: 'x' } },
      });
    }
  });

  it.each([
    [new SigningError('SIGNING_JSON_INVALID', 'no'), 'SIGNING_JSON_INVALID: no', 2],
    [new EventsError('EVENTS_LOG_FROZEN', 'no'), 'EVENTS_LOG_FROZEN: no', 1],
    [new ScopeError('SCOPE_OPTIONS_INVALID', 'no'), 'SCOPE_OPTIONS_INVALID: no', 2],
    [Object.assign(new Error('no'), { code: 'ENOENT' }), 'CLI_UNEXPECTED: no', 2],
    ['thrown text', 'CLI_UNEXPECTED: not an error', 2],
  ])('of %s', async (error, text, exitCode) => {
    expect(await describeError(error)).toMatchObject({ text, exitCode });
  });
});
