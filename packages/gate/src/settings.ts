import { z } from 'zod';
import { GateError } from './error.js';

const days = z.number().int().min(1).max(36_500);
const hours = z.number().positive().max(87_600);

const schema = z.strictObject({
  artifactDir: z.string().min(1).max(4096),
  artifactRetentionDays: days,
  prriRedThreshold: z.number().min(30).max(100),
  hriCriticalThreshold: z.number().positive().max(1),
  piiWindowHours: hours,
  secretsWindowHours: hours,
});

/** The settings of the gate service. */
export interface GateSettings {
  /** Folder of the artifacts; by default `.sf-gate/artifacts` below the working folder. */
  readonly artifactDir: string;
  /** Days that artifacts are kept; default 90. */
  readonly artifactRetentionDays: number;
  /** PRRI scores at or above this are RED; default 70. */
  readonly prriRedThreshold: number;
  /** The trust gate blocks at or above this share of spans with a critical HRI; default 0.05. */
  readonly hriCriticalThreshold: number;
  /** Hours of detections of personal data that the trust gate counts; default 24. */
  readonly piiWindowHours: number;
  /** Hours of detections of secrets that the trust gate counts; default 24. */
  readonly secretsWindowHours: number;
}

/** The documented defaults. */
export const DEFAULT_GATE_SETTINGS: GateSettings = Object.freeze({
  artifactDir: '.sf-gate/artifacts',
  artifactRetentionDays: 90,
  prriRedThreshold: 70,
  hriCriticalThreshold: 0.05,
  piiWindowHours: 24,
  secretsWindowHours: 24,
});

/**
 * Fills in the defaults and checks the settings.
 *
 * @throws {GateError} `GATE_OPTIONS_INVALID` with the name of the setting.
 */
export function resolveSettings(
  change: Partial<GateSettings>,
  base: GateSettings = DEFAULT_GATE_SETTINGS,
): GateSettings {
  const given = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  );
  const parsed = schema.safeParse({ ...base, ...given });
  if (parsed.success) return Object.freeze(parsed.data);
  const issue = parsed.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const option = String(unknown ?? issue?.path[0] ?? 'settings');
  throw new GateError('GATE_OPTIONS_INVALID', `${option}: ${issue?.message ?? 'invalid'}`, {
    details: { option },
    cause: parsed.error,
  });
}

const VARIABLES: Readonly<Record<keyof GateSettings, string>> = {
  artifactDir: 'SPANFORGE_GATE_ARTIFACT_DIR',
  artifactRetentionDays: 'SPANFORGE_GATE_ARTIFACT_RETENTION_DAYS',
  prriRedThreshold: 'SPANFORGE_GATE_PRRI_RED_THRESHOLD',
  hriCriticalThreshold: 'SPANFORGE_GATE_HRI_CRITICAL_THRESHOLD',
  piiWindowHours: 'SPANFORGE_GATE_PII_WINDOW_HOURS',
  secretsWindowHours: 'SPANFORGE_GATE_SECRETS_WINDOW_HOURS',
};

/**
 * Reads settings from environment variables that the caller passes in. A variable that is unset or
 * empty gives the default.
 *
 * @throws {GateError} `GATE_OPTIONS_INVALID` with the name of a variable that cannot be used.
 */
export function gateOptionsFromEnv(
  env: Readonly<Record<string, string | undefined>>,
): GateSettings {
  let settings = DEFAULT_GATE_SETTINGS;
  for (const [option, variable] of Object.entries(VARIABLES)) {
    const text = env[variable]?.trim();
    if (text === undefined || text === '') continue;
    const value = option === 'artifactDir' ? text : Number(text);
    try {
      settings = resolveSettings({ [option]: value }, settings);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message.replace(/^\w+: /, '') : 'invalid';
      throw new GateError('GATE_OPTIONS_INVALID', `${variable}: ${why}`, {
        details: { option: variable },
        cause,
      });
    }
  }
  return settings;
}
