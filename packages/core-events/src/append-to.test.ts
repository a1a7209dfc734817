import { expect, test, vi } from 'vitest';
import { appendTo, atOnceOf, recordAtOnce } from './append-to.js';
import type { Appended, Recorder } from './ports.js';
import { aDraft, aLog } from './testing/fixtures.js';

const answer: Appended = { ids: ['a'], duplicate: false, receipts: Promise.resolve([]) };

test('a stage answers at once, and what it is given is committed', async () => {
  const log = await aLog();
  const stage = log.stage();
  const appended = appendTo(stage, [aDraft()]);
  expect(appended).not.toBeInstanceOf(Promise);
  const { ids, receipts } = appended as Appended;
  await stage.commit();
  expect((await receipts).map(({ id }) => id)).toEqual(ids);
  expect(() => appendTo(stage, [aDraft()])).toThrow('already committed');
  await expect(stage.append([aDraft()])).rejects.toThrow('already committed');
});

test('any other recorder is waited for, and its failed commit is nobody else’s concern', async () => {
  const receipts = Promise.reject(new Error('the commit failed'));
  const recorder: Recorder = { append: async () => ({ ...answer, receipts }) };
  expect(atOnceOf(recorder)).toBeUndefined();
  expect(await appendTo(recorder, [])).toMatchObject({ ids: ['a'] });
  // biome-ignore lint/suspicious/noThenProperty: a promise of another library has one
  const foreign = { then: (done: (appended: Appended) => void) => done(answer) };
  const other: Recorder = { append: () => foreign as unknown as Promise<Appended> };
  const appending = appendTo(other, []);
  expect(appending).toBeInstanceOf(Promise);
  expect(await appending).toMatchObject({ ids: ['a'] });
  const failing: Recorder = { append: () => Promise.reject(new Error('no')) };
  await expect(appendTo(failing, [])).rejects.toThrow('no');
});

test('who wraps a recorder gets every append, however it is wrapped', async () => {
  const own = vi.fn(() => answer);
  const recorder = recordAtOnce({ append: async () => answer }, own);
  expect(appendTo(recorder, [])).toBe(answer);
  const append = vi.fn(async () => answer);
  const wrapped = [
    { ...recorder, append },
    Object.assign(Object.create(recorder), { append }),
    new Proxy(recorder, { get: () => append }),
    Object.assign(recorder, { append }),
  ];
  own.mockClear();
  for (const one of wrapped) await appendTo(one, []);
  expect(append).toHaveBeenCalledTimes(wrapped.length);
  expect(own).not.toHaveBeenCalled();
  expect(atOnceOf({ ...recordAtOnce({ append }, own) })).toBeUndefined();
});
