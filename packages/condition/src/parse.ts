import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { type ConditionError, errorAt } from './error.js';

/** How large a condition may be. */
export interface ConditionLimits {
  /** Source length in UTF-16 units; 4096 unless told. */
  readonly maxLength?: number;
  /** Nodes of the parsed expression; 512 unless told. */
  readonly maxNodes?: number;
  /** Nesting; 32 unless told. */
  readonly maxDepth?: number;
  /** Steps one evaluation may take; 100,000 unless told. */
  readonly maxSteps?: number;
}

/** Parses Common Expression Language within bounds; nothing is checked beyond its syntax. */
export function parse(source: string, limits: ConditionLimits): ASTNode {
  const maxLength = limits.maxLength ?? 4096;
  if (source.length > maxLength) {
    throw errorAt(
      source,
      maxLength,
      'CONDITION_TOO_LONG',
      `A condition has at most ${maxLength} characters.`,
    );
  }
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    limits: { maxAstNodes: limits.maxNodes ?? 512, maxDepth: limits.maxDepth ?? 32 },
  });
  try {
    return environment.parse(source).ast;
  } catch (cause) {
    throw syntaxError(source, cause);
  }
}

interface ParserProblem {
  readonly code?: string;
  readonly summary?: string;
  readonly range?: { readonly start: number };
}

function syntaxError(source: string, cause: unknown): ConditionError {
  const { code, summary, range } = cause as ParserProblem;
  const kind = code === 'limit_exceeded' ? 'CONDITION_TOO_COMPLEX' : 'CONDITION_SYNTAX';
  const message = summary ?? 'The condition cannot be parsed';
  return errorAt(source, Math.min(range?.start ?? 0, source.length), kind, `${message}.`, cause);
}
