import type { FlagDefinition } from '../flags/flag-definition.js';
import type { Command } from './command.js';

/** The first argument of the question that the scripts ask; the words up to the cursor stand behind it. */
export const COMPLETE = '--completion-bash';

/**
 * Shell completions of the last of `words`, as kingpin answers: values of the flag before it if they are a closed list,
 * flags, or commands. The shell selects those that begin with the typed text. An empty list leaves completion to file
 * names.
 */
export function completions(words: readonly string[], commands: readonly Command[]): readonly string[] {
  const [first, ...others] = words;
  const isTypingCommand = words.length < 2 ? first?.startsWith('-') !== true : first === 'help' && others.length === 1;
  if (isTypingCommand) return commands.map(({ name }) => name);
  const named = commands.find(({ name }) => name === first);
  const flags = (named ?? commands[0])?.flags ?? [];
  return flagCompletions(named === undefined ? words : others, flags);
}

/** Bash takes the `=` of `--flag=value` for a word of its own. */
function flagCompletions(words: readonly string[], flags: readonly FlagDefinition[]): readonly string[] {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  if (before.at(-1) === '=' || current === '=') before.splice(current === '=' ? before.length : -1);
  const previous = before.at(-1) ?? '';
  if (previous.startsWith('-') && !current.startsWith('--')) {
    const flag = flags.find(
      ({ name, short }) => `--${name}` === previous || (short !== undefined && `-${short}` === previous),
    );
    if (flag !== undefined && flag.kind !== 'switch') return flag.words ?? [];
  }
  if (!current.startsWith('-')) return [];
  return flags.filter(({ isHidden }) => isHidden !== true).map(({ name }) => `--${name}`);
}

/** Completion for bash: to be read by `source`, or put into its folder of completions. */
export const BASH_SCRIPT = `_sonde_complete() {
    local current="\${COMP_WORDS[COMP_CWORD]}" word
    [[ $current == "=" ]] && current=
    COMPREPLY=()
    while IFS= read -r word; do
        [[ $word == "$current"* ]] && COMPREPLY+=("$word")
    done < <("$1" ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _sonde_complete sonde
`;

/** Completion for zsh: to be read by \`source\`, or put as \`_sonde\` into a folder of its fpath. */
export const ZSH_SCRIPT = `#compdef sonde
_sonde() {
    local -a found
    found=(\${(f)"$("\${words[1]}" ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( \${#found} )); then
        compadd -- "\${(@)found}"
    else
        _files
    fi
}
if [[ "\${funcstack[1]}" == _sonde ]]; then
    _sonde "$@"
else
    compdef _sonde sonde
fi
`;
