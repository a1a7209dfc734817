import { createEgress, type Egress } from '@spanforge/enterprise';
import type { WorkspaceConfig } from './config.js';

/** The one rule about connections of a workspace: what sends evidence anywhere asks it first. */
export function egressOf({ egress }: WorkspaceConfig): Egress {
  const airGapped = egress === 'none';
  return createEgress({ airGapped, ...(Array.isArray(egress) ? { allow: egress } : {}) });
}
