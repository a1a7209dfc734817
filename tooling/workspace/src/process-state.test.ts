import { tmpdir } from 'node:os';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { leftovers, processState } from './process-state.js';

/** What is left over by a change, which is undone before the test ends. */
function leftBy(change: () => () => void): readonly string[] {
  const before = processState();
  const undo = change();
  const left = leftovers(before, processState());
  undo();
  expect(leftovers(before, processState())).toEqual([]);
  return left;
}

/** Sets a property, and back. */
function put(object: object, key: string, value: unknown) {
  return () => {
    const before = Object.getOwnPropertyDescriptor(object, key);
    Object.defineProperty(object, key, {
      value,
      configurable: true,
      writable: true,
      enumerable: true,
    });
    return () => {
      if (before) Object.defineProperty(object, key, before);
      else Reflect.deleteProperty(object, key);
    };
  };
}

function spy() {
  const parse = vi.spyOn(JSON, 'parse');
  return () => parse.mockRestore();
}

function leave() {
  const folder = process.cwd();
  process.chdir(tmpdir());
  return () => process.chdir(folder);
}

function fakeTime() {
  vi.useFakeTimers({ toFake: ['hrtime'] });
  return () => vi.useRealTimers();
}

function unsetVariable() {
  process.env.SPANFORGE_LEFT = 'x';
  onTestFinished(() => {
    delete process.env.SPANFORGE_LEFT;
  });
  const before = processState();
  delete process.env.SPANFORGE_LEFT;
  return leftovers(before, processState());
}

describe('a test file that leaves', () => {
  it.each([
    ['a global', put(globalThis, 'document', {}), 'globalThis.document'],
    ['a built-in function replaced', put(Math, 'random', () => 1), 'Math.random'],
    ['a prototype patched', put(Array.prototype, 'last', () => 1), 'Array.prototype.last'],
    ['a variable', put(process.env, 'SPANFORGE_LEFT', 'x'), 'process.env.SPANFORGE_LEFT'],
    ['a spy', spy, 'JSON.parse'],
    ['the folder', leave, 'the working folder'],
  ])('%s is told so', (_, change, name) => {
    expect(leftBy(change)).toEqual([name]);
  });

  it('fake timers is told so', () => {
    expect(leftBy(fakeTime)).toContain('fake timers');
  });

  it('a variable unset is told so', () => {
    expect(unsetVariable()).toEqual(['process.env.SPANFORGE_LEFT']);
  });
});

it('what libraries mark and runtimes fill in when they are loaded is nobody else’s', () => {
  expect(leftBy(put(globalThis, '__library', 1))).toEqual([]);
  const lazy = { get: () => 1, configurable: true };
  Object.defineProperty(globalThis, 'lazily', lazy);
  onTestFinished(() => void Reflect.deleteProperty(globalThis, 'lazily'));
  expect(leftBy(put(globalThis, 'lazily', 1))).toEqual([]);
});
