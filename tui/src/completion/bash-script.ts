/**
 * The script for bash. Unlike the one of the completion library it needs no bash-completion package, never evaluates what was typed
 * (`"$(...)"` in an unfinished command must not run because of a TAB), and may be sourced twice.
 */
export const bashScript = `# bash completion for agentnet
_agentnet_complete() {
  local typed=\${COMP_LINE:0:COMP_POINT} words current reply kept
  read -r -a words <<< "$typed"
  case $typed in *[[:space:]]) words+=("") ;; esac
  current=\${words[\${#words[@]}-1]}
  # What stands before the last colon is a word of its own to bash, so it must not be given back.
  kept=
  case $COMP_WORDBREAKS in *:*) case $current in *:*) kept=\${current%:*}: ;; esac ;; esac
  COMPREPLY=()
  while IFS=$'\\t' read -r reply _; do
    case $reply in
      ':'[0-9]*) ;;
      "$current"*) COMPREPLY+=("\${reply#"$kept"}") ;;
    esac
  done < <(agentnet complete -- "\${words[@]:1}" 2>/dev/null)
  case "\${COMPREPLY[*]}" in *:) compopt -o nospace 2>/dev/null ;; esac
}
complete -o default -F _agentnet_complete agentnet`;
