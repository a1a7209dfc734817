import { createHash } from 'node:crypto';
import type { EvidenceReader } from '@spanforge/core-events';
import type { PolicyBundle } from '@spanforge/policy';
import {
  decisionsOfLog,
  decisionsOfRun,
  type LogSourceOptions,
  type RecordedDecision,
} from '@spanforge/policy-rollout';
import { readRuns } from './read-runs.js';

/** Recorded decisions, from a runs file or a log. */
export interface Traffic {
  readonly source: 'log' | 'runs';
  readonly decisions: AsyncIterable<RecordedDecision>;
  /** A digest of everything that was read, hex; available after reading. */
  inputDigest(): string;
}

/** Called with how much has been read, and of how much. */
export type OnRead = (done: number, total: number) => void;

/** How to judge the calls of a runs file. */
export interface RunsSetting {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly agent: string;
  readonly actor: string;
}

/** The calls of a runs file, as `govern` would ask about them. */
export function trafficOfRuns(
  file: string,
  bundle: PolicyBundle,
  setting: RunsSetting,
  onRead: OnRead,
): Traffic {
  const hash = createHash('sha256');
  async function* read(): AsyncGenerator<RecordedDecision> {
    let size = 0;
    const options = {
      onChunk: (chunk: Uint8Array) => hash.update(chunk),
      onSize: (bytes: number) => {
        size = bytes;
      },
    };
    const { environment } = bundle;
    for await (const run of readRuns(file, options)) {
      yield* decisionsOfRun(run, { ...setting, environment, tenant: 'recorded' });
      onRead(run.offset, size);
    }
  }
  return {
    source: 'runs',
    decisions: { [Symbol.asyncIterator]: read },
    inputDigest: () => hash.digest('hex'),
  };
}

/** Which decisions of a log to read. */
export interface LogFilter {
  readonly tenant?: string;
  readonly trace?: string;
  readonly application?: string;
}

/** A filter as the options of reading a log. */
export function sourceOfLog(reader: EvidenceReader, filter: LogFilter): LogSourceOptions {
  const { application } = filter;
  return {
    reader,
    ...(application === undefined ? {} : { application }),
    ...(filter.tenant === undefined ? {} : { tenant: filter.tenant }),
    ...(filter.trace === undefined ? {} : { traceId: filter.trace }),
  };
}

/** The decisions of an evidence log. */
export function trafficOfLog(reader: EvidenceReader, filter: LogFilter, onRead: OnRead): Traffic {
  const source = decisionsOfLog({ ...sourceOfLog(reader, filter), onRead });
  return { source: 'log', decisions: source, inputDigest: source.inputDigest };
}
