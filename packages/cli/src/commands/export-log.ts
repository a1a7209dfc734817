import { join, resolve } from 'node:path';
import {
  type ContentOption,
  createExporter,
  createHecSink,
  createHttpSink,
  type EgressGuard,
  type ExporterStatus,
  type ExportFilter,
  type Sink,
  toCef,
  toOcsf,
} from '@spanforge/exporters';
import { createArchiveSink, createLinesSink, createSyslogSink } from '@spanforge/exporters/node';
import type { Command } from 'commander';
import { type AddCommands, addStateCommand, type Handler, type StateOption } from '../command.js';
import { CliError } from '../error.js';
import { readText } from '../files/read.js';
import { writeWhole } from '../files/write.js';
import { type CommandIo, type CommandResult, EXIT } from '../io.js';
import { toWire } from '../output/wire.js';
import { maskDetected } from '../runs/mask-detected.js';
import { egressOf } from '../workspace/egress.js';
import type { Workspace } from '../workspace/workspace.js';
import { openCursor } from './export-cursor.js';
import { addVerifyArchiveCommand } from './verify-archive.js';
import { withEvidence, withWorkspace } from './with-workspace.js';

/** Options of every `spanforge export` command. */
interface ExportArguments extends StateOption {
  readonly cursor?: string;
  readonly content: string;
  readonly type?: readonly string[];
  readonly tenant?: readonly string[];
  readonly watch?: boolean;
}

interface LineArguments extends ExportArguments {
  readonly output?: string;
  readonly syslog?: string;
  readonly ca?: string;
  readonly url?: string;
}

interface HecArguments extends ExportArguments {
  readonly url: string;
  readonly tokenFile: string;
  readonly index?: string;
  /** Commander's name for `--no-acknowledge`. */
  readonly acknowledge: boolean;
}

interface ArchiveArguments extends ExportArguments {
  readonly output: string;
  readonly maxRecords?: string;
}

/** A receiver that does not answer is waited for so often, about three minutes; with `--watch` for ever. */
const MAX_ATTEMPTS = 10;

type MakeSink<Options> = (io: CommandIo, options: Options, workspace: Workspace) => Promise<Sink>;

const CONTENT: Readonly<Record<string, ContentOption>> = {
  none: 'none',
  redacted: { redact: maskDetected },
  unredacted: 'unredacted',
};

function contentOption(text: string): ContentOption {
  const content = Object.hasOwn(CONTENT, text) ? CONTENT[text] : undefined;
  if (content !== undefined) return content;
  throw new CliError('CLI_USAGE', `--content: expected ${Object.keys(CONTENT).join(', ')}`);
}

function filterOption({ type, tenant }: ExportArguments): { readonly filter?: ExportFilter } {
  if (type === undefined && tenant === undefined) return {};
  return { filter: { ...(type && { types: type }), ...(tenant && { tenants: tenant }) } };
}

/** A file has no receiver that may come back: it is not waited for without end either way. */
function attemptsOption({ watch, output }: ExportArguments & { readonly output?: string }) {
  return watch === true && output === undefined ? {} : { maxAttempts: MAX_ATTEMPTS };
}

function exporting<Options extends ExportArguments>(
  format: string,
  makeSink: MakeSink<Options>,
  afterwards?: (io: CommandIo, options: Options, workspace: Workspace) => Promise<void>,
): Handler<Options> {
  // What comes afterwards signs a checkpoint, which is written to the log.
  const open = afterwards ? withWorkspace : withEvidence;
  return (io, options) =>
    open(io, options.state, async (workspace) => {
      const content = contentOption(options.content);
      const sink = await makeSink(io, options, workspace);
      const exporter = createExporter({
        reader: workspace.log,
        sink,
        cursor: await openCursor(io, options, workspace, sink, format),
        content,
        ...attemptsOption(options),
        ...filterOption(options),
        onProgress: (status) => tellTrouble(io, status),
      });
      const stop = new AbortController();
      io.live?.onStop(() => stop.abort());
      try {
        if (options.watch === true) await exporter.run(stop.signal);
        else await exporter.exportOnce(stop.signal);
        await afterwards?.(io, options, workspace);
        return resultOf(exporter.status());
      } finally {
        await exporter.close();
      }
    });
}

function tellTrouble({ stderr }: CommandIo, { state, attempts, error }: ExporterStatus): void {
  if (state !== 'retrying') return;
  stderr.write(`trying again (${attempts}): ${error?.message ?? 'the receiver does not answer'}\n`);
}

function resultOf(status: ExporterStatus): CommandResult {
  const { sent, next, behind } = status;
  return {
    exitCode: EXIT.ok,
    text: `${sent} records sent, the next is ${next}${behind > 0 ? `, ${behind} wait` : ''}`,
    json: toWire({ sent, next, behind }),
  };
}

