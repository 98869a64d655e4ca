// fork() of the whole emulator. V8 marks its pages MADV_DONTFORK, which would leave the child without a heap: before the first
// fork all memory is marked MADV_DOFORK, and node's later calls of madvise can no longer ask for the opposite.
import type { HostAddress } from '../address.ts';
import { assemble, place } from './code-page.ts';
import { redirect } from './got.ts';
import { plainCall } from './kernel.ts';
import { findFork, symbolAddress } from './native.ts';
import { embedded } from '../single/embedded.ts';
import { SYS } from './abi.ts';

const MADV_DOFORK = 11;
const SIGCHLD = 17;
/** Where a process's memory ends, and as many bytes before the vDSO may be the kernel's. */
const PAGE = 4096, ADDRESSES_END = 2 ** 47 - PAGE, KERNEL_PAGES = 16 * PAGE;
let prepared = false;
let libcFork: (() => number) | null = null;

/** madvise(2) without MADV_DONTFORK (10), which succeeds and does nothing. */
const madvise = `
  83 fa 0a                ; cmp edx, MADV_DONTFORK
  74 @done                ; je done
  48 b8 $real             ; mov rax, madvise
  ff e0                   ; jmp rax
done:
  31 c0                   ; xor eax, eax
  c3                      ; ret`;

/** Anonymous memory, since V8's pages are no files'. Where there is no /proc: all that there may be. */
function anonymousMemory(): [from: HostAddress, to: HostAddress][] {
  try {
    const maps = process.getBuiltinModule('node:fs').readFileSync('/proc/self/maps', 'latin1');
    return [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ 00:00 0 *$/gm)].map(([, from, to]) => [parseInt(from!, 16), parseInt(to!, 16)]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    // The kernel does not go past its own pages for the clock, which lie before the vDSO.
    const vdso = embedded?.start?.vdso || ADDRESSES_END;
    return [[PAGE, vdso - KERNEL_PAGES], [vdso, ADDRESSES_END]];
  }
}

/** Does what the first fork needs of files. Once is enough. */
export function prepareFork(): void {
  if (prepared) return;
  redirect({ madvise: place(assemble(madvise, { real: symbolAddress('madvise') })).address });
  for (const [from, to] of anonymousMemory()) plainCall(SYS.madvise, from, to - from, MADV_DOFORK);
  libcFork = findFork();
  prepared = true;
}

/** Answers the child's pid, 0 in the child, or -errno. Only the calling thread exists in the child. */
export function fork(): number {
  prepareFork();
  if (libcFork === null) return forkWith(SIGCHLD, 0);
  const pid = libcFork();
  return pid >= 0 ? pid : -11 /* EAGAIN, as fork(2) fails */;
}

/** The same by clone(2) with flags; for those that fork() has no way to ask for. `pidfd` is where CLONE_PIDFD's goes. */
export function forkWith(flags: number, pidfd: HostAddress): number {
  prepareFork();
  return plainCall(SYS.clone, flags, 0, pidfd, 0, 0);
}
