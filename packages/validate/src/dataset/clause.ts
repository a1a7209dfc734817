/** The result of a clause. */
export type ClauseStatus = 'passed' | 'failed' | 'not_assessed';

/** One clause of Article 10 of the EU AI Act (Regulation 2024/1689), and its result. */
export interface Article10Clause {
  readonly clause: 'design_choices' | 'pii_density' | 'consent' | 'provenance' | 'bias_signal';
  /** Its place, such as `10(2)(f)`. */
  readonly article: string;
  readonly title: string;
  readonly status: ClauseStatus;
  /** The figures behind it, for people. */
  readonly detail: string;
}
