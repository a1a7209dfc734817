import { AiSdkError } from './error.js';

/** The parts of an SDK step that are read. */
export interface StepsSoFar {
  readonly steps: readonly { readonly content: readonly object[] }[];
}

/**
 * A condition for `stopWhen` that ends the loop after a step in which a call was blocked or held,
 * or a result was withheld. Without it the model is told, and the loop continues.
 */
export function stopOnDenial(): (so: StepsSoFar) => boolean {
  return ({ steps }) =>
    (steps.at(-1)?.content ?? []).some((part) => {
      const { error } = part as { readonly error?: unknown };
      return AiSdkError.is(error);
    });
}
