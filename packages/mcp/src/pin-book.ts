import { definitionText, type ToolDefinition } from './definition.js';
import { member } from './plain.js';

/** The record that pins a definition. */
export const TOOL = 'spanforge.manifest.tool.v1';

/** The record of a definition that is not the pinned one. */
export const VIOLATION = 'spanforge.governance.violation.v1';

const MAX_DEFINITION = 65_536;

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

interface SeenDefinition {
  readonly definition: string | undefined;
  /** It was not the pinned one when it was seen. */
  readonly unpinned: boolean;
}

/** A record of the log, as far as the book reads it. */
export interface PinEntry {
  readonly type: string;
  readonly body: unknown;
}

/** What the records say about the tools of one server. */
export interface PinBook {
  pinOf(tool: string): Pin | undefined;
  /** The definition of a tool with this digest, if it was ever seen. */
  seenAs(tool: string, digest: string): { readonly definition: string | undefined } | undefined;
  /** Takes in a record; one about another server changes nothing. */
  apply(entry: PinEntry): void;
  list(): readonly Pin[];
  /** Definitions that were seen and are not pinned, oldest first. */
  listUnpinned(): readonly UnpinnedTool[];
}

/** A definition as it is recorded. For one that is too long only the digest is recorded. */
export function recordedDefinition(tool: ToolDefinition): string | undefined {
  const definition = definitionText(tool);
  return definition.length <= MAX_DEFINITION ? definition : undefined;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const optionalText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** The members that are there. */
function defined<Members extends Readonly<Record<string, string | undefined>>>(members: Members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    readonly [Key in keyof Members]?: string;
  };
}

/** Creates the book of one server, empty. */
export function createPinBook(server: string): PinBook {
  const pins = new Map<string, Pin>();
  /** What was seen of each tool, pinned or not: definitions by digest, where they are on record. */
  const seen = new Map<string, Map<string, SeenDefinition>>();

  function see(tool: string, digest: string, now: SeenDefinition): void {
    const digests = seen.get(tool) ?? new Map<string, SeenDefinition>();
    const before = digests.get(digest);
    const definition = now.definition ?? before?.definition;
    const unpinned = now.unpinned || before?.unpinned === true;
    seen.set(tool, digests.set(digest, { definition, unpinned }));
  }

  function applyViolation(body: unknown): void {
    if (member(body, 'location') !== server) return;
    const definition = optionalText(member(body, 'found_text'));
    see(text(member(body, 'subject')), text(member(body, 'found')), { definition, unpinned: true });
  }

  function applyPin(body: unknown): void {
    if (member(body, 'server') !== server) return;
    const tool = text(member(body, 'tool'));
    const digest = text(member(body, 'definition_digest'));
    const approver = text(member(body, 'approver'));
    const approved = member(body, 'cause') === 'approved';
    const definition = optionalText(member(body, 'definition'));
    see(tool, digest, { definition, unpinned: false });
    // The first definition stays pinned until a person approves another.
    if (!approved && pins.has(tool)) return;
    const cause = approved ? 'approved' : 'first_seen';
    pins.set(tool, { tool, digest, cause, ...(approver === '' ? {} : { approver }) });
  }

  return {
    pinOf: (tool) => pins.get(tool),
    seenAs: (tool, digest) => seen.get(tool)?.get(digest),
    apply: ({ type, body }) => (type === VIOLATION ? applyViolation(body) : applyPin(body)),
    list: () => [...pins.values()],
    listUnpinned: () =>
      [...seen].flatMap(([tool, digests]) =>
        [...digests].flatMap(([digest, { definition, unpinned }]) => {
          const pin = pins.get(tool);
          if (!unpinned || pin?.digest === digest) return [];
          const pinnedDefinition = pin && digests.get(pin.digest)?.definition;
          return [{ tool, digest, ...defined({ definition, pinnedDefinition }) }];
        }),
      ),
  };
}
