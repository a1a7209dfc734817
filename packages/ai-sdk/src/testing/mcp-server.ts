import type { MCPTransport } from '@ai-sdk/mcp';

type Message = Parameters<MCPTransport['send']>[0];

const TOOL = {
  name: 'refund',
  description: 'Pays money back.',
  inputSchema: {
    type: 'object',
    properties: { order: { type: 'string' }, amount: { type: 'number' } },
    required: ['order', 'amount'],
  },
};

/** A server of the Model Context Protocol with one tool, in this process. */
export function createFakeServer(onRefund: (amount: number) => void): MCPTransport {
  const answer = (method: string, params: unknown): unknown => {
    if (method === 'initialize') {
      const { protocolVersion } = params as { readonly protocolVersion: string };
      const serverInfo = { name: 'fake', version: '1.0.0' };
      return { protocolVersion, capabilities: { tools: {} }, serverInfo };
    }
    if (method === 'tools/list') return { tools: [TOOL] };
    const { arguments: given } = params as { readonly arguments: { readonly amount: number } };
    onRefund(given.amount);
    return { content: [{ type: 'text', text: `paid ${given.amount}` }] };
  };
  const transport: MCPTransport = {
    start: async () => undefined,
    close: async () => transport.onclose?.(),
    async send(message: Message) {
      if (!('method' in message) || !('id' in message)) return;
      const { id, method, params } = message;
      const reply = { jsonrpc: '2.0' as const, id, result: answer(method, params) as object };
      transport.onmessage?.(reply as Message);
    },
  };
  return transport;
}
