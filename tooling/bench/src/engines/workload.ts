/** One rule every engine is given in its own language: deny `tool` over `limit` in euros. */
export interface Rule {
  readonly tool: string;
  readonly limit: number;
}

/** One question every engine is asked. */
export interface Question {
  readonly tool: string;
  readonly args: { readonly amount: number; readonly currency: string; readonly order: string };
}

/** A peer, loaded and ready. */
export interface Engine {
  readonly name: string;
  /** Whether its rules read arguments with comparisons, as ours do. */
  readonly conditions: boolean;
  allows(question: Question): boolean;
}

const RULES_PER_TOOL = 5;

/** As many rules as asked for, five to a tool. */
export function makeRules(count: number): readonly Rule[] {
  return Array.from({ length: count }, (_, at) => ({
    tool: `tool_${Math.floor(at / RULES_PER_TOOL)}`,
    limit: 1000 + (at % RULES_PER_TOOL) * 500,
  }));
}

/** Sixteen questions about tools spread over the rules; all allowed, or all denied. */
export function makeQuestions(count: number, outcome: 'allow' | 'deny'): readonly Question[] {
  const tools = Math.max(1, Math.floor(count / RULES_PER_TOOL));
  return Array.from({ length: 16 }, (_, at) => ({
    tool: `tool_${Math.floor((at * tools) / 16)}`,
    args: { amount: outcome === 'allow' ? 100 + at : 5000 + at, currency: 'EUR', order: `A-${at}` },
  }));
}
