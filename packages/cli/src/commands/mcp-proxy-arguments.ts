import type { StateOption } from '../command.js';

/** Options of `spanforge mcp-proxy`. */
export interface McpProxyArguments extends StateOption {
  readonly policy?: string;
  readonly manifest?: string;
  readonly roles?: string;
  readonly agent?: string;
  readonly actor?: string;
  readonly role?: readonly string[];
  readonly run?: string;
  readonly serverName?: string;
  readonly approver?: string;
  readonly unpinned?: string;
  readonly firstSight?: string;
  readonly http?: string;
  readonly tokenFile?: string;
  readonly learn?: string;
}
