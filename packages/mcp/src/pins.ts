import type { GovernorParts } from '@spanforge/govern';
import { definitionDigest, type ToolDefinition } from './definition.js';
import { McpError } from './error.js';
import { member } from './plain.js';

type Log = GovernorParts['log'];

/** Where and by whom something is put on record; as in every evidence record. */
export interface PinContext {
  readonly tenant: string;
  readonly project: string;
  readonly env: string;
  readonly run: string;
  readonly traceId: string;
  readonly agent: string;
  readonly actor: string;
  readonly source: string;
}

/** How a definition stands to what is pinned of that tool. */
export interface PinCheck {
  /** `new` is a tool nobody has approved, where first sight is not enough. */
  readonly state: 'pinned' | 'new' | 'changed';
  /** Of the definition that was shown. */
  readonly digest: string;
}

/** A tool as it is pinned. */
export interface Pin {
  readonly tool: string;
  readonly digest: string;
  readonly cause: 'first_seen' | 'approved';
  readonly approver?: string;
}

/** Definitions of one server's tools that count; they are records of the evidence log. */
export interface Pins {
  /**
   * Compares a definition with what is pinned. The first one of a tool is pinned, durably, before
   * this resolves; a changed one is put on record once.
   *
   * @throws {McpError} `MCP_PINS_UNAVAILABLE` when the log cannot be read or written.
   */
  check(tool: ToolDefinition): Promise<PinCheck>;
  /** What is pinned now, by tool. @throws {McpError} `MCP_PINS_UNAVAILABLE`. */
  list(): Promise<readonly Pin[]>;
  /**
   * Pins the definition with this digest from now on. Whoever approves is a person and known to
   * the host.
   *
   * @throws {McpError} `MCP_PIN_UNKNOWN` when that digest was never on record for the tool,
   *   `MCP_PINS_UNAVAILABLE`.
   */
  approve(approval: {
    readonly tool: string;
    readonly digest: string;
    readonly approver: string;
  }): Promise<void>;
}

/** What the pins of one server need. */
export interface PinsOptions {
  readonly log: Log;
  /** The server, as its operator calls it: 1 to 512 characters. */
  readonly server: string;
  readonly context: PinContext;
  /** `pin` takes the first definition for the right one; `block` waits for a person. Default `pin`. */
  readonly firstSight?: 'pin' | 'block';
  /** False where a changed tool can be used all the same; true when absent. */
  readonly blockChanged?: boolean;
}

const TOOL = 'spanforge.manifest.tool.v1';
const VIOLATION = 'spanforge.governance.violation.v1';
const PAGE = 500;

interface Book {
  /** The pin of each tool. */
  readonly pins: Map<string, Pin>;
  /** Digests that were seen of each tool, pinned or not. */
  readonly seen: Map<string, Set<string>>;
  cursor: number;
}

interface Entry {
  readonly type: string;
  readonly mode: string;
  readonly index: number;
  readonly body: unknown;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function see(book: Book, tool: string, digest: string): void {
  const seen = book.seen.get(tool) ?? new Set();
  book.seen.set(tool, seen.add(digest));
}

function apply(book: Book, { type, body }: Entry, server: string): void {
  if (type === VIOLATION) {
    if (member(body, 'location') !== server) return;
    see(book, text(member(body, 'subject')), text(member(body, 'found')));
    return;
  }
  if (member(body, 'server') !== server) return;
  const tool = text(member(body, 'tool'));
  const digest = text(member(body, 'definition_digest'));
  const approver = text(member(body, 'approver'));
  const approved = member(body, 'cause') === 'approved';
  see(book, tool, digest);
  // What was there first stays, until a person says otherwise.
  if (!approved && book.pins.has(tool)) return;
  const cause = approved ? 'approved' : 'first_seen';
  book.pins.set(tool, { tool, digest, cause, ...(approver === '' ? {} : { approver }) });
}

function unavailable(cause: unknown): never {
  if (McpError.is(cause)) throw cause;
  const message = 'the pins of the tools cannot be read or written';
  throw new McpError('MCP_PINS_UNAVAILABLE', message, { cause });
}

/** Creates the view of one server's pins; nothing is read before it is asked. */
export function createPins(options: PinsOptions): Pins {
  const { log, server, context, firstSight = 'pin', blockChanged = true } = options;
  const book: Book = { pins: new Map(), seen: new Map(), cursor: 0 };
  let turn: Promise<unknown> = Promise.resolve();

  /** One at a time: what the one before has pinned is there for the next. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work).catch(unavailable);
    turn = done.catch(() => undefined);
    return done;
  }

  async function readOn(): Promise<void> {
    const end = await log.size();
    while (book.cursor < end) {
      const types = [TOOL, VIOLATION];
      const { tenant } = context;
      const page = await log.query({ types, tenant, cursor: book.cursor, limit: PAGE });
      for (const record of page.records) {
        if (record.mode === 'live') apply(book, record, server);
        book.cursor = record.index + 1;
      }
      if (page.next === undefined) book.cursor = Math.max(book.cursor, end);
    }
  }

  async function pinFirst(tool: string, digest: string): Promise<void> {
    const body = { server, tool, definition_digest: digest, cause: 'first_seen' };
    const claim = `tool-pin:${JSON.stringify([context.tenant, server, tool])}`;
    try {
      const appended = await log.append([{ type: TOOL, context, body }], { claim });
      await appended.receipts;
    } catch (error) {
      if (member({ ...(error as object) }, 'code') !== 'EVENTS_CLAIM_TAKEN') throw error;
    }
    await readOn();
  }

  async function recordUnpinned(tool: string, digest: string, expected?: string): Promise<void> {
    if (book.seen.get(tool)?.has(digest)) return;
    const changed = expected !== undefined;
    const body = {
      violation: changed ? 'tool_changed' : 'tool_unapproved',
      subject: tool,
      location: server,
      ...(changed ? { expected } : {}),
      found: digest,
      blocked: changed ? blockChanged : true,
      reason: changed
        ? 'The tool describes itself otherwise than the definition that is pinned.'
        : 'Nobody has approved this tool yet.',
    };
    const appended = await log.append([{ type: VIOLATION, context, body }]);
    await appended.receipts;
    see(book, tool, digest);
  }

  async function check(tool: ToolDefinition): Promise<PinCheck> {
    const digest = definitionDigest(tool);
    const pin = book.pins.get(tool.name);
    if (pin?.digest === digest) return { state: 'pinned', digest };
    // Somebody may have approved it in another process.
    await readOn();
    if (book.pins.get(tool.name) === undefined && firstSight === 'pin') {
      await pinFirst(tool.name, digest);
    }
    const now = book.pins.get(tool.name);
    if (now?.digest === digest) return { state: 'pinned', digest };
    await recordUnpinned(tool.name, digest, now?.digest);
    return { state: now === undefined ? 'new' : 'changed', digest };
  }

  async function approve({ tool, digest, approver }: Parameters<Pins['approve']>[0]) {
    await readOn();
    if (!book.seen.get(tool)?.has(digest)) {
      const details = { tool, digest };
      throw new McpError('MCP_PIN_UNKNOWN', 'no such definition is on record', { details });
    }
    const body = { server, tool, definition_digest: digest, cause: 'approved', approver };
    const by = { ...context, actor: approver };
    const appended = await log.append([{ type: TOOL, context: by, body }]);
    await appended.receipts;
    await readOn();
  }

  return {
    check: (tool) => inTurn(() => check(tool)),
    list: () =>
      inTurn(async () => {
        await readOn();
        return [...book.pins.values()];
      }),
    approve: (approval) => inTurn(() => approve(approval)),
  };
}
