// Locks the folder named on the command line and holds it until the process ends.
import { lockFolder } from '../../dist/store/folder-lock.js';

await lockFolder(process.argv[2]);
process.stdout.write('locked\n');
process.stdin.resume();
