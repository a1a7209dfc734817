import type { LogFacts } from './facts.js';

/**
 * What a log shows about a control.
 *
 * - `supported`: the log holds evidence of what the control asks for;
 * - `contradicted`: the log holds evidence against it;
 * - `no_evidence`: the log could show it, but does not;
 * - `outside`: no log can show it.
 *
 * None of them means compliance.
 */
export type ControlState = 'supported' | 'contradicted' | 'no_evidence' | 'outside';

/** The state of one control, and the records that show it. */
export interface AssessmentFinding {
  readonly state: ControlState;
  /** The reason, as a sentence. */
  readonly because: string;
  /** Indexes of records that show it. */
  readonly records: readonly number[];
}

/** One control of a framework, with the function that judges it. */
export interface ComplianceControl {
  /** Unique among all frameworks; a token of OSCAL. */
  readonly id: string;
  /** Its place in the source, such as `Article 12(1)`. */
  readonly reference: string;
  /** What it requires, in plain words. */
  readonly asks: string;
  /** The day it begins to apply, if its source sets one. */
  readonly appliesFrom?: string;
  assess(facts: LogFacts): AssessmentFinding;
}

/** Controls of one source, as it stood when the mapping was written. */
export interface ComplianceFramework {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  /** Of the source. */
  readonly version: string;
  /** Of this mapping. */
  readonly mapping: string;
  readonly controls: readonly ComplianceControl[];
}

/** A control with its state. */
export interface AssessedControl extends AssessmentFinding {
  readonly framework: string;
  readonly id: string;
  readonly reference: string;
  readonly asks: string;
  readonly appliesFrom?: string;
  /** False before the day on which it begins to apply. */
  readonly applies: boolean;
}

/** The assessment of some frameworks. */
export interface ComplianceAssessment {
  readonly v: 'spanforge.compliance-assessment.v1';
  /** RFC 3339. */
  readonly assessedAt: string;
  readonly log: { readonly origin: string; readonly size: number };
  readonly frameworks: readonly {
    readonly id: string;
    readonly title: string;
    readonly source: string;
    readonly version: string;
    readonly mapping: string;
  }[];
  readonly controls: readonly AssessedControl[];
}
