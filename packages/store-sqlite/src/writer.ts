import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { asFault } from './failure.js';
import type { Packet } from './packet.js';
import type { WriterAnswer, WriterFault, WriterRequest } from './protocol.js';
import { openWriter, type Writer, type WriterOptions } from './write.js';

/** Appends that wait are carried by one transaction, up to about this much. */
const MAX_MERGED_BYTES = 8 * 1024 * 1024;

function faultOf(error: unknown): WriterFault {
  const { code, message, details } = asFault('thread', error);
  return { code, message, details };
}

function attempt(work: () => WriterAnswer[], count: number): WriterAnswer[] {
  try {
    return work();
  } catch (error) {
    return Array.from({ length: count }, () => ({ kind: 'fault', fault: faultOf(error) }));
  }
}

type Appends = readonly Extract<WriterRequest, { kind: 'append' }>[];

function answerAppends(writer: Writer, appends: Appends): WriterAnswer[] {
  return attempt(
    () =>
      writer
        .append(appends.map(({ packet }) => packet))
        .map((value): WriterAnswer => ({ kind: 'done', value })),
    appends.length,
  );
}

type Counts = readonly Extract<WriterRequest, { kind: 'count' }>[];

function answerCounts(writer: Writer, counts: Counts): WriterAnswer[] {
  return attempt(
    () =>
      writer
        .count(counts.map(({ step }) => step))
        .map((value): WriterAnswer => ({ kind: 'done', value })),
    counts.length,
  );
}

function answerOf(writer: Writer, request: WriterRequest): boolean | number | Uint8Array {
  if (request.kind === 'hash') return writer.hashLeaves(request.first, request.count);
  if (request.kind === 'erase') return writer.eraseDisclosures(request.indexes);
  if (request.kind === 'break') return writer.breakLease(request.name);
  if (request.kind !== 'lease') return true;
  return writer.lease(request.name, request.holder, request.nowMs, request.ttlMs);
}

function answerOne(writer: Writer, request: WriterRequest): WriterAnswer[] {
  return attempt(() => {
    if (request.kind === 'put') writer.putDerived(request.entries);
    if (request.kind === 'close') writer.close();
    if (request.kind === 'terms') writer.replaceTerms(request.first, request.terms);
    if (request.kind === 'taken') writer.replaceTaken(request.change);
    const value = answerOf(writer, request);
    return [{ kind: 'done', value }];
  }, 1);
}

function weight(packet: Packet): number {
  return packet.bytes.length + packet.disclosureLength;
}

/** Takes the leading appends of the queue that fit in one transaction; at least one. */
function takeAppends(queue: WriterRequest[]): Appends {
  const appends: Extract<WriterRequest, { kind: 'append' }>[] = [];
  let bytes = 0;
  for (let next = queue[0]; next?.kind === 'append'; next = queue[0]) {
    bytes += weight(next.packet);
    if (appends.length > 0 && bytes > MAX_MERGED_BYTES) break;
    appends.push(next);
    queue.shift();
  }
  return appends;
}

/** Steps of counters in one transaction, at most. */
const MAX_MERGED_COUNTS = 256;

/** Takes the leading steps of counters in the queue, so that one flush carries them. */
function takeCounts(queue: WriterRequest[]): Counts {
  const counts: Extract<WriterRequest, { kind: 'count' }>[] = [];
  for (let next = queue[0]; next?.kind === 'count'; next = queue[0]) {
    if (counts.length === MAX_MERGED_COUNTS) break;
    counts.push(next);
    queue.shift();
  }
  return counts;
}

/** Does what stands first in the queue, with all that can share its transaction. */
function answerNext(writer: Writer, queue: WriterRequest[]): WriterAnswer[] {
  const appends = takeAppends(queue);
  if (appends.length > 0) return answerAppends(writer, appends);
  const counts = takeCounts(queue);
  if (counts.length > 0) return answerCounts(writer, counts);
  const request = queue.shift();
  return request ? answerOne(writer, request) : [];
}

function serve(port: NonNullable<typeof parentPort>, writer: Writer): void {
  port.on('message', (message: WriterRequest) => {
    const queue = [message];
    const drain = () => {
      for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) {
        queue.push(more.message);
      }
    };
    for (drain(); queue.length > 0; drain()) {
      const closes = queue[0]?.kind === 'close';
      for (const answer of answerNext(writer, queue)) port.postMessage(answer);
      if (closes) return port.close();
      writer.tidy();
    }
  });
}

function start(port: NonNullable<typeof parentPort>): void {
  try {
    serve(port, openWriter(workerData as WriterOptions));
    port.postMessage({ kind: 'done', value: true } satisfies WriterAnswer);
  } catch (error) {
    port.postMessage({ kind: 'fault', fault: faultOf(error) } satisfies WriterAnswer);
  }
}

if (parentPort) start(parentPort);
