import { predicate, resign, statementOf } from '../verify/test-forge.js';
import type { AddVectors } from './sheet.js';

/** Statements that claim what the records do not say. */
export const addStatementVectors: AddVectors = async ({ add, said }, { call, signers }) => {
  const stated = statementOf(call).predicate as unknown as Record<string, Record<string, unknown>>;
  await said('false outcome', { outcome: 'block' }, 'outcome_mismatch');
  await said('false strictest', { strictest: 'block' }, 'strictest_mismatch');
  await said(
    'false summary',
    { summary: { ...stated.summary, allowed: 'All is well.' } },
    'summary.allowed_mismatch',
  );
  await said(
    'false chain',
    { summary: { ...stated.summary, chain: 'Yes.' } },
    'summary.chain_mismatch',
  );
  await said(
    'false completeness',
    { completeness: [{ code: 'started_not_ended', index: 3, message: 'x' }] },
    'completeness_mismatch',
  );
  await said(
    'false selected',
    { counts: { ...stated.counts, selected: 4 } },
    'counts.selected_mismatch',
  );
  await said(
    'false redacted',
    { counts: { ...stated.counts, redacted: 4 } },
    'counts.redacted_mismatch',
  );
  await said(
    'false withheld',
    { counts: { ...stated.counts, withheld: 4 } },
    'counts.withheld_mismatch',
  );
  await said('false origin', { log_origin: 'log.example/x' }, 'log_origin_mismatch');
  await said('false root', { root: '0'.repeat(64) }, 'root_mismatch');
  await said('false size', { size_range: { from: 0, to: 1 } }, 'size_range_mismatch');
  await said(
    'false missing policies',
    { missing_policies: ['0'.repeat(64)] },
    'missing_policies_mismatch',
  );
  const stands = 'the log was found damaged: rolled_back';
  const damaged = { completeness: [{ code: 'log_damaged', message: stands }] };
  add('damaged log', 'call', await resign(call, signers, predicate(damaged)), 'valid');
  await said('another query', { query: { trace_id: 'trace-2' } }, 'record_outside_query');
};
