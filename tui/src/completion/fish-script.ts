/** The script for fish. As the one for bash it never evaluates what was typed. Files are suggested where agentnet has nothing to say. */
export const fishScript = `# fish completion for agentnet
function __agentnet_complete
    # What stands before the cursor; the last word is the one to complete.
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l replies (agentnet complete -- $typed[2..-1] "$current" 2>/dev/null | string match -rv '^:\\d+$')
    if test (count $replies) -eq 0
        __fish_complete_path "$current"
        return
    end
    printf '%s\\n' $replies
end
complete -c agentnet -e
complete -c agentnet -f -a '(__agentnet_complete)'`;
