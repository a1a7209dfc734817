export { createProcessTransport, type ProcessTransportOptions } from './process-transport.js';
export { createStdioTransport, type StdioTransportOptions } from './stream-transport.js';
