// Node's own threads (delayed tasks, V8's pool), which have nothing to do while V8 is single-threaded: they are ended.
// They would take signals meant for the guest, poll descriptors that have moved, and keep the process from what only one with a single
// thread may do (unshare's CLONE_NEWUSER).
import { assemble, place } from './code-page.ts';
import { addressOf, plainCall } from './kernel.ts';
import { SYS } from './abi.ts';

/** Borrowed for a moment; what was set for it is set again. */
const SIGWINCH = 28;
/** sigaction flag that goes with a handler of ours; this one never returns, so it needs no restorer. */
const SA_RESTORER = 0x0400_0000;

const words = new BigInt64Array(new SharedArrayBuffer(128));
/** Offsets in `words`, bytes: the count of those that leave, a kernel sigaction, the one that was there, a time to wait. */
const COUNT = 0, ACTION = 16, OLD = 48, TIME = 96;

const leaver = `
  48 b9 $count              ; mov rcx, count
  f0 ff 01                  ; lock inc dword [rcx]
  31 ff                     ; xor edi, edi
  b8 3c 00 00 00            ; mov eax, exit
  0f 05                     ; syscall`;

/** Numbers that the threads which node has made since it started may have, where there is no /proc to tell. */
const LIKELY = 4096;

function threads(pid: number): number[] {
  try { return process.getBuiltinModule('node:fs').readdirSync('/proc/self/task').map(Number); } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return Array.from({ length: LIKELY }, (_, i) => pid + i).filter((tid) => plainCall(SYS.tgkill, pid, tid, 0) === 0);
  }
}

/** Ends the threads other than this one. Node's own ways to exit, which join them, must not be used afterwards. */
export function endHelperThreads(): void {
  const pid = plainCall(SYS.getpid);
  const own = plainCall(SYS.gettid);
  const others = threads(pid).filter((tid) => tid !== own);
  if (others.length === 0) return;
  const at = addressOf(words);
  const { address } = place(assemble(leaver, { count: at + COUNT }));
  words[ACTION / 8] = BigInt(address);
  words[ACTION / 8 + 1] = BigInt(SA_RESTORER);
  words[ACTION / 8 + 3] = -1n;
  words[TIME / 8 + 1] = 20_000n;
  plainCall(SYS.rt_sigaction, SIGWINCH, at + ACTION, at + OLD, 8);
  const sent = others.filter((tid) => plainCall(SYS.tgkill, pid, tid, SIGWINCH) === 0).length;
  const count = new Int32Array(words.buffer, COUNT, 1);
  while (Atomics.load(count, 0) < sent) plainCall(SYS.nanosleep, at + TIME, 0);
  plainCall(SYS.rt_sigaction, SIGWINCH, at + OLD, 0, 8);
}
