export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What `dbctl complete` prints instead of words where a path is meant. */
export const FILES = ':files';

/** The words are asked of dbctl itself at every Tab, so that they are those of its version and of the inventory here. */
const BASH = `# dbctl completion for bash. Put into ~/.bashrc:  source <(dbctl completion bash)
_dbctl() {
  local line word
  COMPREPLY=()
  word="\${COMP_WORDS[COMP_CWORD]}"
  while IFS=$'\\t' read -r line _; do
    if [ "$line" = '${FILES}' ]; then
      compopt -o default
      return
    fi
    COMPREPLY+=("$(printf '%q' "$line")")
  done < <(dbctl complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _dbctl dbctl
`;

const ZSH = `#compdef dbctl
# dbctl completion for zsh. Put into ~/.zshrc, after compinit:  source <(dbctl completion zsh)
_dbctl() {
  local -a found
  local word help
  while IFS=$'\\t' read -r word help; do
    if [[ $word == '${FILES}' ]]; then
      _files
      return
    fi
    found+=("\${word//:/\\\\:}:$help")
  done < <(dbctl complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe dbctl found
}
compdef _dbctl dbctl
`;

const FISH = `# dbctl completion for fish. Once:  dbctl completion fish >~/.config/fish/completions/dbctl.fish
function __dbctl_complete
    set -l words (commandline -opc)
    set -l found (dbctl complete -- $words[2..-1] (commandline -ct) 2>/dev/null)
    if test "$found[1]" = '${FILES}'
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $found
    end
end
complete -c dbctl -f -a '(__dbctl_complete)'
`;

export const COMPLETIONS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
