import type { LogFacts } from './facts.js';

/**
 * What a log says about a control.
 *
 * - `supported`: the log holds evidence of what the control asks for;
 * - `contradicted`: the log holds evidence against it;
 * - `no_evidence`: the log could show it, and does not;
 * - `outside`: no log can show it; somebody else must.
 *
 * None of them says that anybody complies.
 */
export type ControlState = 'supported' | 'contradicted' | 'no_evidence' | 'outside';

/** What a log says about one control, and by which records. */
export interface AssessmentFinding {
  readonly state: ControlState;
  /** A sentence: why. */
  readonly because: string;
  /** Indexes of records that show it. */
  readonly records: readonly number[];
}

/** One control of a framework, as far as a log can speak to it. */
export interface ComplianceControl {
  /** Unique among all frameworks; a token of OSCAL. */
  readonly id: string;
  /** Where it stands in its source, such as `Article 12(1)`. */
  readonly reference: string;
  /** What it asks for, in our words. */
  readonly asks: string;
  /** The day it begins to apply, where its source sets one. */
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

/** A control with what a log said about it. */
export interface AssessedControl extends AssessmentFinding {
  readonly framework: string;
  readonly id: string;
  readonly reference: string;
  readonly asks: string;
  readonly appliesFrom?: string;
  /** False while the day on which it begins to apply has not come. */
  readonly applies: boolean;
}

/** What a log says about the controls of some frameworks. */
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
