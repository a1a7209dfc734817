import type { McpTransport } from './transport.js';

/** Sends over one connection, and tracks what the other side has not read yet. */
export interface TrackedSender {
  send(message: Readonly<Record<string, unknown>>): Promise<void>;
  /** Bytes; estimated for a transport that does not count them. */
  backlog(): number;
}

/** Limits how much data waits in memory between two connections. */
export interface FlowControl {
  readonly toClient: TrackedSender;
  readonly toServer: TrackedSender;
  /** Notes a running append that no request waits for; call the returned function when it is done. */
  recording(): () => void;
}

const HIGH_BYTES = 4 * 1024 * 1024;
const LOW_BYTES = HIGH_BYTES / 2;
/** For transports that do not say how much they hold. */
const ASSUMED_BYTES = 64 * 1024;
const MAX_RECORDING = 256;

function track(transport: McpTransport, changed: () => void): TrackedSender {
  let unsettled = 0;
  return {
    backlog: () => transport.pendingBytes ?? unsettled * ASSUMED_BYTES,
    async send(message) {
      unsettled += 1;
      try {
        const sent = transport.send(message);
        changed();
        await sent;
      } finally {
        unsettled -= 1;
        changed();
      }
    },
  };
}

/** Pauses a transport above the upper mark and resumes it below the lower one. */
function createValve(transport: McpTransport): (bytes: number, full: boolean) => void {
  let paused = false;
  return (bytes, full) => {
    if (!paused && (bytes > HIGH_BYTES || full)) {
      paused = true;
      transport.pause?.();
    } else if (paused && bytes <= LOW_BYTES && !full) {
      paused = false;
      transport.resume?.();
    }
  };
}

/**
 * Reads neither side faster than the other takes the messages. The server is paused while the
 * client does not take what was sent to it; the client is paused while either of them does not. A
 * pause never waits for a message of the paused side.
 */
export function createFlowControl(client: McpTransport, server: McpTransport): FlowControl {
  const [valveOfClient, valveOfServer] = [createValve(client), createValve(server)];
  let records = 0;
  const update = (): void => {
    const [outClient, outServer] = [toClient.backlog(), toServer.backlog()];
    valveOfServer(outClient, false);
    valveOfClient(Math.max(outClient, outServer), records > MAX_RECORDING);
  };
  const toClient = track(client, update);
  const toServer = track(server, update);
  return {
    toClient,
    toServer,
    recording() {
      records += 1;
      update();
      return () => {
        records -= 1;
        update();
      };
    },
  };
}
