export type { ToolDefinition } from './definition.js';
export { definitionDigest } from './definition.js';
export { McpError, type McpErrorCode, type McpErrorDetails } from './error.js';
export type {
  McpProxy,
  ProxiedCall,
  ProxiedToolOptions,
  ProxyContext,
  ProxyOptions,
} from './options.js';
export type { Pin, UnpinnedTool } from './pin-book.js';
export { createPins, type PinCheck, type PinContext, type Pins, type PinsOptions } from './pins.js';
export { createMcpProxy } from './proxy.js';
export type { McpTransport } from './transport.js';
