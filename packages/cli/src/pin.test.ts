import { expect, it } from 'vitest';
import * as everything from './index.js';
import { CliError, type CliErrorCode } from './index.js';
import { EXIT } from './io.js';

it('exports exactly this', () => {
  expect(Object.keys(everything).sort()).toEqual([
    'CliError',
    'WORKSPACE_FOLDER',
    'anchorPaths',
    'createProgress',
    'formatTable',
    'initWorkspace',
    'openGovernor',
    'openWorkspace',
    'workspacePaths',
  ]);
});

it('has these codes', () => {
  const codes: Readonly<Record<CliErrorCode, true>> = {
    CLI_USAGE: true,
    CLI_FILE_UNREADABLE: true,
    CLI_FILE_UNWRITABLE: true,
    CLI_INPUT_INVALID: true,
    CLI_WORKSPACE_MISSING: true,
    CLI_POLICY_CONFLICT: true,
    CLI_WORKSPACE_EXISTS: true,
    CLI_WORKSPACE_INVALID: true,
    CLI_KEYS_MISSING: true,
    CLI_KEYS_EXIST: true,
    CLI_KEY_INVALID: true,
    CLI_UNEXPECTED: true,
  };
  expect(Object.keys(codes)).toHaveLength(12);
});

it('exits with these codes', () => {
  expect(EXIT).toEqual({ ok: 0, failed: 1, usage: 2, incomplete: 3 });
});

it('knows its errors across copies', () => {
  const error = new CliError('CLI_USAGE', 'why', { details: { file: 'x' }, cause: 'c' });
  expect([CliError.is(error), error.details, error.cause]).toEqual([true, { file: 'x' }, 'c']);
  const brand = Symbol.for('spanforge.cli.error');
  expect(CliError.is({ [brand]: true })).toBe(true);
  expect([CliError.is(new Error('x')), CliError.is(null), CliError.is('x')]).toEqual([
    false,
    false,
    false,
  ]);
});
