import ts from 'typescript';
import type { Failure } from './failure.js';
import { lineOf, type Source } from './source.js';

/**
 * Finds readings of the clock, of randomness and of the environment.
 *
 * They are allowed where they are the default of an injected option, and only there: on the right
 * of `??`, or as the initialiser of a parameter or of a destructured property.
 */
export function checkAmbient(folder: string, source: Source): readonly Failure[] {
  const failures: Failure[] = [];
  const visit = (node: ts.Node): void => {
    const reading = readingOf(node);
    if (reading !== undefined && !isOptionDefault(node)) {
      failures.push({
        rule: 'ambient',
        file: `${folder}/${source.path}`,
        line: lineOf(source.tree, node),
        message: `${reading} is read here; take it as an option`,
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source.tree);
  return failures;
}

const readings = new Set([
  'process.env',
  'Date.now',
  'performance.now',
  'Math.random',
  'crypto.randomUUID',
]);

function readingOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const text = node
      .getText()
      .replace(/\s|\?/g, '')
      .replace(/^globalThis\./, '');
    return readings.has(text) ? text : undefined;
  }
  if (ts.isNewExpression(node) && (node.arguments?.length ?? 0) === 0) {
    return node.expression.getText() === 'Date' ? 'new Date()' : undefined;
  }
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'Date()';
  return undefined;
}

function isOptionDefault(node: ts.Node): boolean {
  const { parent } = node;
  if (parent === undefined || ts.isSourceFile(parent)) return false;
  if (ts.isBinaryExpression(parent)) {
    const defaults = parent.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken;
    if (defaults && parent.right === node) return true;
  }
  const initialises = ts.isParameter(parent) || ts.isBindingElement(parent);
  if (initialises && parent.initializer === node) return true;
  return !ts.isStatement(parent) && isOptionDefault(parent);
}
