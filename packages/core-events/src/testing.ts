import type { StoreContractOptions } from './testing/store-contract.js';
import { appendContract } from './testing/store-contract-append.js';
import { capabilitiesContract } from './testing/store-contract-capabilities.js';
import { derivedAndLeaseContract } from './testing/store-contract-derived.js';
import { modelContract } from './testing/store-contract-model.js';
import { persistentContract } from './testing/store-contract-persistent.js';
import { signingContract } from './testing/store-contract-signing.js';

export {
  type CounterContractOptions,
  type CountersUnderTest,
  counterStoreContract,
} from './testing/counter-contract.js';
export {
  aRecordingPolicy,
  type PolicyQuestioner,
  type PolicyQuestionOptions,
  policyQuestionContract,
  type QuestionCall,
} from './testing/policy-question-contract.js';
export type { FastCheck } from './testing/store-arbitraries.js';
export {
  aStoreGroup,
  aStoreRecord,
  type StoreContractOptions,
  type StoreUnderTest,
  type TestApi,
} from './testing/store-contract.js';

/**
 * Registers the tests that every driver of {@link EvidenceStore} must pass.
 *
 * Works with any test runner: `describe`, `it`, `expect` and fast-check are passed in. Each test
 * opens an empty store with `open` and disposes of it.
 */
export function evidenceStoreContract(options: StoreContractOptions): void {
  const { persistent, shared = persistent } = options;
  options.describe('evidence store contract', () => {
    modelContract(options);
    appendContract(options);
    derivedAndLeaseContract(options);
    signingContract(options);
    capabilitiesContract(options);
    if (shared) persistentContract(options);
  });
}
