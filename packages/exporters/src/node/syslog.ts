import { connect as connectTcp, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { z } from 'zod';
import { toCef } from '../cef.js';
import { connectionReason } from '../connection-reason.js';
import { throwUnlessAllowed } from '../egress.js';
import { ExportError } from '../error.js';
import { throwIfInvalid } from '../options.js';
import type { EgressGuard, ExportRecord, Sink } from '../sink.js';
import { type SiemSeverity, summarize } from '../summary.js';

/** The settings of a syslog receiver. */
export interface SyslogSinkOptions {
  readonly host: string;
  /** 6514 when absent, the port of RFC 5425. */
  readonly port?: number;
  /** `false` for plain TCP; otherwise the receiver's certificate is checked. */
  readonly tls?: false | Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'>;
  /** `spanforge` when absent; 1 to 48 printable ASCII characters. */
  readonly appName?: string;
  /** This machine's when absent; 1 to 255 printable ASCII characters. */
  readonly hostName?: string;
  /** RFC 5424 facility, 0 to 23; 13 (log audit) when absent. */
  readonly facility?: number;
  /** The message of a record; `toCef` when absent. */
  readonly format?: (exported: ExportRecord) => string;
  /** Milliseconds to connect, and to send a batch; 30,000 when absent. */
  readonly timeoutMs?: number;
  readonly egress?: EgressGuard;
}

const printable = (max: number) => z.string().regex(new RegExp(`^[!-~]{1,${max}}$`));
const fn = z.custom<() => unknown>((value) => typeof value === 'function', 'expected a function');
const syslogOptions = z.strictObject({
  host: z.string().min(1),
  port: z.int().min(1).max(65_535).optional(),
  tls: z.union([z.literal(false), z.looseObject({})]).optional(),
  appName: printable(48).optional(),
  hostName: printable(255).optional(),
  facility: z.int().min(0).max(23).optional(),
  format: fn.optional(),
  timeoutMs: z.number().positive().optional(),
  egress: fn.optional(),
});

/** RFC 5424 severities: critical 2, error 3, warning 4, notice 5, informational 6. */
const SEVERITY: Readonly<Record<SiemSeverity, number>> = {
  critical: 2,
  high: 3,
  medium: 4,
  low: 5,
  info: 6,
};

/** One message as RFC 5424 has it, in octet-counting frames (RFC 6587, RFC 5425). */
export function syslogFrame(
  exported: ExportRecord,
  options: Omit<SyslogSinkOptions, 'host'> & { readonly hostName: string },
): Buffer {
  const { facility = 13, appName = 'spanforge', hostName, format = (e) => toCef(e) } = options;
  const priority = facility * 8 + SEVERITY[summarize(exported.record).severity];
  // The record's type is printable ASCII, and cut to the 32 characters of a MSGID.
  const id = exported.record.type.replace(/^spanforge\./, '').slice(0, 32);
  const message = format(exported).replace(/[\r\n]+/g, ' ');
  const text = `<${priority}>1 ${exported.record.time} ${hostName} ${appName} - ${id} - ${message}`;
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
}

/**
 * A sink for syslog over TLS (RFC 5425) or TCP: RFC 5424 messages in octet-counting frames. Syslog
 * has no acknowledgement. A batch counts as delivered when the receiver's system has taken its
 * bytes and the connection is still open. Records that the receiver loses later are lost.
 *
 * @throws {ExportError} `EXPORT_OPTIONS_INVALID`.
 */
export function createSyslogSink(options: SyslogSinkOptions): Sink {
  throwIfInvalid(syslogOptions, options, 'the options of the syslog sink are not valid');
  const { host, port = 6514, tls = {}, timeoutMs = 30_000 } = options;
  const hostName =
    options.hostName ??
    (hostname()
      .replace(/[^!-~]/g, '-')
      .slice(0, 255) ||
      '-');
  const target = { protocol: tls === false ? 'tcp' : 'tls', host, port } as const;
  let socket: Socket | undefined;

  function connect(): Promise<Socket> {
    throwUnlessAllowed(options.egress, target);
    return new Promise((resolve, reject) => {
      const opened =
        tls === false ? connectTcp({ host, port }) : connectTls({ ...tls, host, port });
      const failed = (error: Error) => {
        opened.destroy();
        const why = connectionReason(error);
        reject(unavailableError(`the receiver could not be reached${why}`, error));
      };
      opened.setTimeout(timeoutMs, () => failed(new Error('timeout')));
      opened.once('error', failed);
      opened.once(tls === false ? 'connect' : 'secureConnect', () => {
        opened.off('error', failed);
        opened.setTimeout(0);
        // From here on a broken connection is noticed by the next write.
        opened.on('error', () => opened.destroy());
        opened.on('end', () => opened.destroy());
        opened.resume();
        resolve(opened);
      });
    });
  }

  return {
    name: 'syslog',
    async send(batch, signal) {
      if (socket === undefined || socket.destroyed) socket = await connect();
      const frames = batch.map((exported) => syslogFrame(exported, { ...options, hostName }));
      await write(socket, Buffer.concat(frames), timeoutMs, signal);
    },
    async close() {
      const open = socket;
      socket = undefined;
      if (open === undefined || open.destroyed) return;
      await new Promise<void>((resolve) => {
        open.once('close', () => resolve());
        open.end(() => open.destroy());
      });
    },
  };
}

function unavailableError(message: string, cause?: unknown): ExportError {
  return new ExportError('EXPORT_SINK_UNAVAILABLE', message, { cause });
}

function write(
  socket: Socket,
  bytes: Buffer,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: ExportError) => {
      // Half a frame may have gone: the next batch begins a new connection.
      socket.destroy();
      settle(() => reject(error));
    };
    const stopped = () => fail(new ExportError('EXPORT_STOPPED', 'the export was stopped'));
    const closed = () => fail(unavailableError('the receiver closed the connection'));
    const timer = setTimeout(
      () => fail(unavailableError('the receiver accepts no data')),
      timeoutMs,
    );
    const settle = (then: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stopped);
      socket.off('close', closed);
      then();
    };
    signal.addEventListener('abort', stopped);
    socket.once('close', closed);
    socket.write(bytes, (error) => {
      if (error) fail(unavailableError('the connection to the receiver broke', error));
      else settle(resolve);
    });
  });
}
