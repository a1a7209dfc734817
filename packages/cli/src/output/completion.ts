/** The shells a completion script can be written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** One of them. */
export type Shell = (typeof SHELLS)[number];

/** The words that may follow a command. */
export interface CommandWords {
  /** The command, such as `['policy', 'lint']`; empty for `spanforge` itself. */
  readonly path: readonly string[];
  /** Its commands. */
  readonly words: readonly string[];
  /** Its long options. */
  readonly options: readonly string[];
}

const candidates = ({ words, options }: CommandWords): string =>
  [...words, ...options, '--help'].join(' ');

/**
 * One case for each command: the words before the cursor, without options, choose what may follow.
 * Behind a command without commands these are its arguments.
 */
function cases(all: readonly CommandWords[]): string {
  const lines = all.map((one) => {
    const path = one.path.join(' ');
    const more = isLeaf(one) ? `|'${path} '*` : '';
    return `    '${path}'${more}) words='${candidates(one)}' ;;`;
  });
  return lines.join('\n');
}

const isLeaf = ({ path, words }: CommandWords): boolean => path.length > 0 && words.length === 0;

function bash(all: readonly CommandWords[]): string {
  return `# spanforge completion for bash: eval "$(spanforge completion bash)"
_spanforge() {
  local path='' words='' word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in -*) break ;; esac
    path="\${path:+$path }$word"
  done
  case "$path" in
${cases(all)}
    *) words='' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _spanforge spanforge`;
}

function zsh(all: readonly CommandWords[]): string {
  return `#compdef spanforge
# spanforge completion for zsh: eval "$(spanforge completion zsh)"
_spanforge() {
  local path_words='' found='' word i
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    case "$word" in -*) break ;; esac
    path_words="\${path_words:+$path_words }$word"
  done
  case "$path_words" in
${cases(all).replaceAll("words='", "found='")}
    *) found='' ;;
  esac
  if [[ -n "$found" ]]; then compadd -- \${=found}; else _files; fi
}
compdef _spanforge spanforge`;
}

function fish(all: readonly CommandWords[]): string {
  const lines = all.map((one) => {
    const path = one.path.join(' ');
    const more = isLeaf(one) ? ` "${path} *"` : '';
    return `complete -c spanforge -n '__spanforge_at "${path}"${more}' -a '${candidates(one)}'`;
  });
  return `# spanforge completion for fish: spanforge completion fish | source
function __spanforge_at
  set -l path
  for word in (commandline -opc)[2..-1]
    string match -q -- '-*' $word; and break
    set -a path $word
  end
  for known in $argv
    string match -q -- $known "$path"; and return
  end
  return 1
end
${lines.join('\n')}`;
}

const WRITERS: Readonly<Record<Shell, (all: readonly CommandWords[]) => string>> = {
  bash,
  zsh,
  fish,
};

/** Writes a script that completes commands and options; arguments are completed as files. */
export function writeCompletion(shell: Shell, all: readonly CommandWords[]): string {
  return WRITERS[shell](all);
}
