/**
 * Runs a program that must not outlive us. Arguments: the program, then its own. File descriptor 3 is a pipe whose other end we hold:
 * however we end, SIGKILL included, it closes, and the watcher stops the program. First line on standard output: the program's pid.
 */
export const guardScript = `
"$@" 3<&- &
program=$!
echo "$program"
{
  read -r nothing <&3
  exec 1>&- 2>&- 3<&-
  kill "$program"
  for second in 1 2 3 4 5; do sleep 1; kill -0 "$program" || exit 0; done
  kill -9 "$program"
} 2>/dev/null &
watcher=$!
exec 3<&-
wait "$program"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"
`;
