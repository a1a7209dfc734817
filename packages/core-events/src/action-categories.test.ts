import { describe, expect, it } from 'vitest';
import { ACTION_CATEGORIES, resolveActionCategory } from './action-categories.js';

describe('ACTION_CATEGORIES', () => {
  it('is the documented table', () => {
    const lists = Object.entries(ACTION_CATEGORIES).map(([name, list]) => [name, list.join(', ')]);
    expect(Object.fromEntries(lists)).toEqual({
      read: 'read, list, get, describe, view, query, fetch, download',
      write: 'write, create, update, delete, patch, put, append, insert, remove',
      execute: 'execute, run, invoke, trigger, call, dispatch, submit',
      admin: 'admin, configure, deploy, restart, scale, shutdown, grant, revoke, manage',
      stream: 'stream, subscribe, publish, consume, emit, broadcast',
    });
  });

  it('cannot be changed', () => {
    expect(() => (ACTION_CATEGORIES.read as unknown as string[]).push('delete')).toThrow(TypeError);
  });
});

describe('resolveActionCategory', () => {
  it.each([
    ['read', 'read'],
    ['deploy', 'admin'],
    ['DELETE', 'write'],
    ['unknown', null],
    ['', null],
    ['constructor', null],
    ['read ', null],
  ])('%j is %j', (action, category) => {
    expect(resolveActionCategory(action)).toBe(category);
  });
});
