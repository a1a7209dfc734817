import type { ArticleFinding } from './types.js';

/** The parts of an explanation that matter to the articles. */
export interface ArticleEvidence {
  readonly explains: readonly string[];
  readonly factors: readonly unknown[];
  readonly confidence: number | undefined;
  readonly confidenceThreshold: number;
}

/**
 * What an explanation shows of Articles 12 (record-keeping), 13 (transparency) and 14 (human
 * oversight) of the EU AI Act, Regulation (EU) 2024/1689. It says which evidence there is. It does
 * not say whether a system complies.
 */
export function assessArticles(evidence: ArticleEvidence): readonly ArticleFinding[] {
  const { explains, factors, confidence, confidenceThreshold } = evidence;
  return [
    { article: '12', status: present(explains.length > 0), field: 'explains' },
    { article: '13', status: present(factors.length > 0), field: 'factors' },
    {
      article: '14',
      status:
        confidence === undefined ? 'not_assessed' : present(confidence >= confidenceThreshold),
      field: 'confidence',
    },
  ];
}

function present(is: boolean): ArticleFinding['status'] {
  return is ? 'evidence_present' : 'evidence_absent';
}
