import { AiSdkError } from './error.js';

/** As much of the SDK's steps as is looked at. */
export interface StepsSoFar {
  readonly steps: readonly { readonly content: readonly object[] }[];
}

/**
 * A condition for `stopWhen`: ends the loop after a step in which a call was blocked or held, or
 * a result withheld. Without it the model is told and goes on.
 */
export function stopOnDenial(): (so: StepsSoFar) => boolean {
  return ({ steps }) =>
    (steps.at(-1)?.content ?? []).some((part) => {
      const { error } = part as { readonly error?: unknown };
      return AiSdkError.is(error);
    });
}
