import type { PolicyRequest } from '@spanforge/core-events';

/** Computes a fact from a request that has the fact's sources filled in; `undefined` when it is missing. */
export type ComputeFact = (request: PolicyRequest) => unknown;
