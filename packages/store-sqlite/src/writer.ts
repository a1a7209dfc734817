import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { asFault } from './failure.js';
import type { Packet, UnhashedPacket } from './packet.js';
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

/** Makes what a packet lacks. */
type HashPacket = (packet: UnhashedPacket) => Packet;

function answerAppends(writer: Writer, appends: Appends, hashPacket: HashPacket): WriterAnswer[] {
  return attempt(() => {
    // Before the transaction: other processes wait for that.
    const packets = appends.map(({ packet }) => ('keys' in packet ? hashPacket(packet) : packet));
    return writer.append(packets).map((results, at): WriterAnswer => {
      const [asked, packet] = [appends[at]?.packet, packets[at]];
      if (!asked || !packet || !('keys' in asked)) return { kind: 'done', value: results };
      return { kind: 'done', value: { results, leaves: packet.leaves } };
    });
  }, appends.length);
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
    if (request.kind === 'unput') writer.removeDerived(request.keys);
    if (request.kind === 'close') writer.close();
    if (request.kind === 'terms') writer.replaceTerms(request.first, request.terms);
    if (request.kind === 'times') writer.replaceTimes(request.first, request.timesMs);
    if (request.kind === 'taken') writer.replaceTaken(request.change);
    const value = answerOf(writer, request);
    return [{ kind: 'done', value }];
  }, 1);
}

function weight(packet: Packet | UnhashedPacket): number {
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
function answerNext(
  writer: Writer,
  queue: WriterRequest[],
  hashPacket: HashPacket,
): WriterAnswer[] {
  const appends = takeAppends(queue);
  if (appends.length > 0) return answerAppends(writer, appends, hashPacket);
  const counts = takeCounts(queue);
  if (counts.length > 0) return answerCounts(writer, counts);
  const request = queue.shift();
  return request ? answerOne(writer, request) : [];
}

function serve(port: NonNullable<typeof parentPort>, writer: Writer, hashPacket: HashPacket): void {
  port.on('message', (message: WriterRequest) => {
    const queue = [message];
    const drain = () => {
      for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) {
        queue.push(more.message);
      }
    };
    for (drain(); queue.length > 0; drain()) {
      const closes = queue[0]?.kind === 'close';
      port.postMessage(answerNext(writer, queue, hashPacket));
      if (closes) return port.close();
      writer.tidy();
    }
  });
}

function open(port: NonNullable<typeof parentPort>): Writer | undefined {
  try {
    const writer = openWriter(workerData as WriterOptions);
    port.postMessage([{ kind: 'done', value: true } satisfies WriterAnswer]);
    return writer;
  } catch (error) {
    port.postMessage([{ kind: 'fault', fault: faultOf(error) } satisfies WriterAnswer]);
    return undefined;
  }
}

async function start(port: NonNullable<typeof parentPort>): Promise<void> {
  const writer = open(port);
  if (!writer) return;
  // What hashes is loaded once the file is open: opening does not wait for it.
  const { hashPacket } = await import('./hash-packet.js');
  serve(port, writer, hashPacket);
}

if (parentPort) void start(parentPort);
