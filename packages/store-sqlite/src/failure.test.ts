import { describe, expect, it } from 'vitest';
import { unavailable } from './failure.js';

describe('what people are told of a store that cannot answer', () => {
  it.each([
    ['SQLITE_READONLY', 'the file cannot be written'],
    ['UNKNOWN_SQLITE_ERROR_1544', 'the file cannot be written'],
    ['SQLITE_READONLY_DIRECTORY', 'the file cannot be written'],
    ['EACCES', 'the file cannot be written'],
    ['EROFS', 'the file cannot be written'],
    ['SQLITE_IOERR_WRITE', 'the disk refuses to read or write'],
    ['SQLITE_CANTOPEN_ISDIR', 'the file cannot be opened'],
    ['ENOSPC', 'the disk is full'],
    ['ENOTHING', 'open'],
    ['UNKNOWN_SQLITE_ERROR_1', 'open'],
  ])('names %s in words', (code, words) => {
    const fault = unavailable('open', Object.assign(new Error('no'), { code }));
    expect(fault.message).toContain(`the SQLite store cannot answer: ${words}`);
    expect(fault.details).toEqual({ reason: 'open', sqlite: code });
  });
});
