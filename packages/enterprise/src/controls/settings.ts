import type { EvidenceContext, EvidenceReader, Recorder } from '@spanforge/core-events';
import { enterpriseSettingsV1 } from '@spanforge/core-events/records';
import { z } from 'zod';
import { EnterpriseError } from '../error.js';
import { readAll } from '../read-all.js';
import { recordChange } from '../record-change.js';

/** How long a tenant's values are kept, and which of them packages may disclose. */
export interface TenantSettings {
  readonly tenantId: string;
  /** Days after which values may be pruned; kept for good when absent. */
  readonly retentionDays?: number | undefined;
  /** Names of values that a package may disclose; `*` stands for every name. */
  readonly disclose: readonly string[];
  readonly reason: string;
}

/** Records retention and export controls, and reads them back from the log. */
export interface Settings {
  /** @throws {EnterpriseError} `ENTERPRISE_SETTINGS_INVALID` with the path, `ENTERPRISE_EVIDENCE_UNAVAILABLE`. */
  set(settings: unknown, options: { readonly context: EvidenceContext }): Promise<TenantSettings>;
  /** The settings of a tenant. Without any, values are kept for good and none may be disclosed. */
  get(tenantId: string): Promise<TenantSettings>;
  list(): Promise<readonly TenantSettings[]>;
}

const text = z.string().min(1).max(512);
const schema = z.strictObject({
  tenantId: text,
  retentionDays: z.int().min(1).max(36_500).optional(),
  disclose: z.array(text),
  reason: text,
});

function parseSettings(value: unknown): TenantSettings {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  throw new EnterpriseError(
    'ENTERPRISE_SETTINGS_INVALID',
    `settings: ${path || '(root)'}: ${issue?.message ?? 'not valid'}`,
    { details: { path } },
  );
}

/** Creates {@link Settings}. */
export function createSettings({
  recorder,
  reader,
}: {
  readonly recorder: Recorder;
  readonly reader: EvidenceReader;
}): Settings {
  async function readSettings(): Promise<ReadonlyMap<string, TenantSettings>> {
    const found = new Map<string, TenantSettings>();
    for await (const { body } of readAll(reader, [enterpriseSettingsV1.key])) {
      const settings = enterpriseSettingsV1.fromWire(body);
      found.set(settings.tenantId, settings);
    }
    return found;
  }
  return {
    async set(value, { context }) {
      const settings = parseSettings(value);
      const body = enterpriseSettingsV1.toWire({ ...settings, disclose: [...settings.disclose] });
      await recordChange(
        recorder,
        { type: enterpriseSettingsV1.key, context, body },
        'the settings are as before: the change could not be recorded',
      );
      return settings;
    },
    async get(tenantId) {
      const set = (await readSettings()).get(tenantId);
      return set ?? { tenantId, disclose: [], reason: 'nothing was set' };
    },
    list: async () => [...(await readSettings()).values()],
  };
}

/** Values a package may disclose: every name, or these. */
export type DisclosedNames = 'all' | readonly string[];

/**
 * Compares the requested values with a tenant's settings.
 *
 * @throws {EnterpriseError} `ENTERPRISE_EXPORT_DENIED` when the request exceeds the settings.
 */
export function requireDisclosable(names: DisclosedNames, { disclose }: TenantSettings): void {
  if (disclose.includes('*')) return;
  const denied = names === 'all' || names.some((name) => !disclose.includes(name));
  if (!denied) return;
  throw new EnterpriseError(
    'ENTERPRISE_EXPORT_DENIED',
    disclose.length === 0
      ? 'no value of this tenant may leave in a package: its settings allow none'
      : `of this tenant only these values may leave in a package: ${disclose.join(', ')}`,
    { details: { allowed: disclose.join(',') } },
  );
}
