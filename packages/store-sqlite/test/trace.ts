/** One system call of a trace, with the file it was about where `strace -y` knows it. */
export interface Call {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  /** Places in the trace where it began and where it was over. */
  readonly began: number;
  readonly ended: number;
  readonly failed: boolean;
}

const LINE = /^(\d+)\s+(\w+)\((\d+)(?:<([^>]*)>)?(.*)$/;

/** Reads the output of `strace -f -y`, joining calls that another thread interrupted. */
export function parseTrace(trace: string): readonly Call[] {
  const calls: Call[] = [];
  const open = new Map<string, Omit<Call, 'ended' | 'failed'>>();
  for (const [at, line] of trace.split('\n').entries()) {
    const resumed = /^(\d+)\s+<\.\.\. (\w+) resumed>(.*)$/.exec(line);
    const call = resumed ? open.get(resumed[1] ?? '') : undefined;
    if (call) {
      calls.push({ ...call, ended: at, failed: line.includes('= -1') });
      continue;
    }
    const [, thread = '', name = '', descriptor = '', file = '', text = ''] = LINE.exec(line) ?? [];
    if (name === '') continue;
    const begun = { name, file: file || descriptor, text, began: at };
    if (line.includes('<unfinished ...>')) open.set(thread, begun);
    else calls.push({ ...begun, ended: at, failed: line.includes('= -1') });
  }
  return calls;
}
