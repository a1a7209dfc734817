import type { PolicyRequest } from '@spanforge/core-events';

/** Computes a fact from a request in which those it builds on are filled in; `undefined` where it is missing. */
export type ComputeFact = (request: PolicyRequest) => unknown;
