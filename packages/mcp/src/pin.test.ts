import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as http from './http.js';
import type { McpErrorCode } from './index.js';
import * as api from './index.js';
import * as stdio from './stdio.js';

const CODES: Record<McpErrorCode, true> = {
  MCP_OPTIONS_INVALID: true,
  MCP_MESSAGE_TOO_LARGE: true,
  MCP_MESSAGE_MALFORMED: true,
  MCP_SERVER_NOT_STARTED: true,
  MCP_SERVER_GONE: true,
  MCP_PIN_UNKNOWN: true,
  MCP_PINS_UNAVAILABLE: true,
};

test('exports exactly these values', () => {
  expect(Object.keys(api).sort()).toEqual([
    'McpError',
    'createMcpProxy',
    'createPins',
    'definitionDigest',
  ]);
  expect(Object.keys(http)).toEqual(['createHttpProxy']);
  expect(Object.keys(stdio).sort()).toEqual(['createProcessTransport', 'createStdioTransport']);
});

test('documents exactly these error codes', () => {
  expect(Object.keys(CODES)).toHaveLength(7);
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const code of Object.keys(CODES)) expect(readme).toContain(`\`${code}\``);
});

test('knows its errors across copies of the package', () => {
  const error = new api.McpError('MCP_PIN_UNKNOWN', 'x', { details: { tool: 'a' } });
  expect(api.McpError.is(error)).toBe(true);
  expect(api.McpError.is({ [Symbol.for('spanforge.mcp.error')]: true })).toBe(true);
  expect(api.McpError.is(new Error('x'))).toBe(false);
});

test('digests the same definition in any order of its members, and no other one', () => {
  const tool = {
    name: 'a',
    description: 'b',
    inputSchema: { type: 'object', x: [1, { y: 2, z: 3 }] },
  };
  const same = {
    inputSchema: { x: [1, { z: 3, y: 2 }], type: 'object' },
    description: 'b',
    name: 'a',
  };
  expect(api.definitionDigest(tool)).toBe(
    '7b010987704e2bcdd7f64c4d48bcbd416cc722e9acfc1dec80abdcd4cca0bfb8',
  );
  expect(api.definitionDigest(same)).toBe(api.definitionDigest(tool));
  for (const other of [
    { ...tool, name: 'c' },
    { ...tool, description: 'c' },
    { ...tool, inputSchema: {} },
    { ...tool, annotations: { readOnlyHint: true } },
    { ...tool, title: 'c' },
  ]) {
    expect(api.definitionDigest(other)).not.toBe(api.definitionDigest(tool));
  }
});
