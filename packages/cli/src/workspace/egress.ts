import { createEgress, type Egress } from '@spanforge/enterprise';
import type { WorkspaceConfig } from './config.js';

/**
 * The rule about outgoing connections of a workspace; everything that sends evidence asks it first.
 */
export function egressOf({ egress }: WorkspaceConfig): Egress {
  const airGapped = egress === 'none';
  return createEgress({ airGapped, ...(Array.isArray(egress) ? { allow: egress } : {}) });
}
