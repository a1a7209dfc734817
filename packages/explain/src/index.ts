export { type ArticleEvidence, assessArticles } from './articles.js';
export { deriveFactors } from './derive-factors.js';
export { ExplainError, type ExplainErrorCode, type ExplainErrorDetails } from './error.js';
export { createExplain } from './explain.js';
export type {
  ArticleFinding,
  Explain,
  ExplainCall,
  ExplainOptions,
  ExplainPolicyAnswer,
  ExplainRequest,
  ExplainStatus,
  ExplainWarning,
  Explanation,
  Factor,
  FindCounterfactual,
  Governed,
  GovernedFunction,
  GovernedOptions,
  ModelType,
  OutputContext,
  RecordedExplanation,
} from './types.js';
