import { describe, expect, it } from 'vitest';
import { SigningError } from './error.js';

describe('SigningError', () => {
  const cause = new Error('why');
  const error = new SigningError('SIGNING_KEY_INVALID', 'No.', { details: { at: 1 }, cause });

  it('carries code, frozen details and cause', () => {
    expect(error).toMatchObject({
      name: 'SigningError',
      code: 'SIGNING_KEY_INVALID',
      message: 'No.',
    });
    expect(error.cause).toBe(cause);
    expect(error.details).toEqual({ at: 1 });
    expect(Object.isFrozen(error.details)).toBe(true);
    expect('cause' in new SigningError('SIGNING_KEY_INVALID', 'No.')).toBe(false);
  });

  it('is recognised across copies of the package, and nothing else is', () => {
    const brand = Symbol.for('spanforge.core-signing.error');
    expect(SigningError.is(error)).toBe(true);
    expect(SigningError.is(Object.assign(new Error('copy'), { [brand]: true }))).toBe(true);
    for (const other of [cause, { [brand]: true }, null, undefined, 'x']) {
      expect(SigningError.is(other)).toBe(false);
    }
  });
});
