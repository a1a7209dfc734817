import type { GovernorParts } from '@spanforge/govern';
import { definitionDigest, definitionText, type ToolDefinition } from './definition.js';
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

/** The comparison of a tool definition with its pin. */
export interface PinCheck {
  /** `new` is a tool that nobody has approved, if a first definition needs approval. */
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

/** A definition that was seen and is not the pinned one. */
export interface UnpinnedTool {
  readonly tool: string;
  readonly digest: string;
  /** As JSON, where it is on record. */
  readonly definition?: string;
  /** That of the pin, as JSON, where there is one and it is on record. */
  readonly pinnedDefinition?: string;
}

/** The pinned definitions of one server's tools; they are records of the evidence log. */
export interface Pins {
  /**
   * Compares a definition with the pin. The first definition of a tool is pinned durably before
   * this resolves. A changed one is recorded once.
   *
   * @throws {McpError} `MCP_PINS_UNAVAILABLE` when the log cannot be read or written.
   */
  check(tool: ToolDefinition): Promise<PinCheck>;
  /** What is pinned now, by tool. @throws {McpError} `MCP_PINS_UNAVAILABLE`. */
  list(): Promise<readonly Pin[]>;
  /**
   * Definitions that were seen and are not pinned, oldest first. @throws {McpError}
   * `MCP_PINS_UNAVAILABLE`.
   */
  listUnpinned(): Promise<readonly UnpinnedTool[]>;
  /**
   * Pins the definition with this digest from now on. The approver is a person known to the host.
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
  /** `pin` accepts the first definition of a tool; `block` waits for a person. Default `pin`. */
  readonly firstSight?: 'pin' | 'block';
  /** False where a changed tool can be used all the same; true when absent. */
  readonly blockChanged?: boolean;
}

const TOOL = 'spanforge.manifest.tool.v1';
const VIOLATION = 'spanforge.governance.violation.v1';
const PAGE = 500;
const MAX_DEFINITION = 65_536;

interface SeenDefinition {
  readonly definition: string | undefined;
  /** It was not the pinned one when it was seen. */
  readonly unpinned: boolean;
}

interface Book {
  /** The pin of each tool. */
  readonly pins: Map<string, Pin>;
  /** What was seen of each tool, pinned or not: definitions by digest, where they are on record. */
  readonly seen: Map<string, Map<string, SeenDefinition>>;
  cursor: number;
}

interface Entry {
  readonly type: string;
  readonly mode: string;
  readonly index: number;
  readonly body: unknown;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function see(book: Book, tool: string, digest: string, now: SeenDefinition): void {
  const seen = book.seen.get(tool) ?? new Map<string, SeenDefinition>();
  const before = seen.get(digest);
  const definition = now.definition ?? before?.definition;
  const unpinned = now.unpinned || before?.unpinned === true;
  book.seen.set(tool, seen.set(digest, { definition, unpinned }));
}

/** A definition as it is recorded. For one that is too long only the digest is recorded. */
function recordedDefinition(tool: ToolDefinition): string | undefined {
  const definition = definitionText(tool);
  return definition.length <= MAX_DEFINITION ? definition : undefined;
}

/** The members that are there. */
function defined<Members extends Readonly<Record<string, string | undefined>>>(members: Members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    readonly [Key in keyof Members]?: string;
  };
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function apply(book: Book, { type, body }: Entry, server: string): void {
  if (type === VIOLATION) {
    if (member(body, 'location') !== server) return;
    const definition = optionalText(member(body, 'found_text'));
    const found = { definition, unpinned: true };
    see(book, text(member(body, 'subject')), text(member(body, 'found')), found);
    return;
  }
  if (member(body, 'server') !== server) return;
  const tool = text(member(body, 'tool'));
  const digest = text(member(body, 'definition_digest'));
  const approver = text(member(body, 'approver'));
  const approved = member(body, 'cause') === 'approved';
  const definition = optionalText(member(body, 'definition'));
  see(book, tool, digest, { definition, unpinned: false });
  // The first definition stays pinned until a person approves another.
  if (!approved && book.pins.has(tool)) return;
  const cause = approved ? 'approved' : 'first_seen';
  book.pins.set(tool, { tool, digest, cause, ...(approver === '' ? {} : { approver }) });
}

function throwUnavailable(cause: unknown): never {
  if (McpError.is(cause)) throw cause;
  const message = 'the pins of the tools cannot be read or written';
  throw new McpError('MCP_PINS_UNAVAILABLE', message, { cause });
}

/** Creates the view of one server's pins; reads nothing until the first question. */
export function createPins(options: PinsOptions): Pins {
  const { log, server, context, firstSight = 'pin', blockChanged = true } = options;
  const book: Book = { pins: new Map(), seen: new Map(), cursor: 0 };
  let turn: Promise<unknown> = Promise.resolve();

  /** Runs one task at a time, so that each sees the pins of the earlier ones. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work).catch(throwUnavailable);
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

  async function pinFirst(definition: ToolDefinition, digest: string): Promise<void> {
    const { name: tool } = definition;
    const recorded = recordedDefinition(definition);
    const known = recorded === undefined ? {} : { definition: recorded };
    const body = { server, tool, definition_digest: digest, cause: 'first_seen', ...known };
    const claim = `tool-pin:${JSON.stringify([context.tenant, server, tool])}`;
    try {
      const appended = await log.append([{ type: TOOL, context, body }], { claim });
      await appended.receipts;
    } catch (error) {
      if (member({ ...(error as object) }, 'code') !== 'EVENTS_CLAIM_TAKEN') throw error;
    }
    await readOn();
  }

  async function recordUnpinned(
    definition: ToolDefinition,
    digest: string,
    expected?: string,
  ): Promise<void> {
    const { name: tool } = definition;
    const recorded = recordedDefinition(definition);
    if (book.seen.get(tool)?.has(digest)) return;
    const changed = expected !== undefined;
    const body = {
      violation: changed ? 'tool_changed' : 'tool_unapproved',
      subject: tool,
      location: server,
      ...(changed ? { expected } : {}),
      found: digest,
      ...(recorded === undefined ? {} : { found_text: recorded }),
      blocked: changed ? blockChanged : true,
      reason: changed
        ? 'The definition of the tool is not the pinned one.'
        : 'Nobody has approved this tool yet.',
    };
    const appended = await log.append([{ type: VIOLATION, context, body }]);
    await appended.receipts;
    see(book, tool, digest, { definition: recorded, unpinned: true });
  }

  async function check(tool: ToolDefinition): Promise<PinCheck> {
    const digest = definitionDigest(tool);
    const pin = book.pins.get(tool.name);
    if (pin?.digest === digest) return { state: 'pinned', digest };
    // Somebody may have approved it in another process.
    await readOn();
    if (book.pins.get(tool.name) === undefined && firstSight === 'pin') {
      await pinFirst(tool, digest);
    }
    const now = book.pins.get(tool.name);
    if (now?.digest === digest) return { state: 'pinned', digest };
    await recordUnpinned(tool, digest, now?.digest);
    return { state: now === undefined ? 'new' : 'changed', digest };
  }

  async function approve({ tool, digest, approver }: Parameters<Pins['approve']>[0]) {
    await readOn();
    const seen = book.seen.get(tool);
    if (!seen?.has(digest)) {
      const details = { tool, digest };
      throw new McpError(
        'MCP_PIN_UNKNOWN',
        `no definition of ${JSON.stringify(tool)} with that digest is on record`,
        { details },
      );
    }
    const definition = seen.get(digest)?.definition;
    const known = definition === undefined ? {} : { definition };
    const body = { server, tool, definition_digest: digest, cause: 'approved', approver, ...known };
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
    listUnpinned: () =>
      inTurn(async () => {
        await readOn();
        return [...book.seen].flatMap(([tool, digests]) =>
          [...digests].flatMap(([digest, { definition, unpinned }]) => {
            const pin = book.pins.get(tool);
            if (!unpinned || pin?.digest === digest) return [];
            const pinnedDefinition = pin && digests.get(pin.digest)?.definition;
            return [{ tool, digest, ...defined({ definition, pinnedDefinition }) }];
          }),
        );
      }),
    approve: (approval) => inTurn(() => approve(approval)),
  };
}
