import { expect, it } from 'vitest';
import { formatShare } from './format-share.js';

it('is written with its counts', () => {
  expect(formatShare(460, 500)).toBe('92.0 [89.3, 94.1] 460/500');
  expect(formatShare(0, 0)).toBe('-');
});
