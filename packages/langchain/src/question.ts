import { LangchainError } from './error.js';

/** The value that interrupts a graph: plain data for the person who decides. */
export interface ReviewQuestion {
  readonly kind: 'spanforge_review';
  readonly reviewId: string;
  /** `call`: the tool did not run. `result`: it ran, and its answer is withheld. */
  readonly about: 'call' | 'result';
  readonly tool: string;
  readonly callId: string;
  /** The arguments as the tool would get them. A model wrote them, so do not trust them. */
  readonly args: unknown;
  readonly reason: string;
  readonly reasonCode: string;
  /** Why the answer before this one did not count, as a code. */
  readonly refused?: string;
}

/**
 * The value that resumes a graph, in `Command({ resume })`: a person's decision about the named
 * review. A list answers several reviews that one node asked for at once.
 */
export interface ReviewAnswer {
  readonly reviewId: string;
  readonly resolution: 'approved' | 'rejected';
  /**
   * Written by the host, never by a form. Leave it out if the option `reviewer` names the person.
   */
  readonly reviewer?: string;
  readonly note?: string;
}

const KEYS = ['reviewId', 'resolution', 'reviewer', 'note'];

function throwInvalid(message: string): never {
  throw new LangchainError('LANGCHAIN_ANSWER_INVALID', message);
}

function readAnswer(value: unknown): ReviewAnswer {
  if (typeof value !== 'object' || value === null) return throwInvalid('an answer is an object');
  const { reviewId, resolution, reviewer, note } = value as Record<string, unknown>;
  if (Object.keys(value).some((key) => !KEYS.includes(key))) throwInvalid('an unknown member');
  if (typeof reviewId !== 'string') return throwInvalid('reviewId: expected text');
  if (resolution !== 'approved' && resolution !== 'rejected') {
    return throwInvalid('resolution: expected approved or rejected');
  }
  if (reviewer !== undefined && typeof reviewer !== 'string')
    return throwInvalid('reviewer: expected text');
  if (note !== undefined && typeof note !== 'string') return throwInvalid('note: expected text');
  return {
    reviewId,
    resolution,
    ...(reviewer === undefined ? {} : { reviewer }),
    ...(note === undefined ? {} : { note }),
  };
}

/**
 * Reads the value a graph was resumed with. An unknown member is an error; edited arguments, for
 * example, are no part of an answer.
 *
 * @throws {LangchainError} `LANGCHAIN_ANSWER_INVALID`.
 */
export function readAnswers(value: unknown): readonly ReviewAnswer[] {
  return Array.isArray(value) ? value.map(readAnswer) : [readAnswer(value)];
}
