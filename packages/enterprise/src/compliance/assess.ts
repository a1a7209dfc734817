import { type Clock, type EvidenceReader, formatTime } from '@spanforge/core-events';
import type { TenantSettings } from '../controls/settings.js';
import type { LogPosition } from '../status/status.js';
import { readFacts } from './facts.js';
import type { AssessedControl, ComplianceAssessment, ComplianceFramework } from './model.js';

/** The tenant to assess, and the frameworks. */
export interface AssessmentOptions {
  readonly reader: EvidenceReader;
  readonly position: LogPosition;
  /** Of the tenant whose evidence is assessed. */
  readonly settings: TenantSettings;
  readonly frameworks: readonly ComplianceFramework[];
  readonly clock: Clock;
}

/**
 * Says for each control what the log of a tenant shows. It reads through the log's index and proves
 * nothing; a package has proofs.
 *
 * @throws {EventsError} of the reader.
 */
export async function assessCompliance(options: AssessmentOptions): Promise<ComplianceAssessment> {
  const { reader, position, settings, frameworks, clock } = options;
  const facts = await readFacts(reader, position, settings);
  const assessedAt = formatTime(clock());
  const controls = frameworks.flatMap(({ id: framework, controls: listed }) =>
    listed.map(({ assess, ...control }): AssessedControl => {
      const applies = control.appliesFrom === undefined || control.appliesFrom <= assessedAt;
      return { framework, ...control, applies, ...assess(facts) };
    }),
  );
  return {
    v: 'spanforge.compliance-assessment.v1',
    assessedAt,
    log: { origin: position.origin, size: position.size },
    frameworks: frameworks.map(({ controls: _, ...about }) => about),
    controls,
  };
}
