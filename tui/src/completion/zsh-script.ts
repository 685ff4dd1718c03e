/**
 * The script for zsh. As the one for bash it never evaluates what was typed; and it is good in a shell whose completion is not set up yet.
 * Written as a script of `$fpath` or sourced, it is the same.
 */
export const zshScript = `#compdef agentnet
# zsh completion for agentnet
_agentnet() {
  local reply about
  local -a typed whole open
  # What stands before the cursor, without its quotes; the last word is the one to complete.
  typed=("\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}")
  while IFS=$'\\t' read -r reply about; do
    case $reply in
      ':'[0-9]*) ;;
      # Something has to follow a colon, so no space does.
      *:) open+=("\${reply//:/\\\\:}:$about") ;;
      *) whole+=("\${reply//:/\\\\:}:$about") ;;
    esac
  done < <(agentnet complete -- "\${typed[@]}" 2>/dev/null)
  if (( $#whole + $#open == 0 )); then
    _files
    return
  fi
  _describe -t words agentnet whole -- open -S ''
}
if [[ \${funcstack[1]} == _agentnet ]]; then
  _agentnet "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _agentnet agentnet
fi`;
