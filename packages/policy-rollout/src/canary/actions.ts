import { within } from '@spanforge/core-events';
import type { CanaryOptions } from './config.js';

/** What the host does when a canary is decided. */
export type ActionOptions = Pick<
  CanaryOptions,
  'activate' | 'rollback' | 'rollbackVersion' | 'actionTimeoutMs'
>;

/** Takes the host's actions within their time. */
export interface CanaryActions {
  /** True when it was done; false when it failed or took too long. Never rejects. */
  act(action: 'activate' | 'rollback'): Promise<boolean>;
  /** True after an activation by this process, which may have come after another replica's rollback. */
  isActivatedHere(): boolean;
}

const DEFAULT_ACTION_TIMEOUT_MS = 30_000;

/** Creates what takes the actions of one canary. */
export function createActions(options: ActionOptions): CanaryActions {
  const limitMs = options.actionTimeoutMs ?? DEFAULT_ACTION_TIMEOUT_MS;
  let isActivatedHere = false;

  async function activate(): Promise<void> {
    await options.activate();
    isActivatedHere = true;
  }

  async function rollBack(): Promise<void> {
    isActivatedHere = false;
    await Promise.all([options.rollback(), options.rollbackVersion?.()]);
  }

  return {
    act: (action) =>
      within(limitMs, action === 'activate' ? activate : rollBack).then(
        () => true,
        () => false,
      ),
    isActivatedHere: () => isActivatedHere,
  };
}
