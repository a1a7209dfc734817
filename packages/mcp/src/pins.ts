import type { GovernorParts } from '@spanforge/govern';
import { definitionDigest, type ToolDefinition } from './definition.js';
import { McpError } from './error.js';
import {
  createPinBook,
  type Pin,
  type PinBook,
  recordedDefinition,
  TOOL,
  type UnpinnedTool,
  VIOLATION,
} from './pin-book.js';
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

const PAGE = 500;

function throwUnavailable(cause: unknown): never {
  if (McpError.is(cause)) throw cause;
  const message = 'the pins of the tools cannot be read or written';
  throw new McpError('MCP_PINS_UNAVAILABLE', message, { cause });
}

/** Runs one task at a time, so that each sees what the earlier ones recorded. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let turn: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = turn.then(work).catch(throwUnavailable);
    turn = done.catch(() => undefined);
    return done;
  };
}

/** The pins of one server as far as the log was read. */
interface PinView {
  readonly log: Log;
  readonly server: string;
  readonly context: PinContext;
  readonly book: PinBook;
  /** Records below were read. */
  cursor: number;
}

async function readOn(view: PinView): Promise<void> {
  const { log, context, book } = view;
  const end = await log.size();
  while (view.cursor < end) {
    const { tenant } = context;
    const types = [TOOL, VIOLATION];
    const page = await log.query({ types, tenant, cursor: view.cursor, limit: PAGE });
    for (const record of page.records) {
      if (record.mode === 'live') book.apply(record);
      view.cursor = record.index + 1;
    }
    if (page.next === undefined) view.cursor = Math.max(view.cursor, end);
  }
}

async function pinFirst(view: PinView, definition: ToolDefinition, digest: string): Promise<void> {
  const { log, server, context } = view;
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
  await readOn(view);
}

/** Records once that a tool has no pin, or another; what was `expected` is the pin's digest. */
async function recordUnpinned(
  { log, server, context, book }: PinView,
  definition: ToolDefinition,
  {
    digest,
    expected,
    blocked,
  }: { digest: string; expected?: string | undefined; blocked: boolean },
): Promise<void> {
  const { name: tool } = definition;
  if (book.seenAs(tool, digest) !== undefined) return;
  const recorded = recordedDefinition(definition);
  const changed = expected !== undefined;
  const body = {
    violation: changed ? 'tool_changed' : 'tool_unapproved',
    subject: tool,
    location: server,
    ...(changed ? { expected } : {}),
    found: digest,
    ...(recorded === undefined ? {} : { found_text: recorded }),
    blocked,
    reason: changed
      ? 'The definition of the tool is not the pinned one.'
      : 'Nobody has approved this tool yet.',
  };
  const appended = await log.append([{ type: VIOLATION, context, body }]);
  await appended.receipts;
  book.apply({ type: VIOLATION, body });
}

async function approve(
  view: PinView,
  { tool, digest, approver }: Parameters<Pins['approve']>[0],
): Promise<void> {
  const { log, server, context, book } = view;
  await readOn(view);
  const seen = book.seenAs(tool, digest);
  if (seen === undefined) {
    const message = `no definition of ${JSON.stringify(tool)} with that digest is on record`;
    throw new McpError('MCP_PIN_UNKNOWN', message, { details: { tool, digest } });
  }
  const { definition } = seen;
  const known = definition === undefined ? {} : { definition };
  const body = { server, tool, definition_digest: digest, cause: 'approved', approver, ...known };
  const by = { ...context, actor: approver };
  const appended = await log.append([{ type: TOOL, context: by, body }]);
  await appended.receipts;
  await readOn(view);
}

/** Creates the view of one server's pins; reads nothing until the first question. */
export function createPins(options: PinsOptions): Pins {
  const { log, server, context, firstSight = 'pin', blockChanged = true } = options;
  const book = createPinBook(server);
  const view: PinView = { log, server, context, book, cursor: 0 };
  const inTurn = createTurns();

  async function check(tool: ToolDefinition): Promise<PinCheck> {
    const digest = definitionDigest(tool);
    if (book.pinOf(tool.name)?.digest === digest) return { state: 'pinned', digest };
    // Somebody may have approved it in another process.
    await readOn(view);
    const isFirst = book.pinOf(tool.name) === undefined;
    if (isFirst && firstSight === 'pin') await pinFirst(view, tool, digest);
    const expected = book.pinOf(tool.name)?.digest;
    if (expected === digest) return { state: 'pinned', digest };
    const blocked = expected === undefined || blockChanged;
    await recordUnpinned(view, tool, { digest, expected, blocked });
    return { state: expected === undefined ? 'new' : 'changed', digest };
  }

  return {
    check: (tool) => inTurn(() => check(tool)),
    list: () => inTurn(() => readOn(view).then(book.list)),
    listUnpinned: () => inTurn(() => readOn(view).then(book.listUnpinned)),
    approve: (approval) => inTurn(() => approve(view, approval)),
  };
}
