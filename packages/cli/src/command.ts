import type { Command } from 'commander';
import type { CommandIo, CommandResult } from './io.js';

/** Options every command has. */
export interface CommonOptions {
  readonly json?: boolean;
}

/** Options of every command that works on a workspace. */
export interface StateOption {
  readonly state?: string;
}

/** Options of a command that works on the evidence of one tenant where it is told which. */
export interface TenantOption extends StateOption {
  readonly tenant?: string;
  readonly project?: string;
}

/** What a command does: everything it may touch comes in, its answer goes out. */
export type Handler<Options> = (
  io: CommandIo,
  options: Options,
  argument: string,
) => Promise<CommandResult>;

/** Adds commands under a parent; `act` makes an action of a handler. */
export type AddCommands = (parent: Command, act: Act) => void;

/** Makes the action of a command from its handler: runs it, prints its answer or its error. */
export type Act = <Options>(handler: Handler<Options>) => (...parts: unknown[]) => Promise<void>;

/** A command that has `--json`. */
export function addCommand(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--json', 'print one JSON document, errors too');
}

/** A command that has `--state` and `--json`. */
export function addStateCommand(parent: Command, usage: string, description: string): Command {
  return addCommand(parent, usage, description).option(
    '--state <folder>',
    'the workspace folder (default: .spanforge)',
  );
}

/** A command that sees one tenant, and of it one project, where it is told which. */
export function addTenantCommand(parent: Command, usage: string, description: string): Command {
  return addStateCommand(parent, usage, description)
    .option('--tenant <name>', 'only evidence of this tenant')
    .option('--project <name>', 'only evidence this project may see (with --tenant)');
}
