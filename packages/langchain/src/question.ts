import { LangchainError } from './error.js';

/** What a graph is interrupted with: plain data, for whoever decides. */
export interface ReviewQuestion {
  readonly kind: 'spanforge_review';
  readonly reviewId: string;
  /** `call`: it was not run. `result`: it ran, and what it answered is withheld. */
  readonly about: 'call' | 'result';
  readonly tool: string;
  readonly callId: string;
  /** As the tool would be given them: written by a model, so not to be trusted. */
  readonly args: unknown;
  readonly reason: string;
  readonly reasonCode: string;
  /** Why the answer before this one did not count, as a code. */
  readonly refused?: string;
}

/**
 * What a graph is resumed with, in `Command({ resume })`: a person's decision about the review it
 * names. A list answers several that one node asked at once.
 */
export interface ReviewAnswer {
  readonly reviewId: string;
  readonly resolution: 'approved' | 'rejected';
  /** Written by the host, never by a form; left out where the option `reviewer` tells. */
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
 * Reads what a graph was resumed with. An unknown member is an error: edited arguments, say, are no
 * part of an answer.
 *
 * @throws {LangchainError} `LANGCHAIN_ANSWER_INVALID`.
 */
export function readAnswers(value: unknown): readonly ReviewAnswer[] {
  return Array.isArray(value) ? value.map(readAnswer) : [readAnswer(value)];
}
