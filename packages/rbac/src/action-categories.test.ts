import { describe, expect, it } from 'vitest';
import { categoryGrant, isGrant } from './action-categories.js';

const DOCUMENTED = {
  read: 'read, list, get, describe, view, query, fetch, download',
  write: 'write, create, update, delete, patch, put, append, insert, remove',
  execute: 'execute, run, invoke, trigger, call, dispatch, submit',
  admin: 'admin, configure, deploy, restart, scale, shutdown, grant, revoke, manage',
  stream: 'stream, subscribe, publish, consume, emit, broadcast',
};

describe('categories of actions', () => {
  it.each(Object.entries(DOCUMENTED))('%s is the documented list', (category, actions) => {
    for (const action of actions.split(', ')) {
      expect(categoryGrant(action)).toBe(`category:${category}`);
      expect(categoryGrant(action.toUpperCase())).toBe(`category:${category}`);
    }
    expect(isGrant(`category:${category}`)).toBe(true);
  });

  it.each(['sing', '', 'constructor', 'read '])('%j belongs to none', (action) => {
    expect(categoryGrant(action)).toBeUndefined();
    expect(isGrant(`category:${action}`)).toBe(false);
  });
});
