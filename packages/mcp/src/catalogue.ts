import { isToolDefinition, type ToolDefinition } from './definition.js';
import { isReserved } from './operation.js';
import type { PinCheck, Pins } from './pins.js';
import { isPlainObject, member, type PlainObject } from './plain.js';

/** The state of a tool: `gone` was listed earlier and is not now, `unknown` was never listed. */
export type ToolState = PinCheck['state'] | 'unpinned' | 'unchecked' | 'gone' | 'unknown';

/** The tools of a server as far as they were listed. */
export interface Catalogue {
  /** Remembers listed tools, and returns those that may be shown. */
  observe(tools: readonly unknown[]): Promise<readonly unknown[]>;
  /** Says that the last page was observed. */
  complete(): void;
  /** Compares a tool with its pin before it is called, if that was not done yet. */
  ensure(name: string): Promise<void>;
  /** Says that the list may have changed. */
  expire(): void;
  stateOf(name: string): ToolState;
}

/** What a catalogue needs. */
export interface CatalogueOptions {
  readonly pins: Pins | undefined;
  /** States that are not shown. */
  readonly hidden: ReadonlySet<ToolState>;
  readonly visible: ((tool: ToolDefinition) => boolean | Promise<boolean>) | undefined;
  /** Asks the server for one page of its tools. */
  readonly listPage: (cursor: unknown) => Promise<unknown>;
  /** Called for each tool that is seen for the first time. */
  readonly register: (tool: ToolDefinition) => void;
  /** Called with the names of all tools after the last page. */
  readonly onTools: ((names: readonly string[]) => void) | undefined;
  readonly onError: (error: unknown) => void;
}

const MAX_PAGES = 1000;

/** Reads the server's tools page by page; the names of all of them. */
async function readPages(
  listPage: CatalogueOptions['listPage'],
  observe: Catalogue['observe'],
): Promise<ReadonlySet<unknown>> {
  const listed = new Set<unknown>();
  let cursor: unknown;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const result = await listPage(cursor);
    const tools = member(result, 'tools');
    if (!Array.isArray(tools)) throw new TypeError('the server lists no tools');
    await observe(tools);
    for (const tool of tools) listed.add(member(tool, 'name'));
    cursor = member(result, 'nextCursor');
    if (typeof cursor !== 'string') break;
  }
  return listed;
}

async function stateByPin(
  { pins, onError }: CatalogueOptions,
  tool: ToolDefinition,
): Promise<ToolState> {
  if (pins === undefined) return 'unpinned';
  try {
    return (await pins.check(tool)).state;
  } catch (error) {
    onError(error);
    return 'unchecked';
  }
}

/** Creates the catalogue of one connection; it asks the server only when needed. */
export function createCatalogue(options: CatalogueOptions): Catalogue {
  const { hidden, visible, listPage, register, onError } = options;
  const states = new Map<string, ToolState>();
  const registered = new Set<string>();
  let expired = false;
  let refreshing: Promise<void> | undefined;

  async function take(tool: unknown): Promise<boolean> {
    if (!isToolDefinition(tool) || isReserved(tool.name)) return false;
    const state = await stateByPin(options, tool);
    states.set(tool.name, state);
    if (!registered.has(tool.name)) register(tool);
    registered.add(tool.name);
    if (hidden.has(state)) return false;
    return visible === undefined || (await visible(tool));
  }

  async function observe(tools: readonly unknown[]): Promise<readonly unknown[]> {
    const shown: unknown[] = [];
    for (const tool of tools) if (await take(tool)) shown.push(tool);
    return shown;
  }

  async function refresh(): Promise<void> {
    expired = false;
    const listed = await readPages(listPage, observe);
    for (const name of states.keys()) if (!listed.has(name)) states.set(name, 'gone');
    complete();
  }

  function complete(): void {
    try {
      options.onTools?.([...states].flatMap(([name, state]) => (state === 'gone' ? [] : [name])));
    } catch (error) {
      onError(error);
    }
  }

  return {
    observe,
    complete,
    async ensure(name) {
      const state = states.get(name);
      if (!expired && state !== undefined && state !== 'gone' && state !== 'unchecked') {
        // An approval that a person gave in another process counts at once.
        if (!hidden.has(state)) return;
      }
      refreshing ??= refresh().finally(() => {
        refreshing = undefined;
      });
      await refreshing.catch((error: unknown) => {
        // A tool that could not be listed again does not count as unchanged.
        expired = true;
        states.clear();
        onError(error);
      });
    },
    expire: () => {
      expired = true;
    },
    stateOf: (name) => states.get(name) ?? 'unknown',
  };
}

/** A page of tools without those that may not be shown; `undefined` for a malformed page. */
export async function filterPage(
  response: PlainObject,
  catalogue: Catalogue,
): Promise<PlainObject | undefined> {
  if (Object.hasOwn(response, 'error')) return response;
  const result = member(response, 'result');
  const tools = member(result, 'tools');
  if (!isPlainObject(result) || !Array.isArray(tools)) return undefined;
  const shown = await catalogue.observe(tools);
  if (typeof member(result, 'nextCursor') !== 'string') catalogue.complete();
  return { ...response, result: { ...result, tools: shown } };
}