/** `tls://host:port` or `tcp://host:port`. */
async function syslogSink(
  io: CommandIo,
  text: string,
  ca: string | undefined,
  egress: EgressGuard,
): Promise<Sink> {
  const [, protocol, host, port] =
    /^(tls|tcp):\/\/(\[[0-9a-f:]+\]|[^:/]+)(?::(\d{1,5}))?$/i.exec(text) ?? [];
  if (host === undefined) {
    throw new CliError('CLI_USAGE', '--syslog: expected tls://host:port or tcp://host:port');
  }
  const authority = ca === undefined ? {} : { ca: await readText(resolve(io.cwd, ca)) };
  return createSyslogSink({
    host: host.replace(/^\[|\]$/g, ''),
    ...(port === undefined ? {} : { port: Number(port) }),
    tls: protocol?.toLowerCase() === 'tcp' ? false : authority,
    egress,
  });
}

function exactlyOne(names: Readonly<Record<string, unknown>>): void {
  const given = Object.values(names).filter((value) => value !== undefined);
  if (given.length === 1) return;
  throw new CliError('CLI_USAGE', `expected exactly one of ${Object.keys(names).join(', ')}`);
}

/** Writes the proof of an archive beside it: a checkpoint, signed over its current content. */
async function writeCheckpoint(io: CommandIo, { output }: ArchiveArguments, workspace: Workspace) {
  const { note } = await workspace.checkpointer.checkpoint();
  await writeWhole(join(resolve(io.cwd, output), 'checkpoint'), note);
}

const archive: MakeSink<ArchiveArguments> = async (io, { output, maxRecords, type, tenant }) => {
  if (type !== undefined || tenant !== undefined) {
    throw new CliError('CLI_USAGE', 'an archive takes every record: leave out --type and --tenant');
  }
  const count = maxRecords === undefined ? {} : { maxRecords: Number(maxRecords) };
  return createArchiveSink({ folder: resolve(io.cwd, output), ...count });
};

const cef: MakeSink<LineArguments> = async (io, { output, syslog, ca }, { config }) => {
  exactlyOne({ '--output': output, '--syslog': syslog });
  if (syslog !== undefined) return syslogSink(io, syslog, ca, egressOf(config).allows);
  return createLinesSink({ path: resolve(io.cwd, output ?? ''), format: (one) => toCef(one) });
};

const ocsf: MakeSink<LineArguments> = async (io, { output, url }, { config }) => {
  exactlyOne({ '--output': output, '--url': url });
  const format = (one: Parameters<typeof toOcsf>[0]) =>
    JSON.stringify(toOcsf(one, { origin: config.origin, productVersion: io.version }));
  if (url !== undefined) {
    return createHttpSink({ url, format, egress: egressOf(config).allows });
  }
  return createLinesSink({ path: resolve(io.cwd, output ?? ''), format });
};

const hec: MakeSink<HecArguments> = async (io, options, { config }) => {
  const { url, tokenFile, index, acknowledge } = options;
  const egress = egressOf(config).allows;
  const token = (await readText(resolve(io.cwd, tokenFile))).trim();
  return createHecSink({
    url,
    token,
    acknowledge,
    egress,
    ...(index === undefined ? {} : { index }),
  });
};

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  value,
];

function addExport(parent: Command, name: string, description: string): Command {
  return addStateCommand(parent, name, description)
    .option('--cursor <file>', 'the file that stores how far the export has come')
    .option(
      '--content <which>',
      'whether to include arguments and results: none, redacted or unredacted',
      'none',
    )
    .option('--type <key>', 'only records of this type; repeatable', collect)
    .option('--tenant <name>', 'only records of this tenant; repeatable', collect)
    .option('--watch', 'keep exporting until interrupted');
}

/** `export archive`, `cef`, `ocsf`, `hec` and `verify`. */
export const addExportCommands: AddCommands = (root, act) => {
  const parent = root
    .command('export')
    .description('export evidence to an archive or a SIEM without losing records');
  addExport(
    parent,
    'archive',
    'write all records as JSON lines, with a checkpoint that proves them',
  )
    .requiredOption('--output <folder>', 'the folder of the archive')
    .option('--max-records <count>', 'the number of records in one file')
    .action(act(exporting('archive', archive, writeCheckpoint)));
  addExport(parent, 'cef', 'write lines of CEF to a file or to syslog')
    .option('--output <file>', 'append to this file')
    .option('--syslog <address>', 'the syslog receiver, as tls://host:port or tcp://host:port')
    .option('--ca <file>', 'CA certificates (PEM) to verify the receiver with')
    .action(act(exporting('cef', cef)));
  addExport(parent, 'ocsf', 'write OCSF events as JSON lines to a file or over HTTP')
    .option('--output <file>', 'append to this file')
    .option('--url <url>', 'the URL to post events to')
    .action(act(exporting('ocsf', ocsf)));
  addExport(parent, 'hec', 'send events to the HTTP Event Collector of Splunk')
    .requiredOption('--url <url>', 'the collector, such as https://splunk.example:8088')
    .requiredOption('--token-file <file>', 'a file with the token of the collector')
    .option('--index <name>', 'the index to write to')
    .option('--no-acknowledge', 'do not wait until the indexers have the events')
    .action(act(exporting('hec', hec)));
  addVerifyArchiveCommand(parent, act);
};
