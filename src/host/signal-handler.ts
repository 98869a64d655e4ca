// The host's signal handlers, in machine code: they run no JavaScript. The one for signals that the guest catches queues
// siginfo in the thread's record, sets the thread's pending cell, and leaves all signals blocked, so that what follows waits in
// the kernel until the run loop has dealt with the first. The one for SIGSEGV and SIGBUS notes where the fault was and goes on to
// V8's handler, which makes it a WebAssembly trap; but a write to a page that is read-only because code was translated from it
// is let through, since registers need not be in memory then (region.ts).
import type { HostAddress } from '../address.ts';
import { assemble, place } from './code-page.ts';
import { addressOf, callWindow, plainCall, setPendingCell } from './kernel.ts';
import { callable } from './native.ts';
import { SYS } from './abi.ts';

export const SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGSEGV = 11;
/** Host siginfo_t. */
export const SIGINFO_BYTES = 128;

/** Sent to threads of ours to get them out of a system call; nothing else uses it. */
export const SIGSTKFLT = 16;
/** Signals that the host raises for faults in our own code: never blocked on the host. Low word of a mask. */
const FAULTS = (1 << (SIGILL - 1)) | (1 << (SIGTRAP - 1)) | (1 << (SIGBUS - 1)) | (1 << (SIGFPE - 1)) | (1 << (SIGSEGV - 1));
const ALL_LOW = ~FAULTS;
/** Besides these, the thread's mask leaves the wake-up open. */
const MASKABLE_LOW = ALL_LOW & ~(1 << (SIGSTKFLT - 1));

const SA_NOCLDSTOP = 1, SA_NOCLDWAIT = 2, SA_SIGINFO = 4, SA_RESTORER = 0x0400_0000, SA_ONSTACK = 0x0800_0000, SA_RESTART = 0x1000_0000;
const SIG_SETMASK = 2;

// The process's block, shared by all threads: where the handlers are, and which thread has which record.
const BLOCK_BYTES = 4096 + 4096 * 16;
/** i32: the thread that signals are passed to which reached one that is none of the guest's. */
const FORWARD = 0;
/** i32: held while the thread table changes. */
const TABLE_LOCK = 1;
/** f64s: addresses of the handlers. */
const QUEUE = 8, MIXED = 9, FAULT = 10, RESTORER = 11;
/** Bytes: base, page table, pages, epoch cell, count of protected pages, and notes of changes (CodeWatch). */
const WATCH = 96;
const ZEROS = 1024;
/** Pairs of 64-bit words: thread control block (0 ends the table, 1 is a free entry), record. */
const TABLE = 4096;

// A thread's record, in bytes.
const WINDOW_START = 0, WINDOW_ENTER = 8, PENDING_CELL = 16, HEAD = 24, TAIL = 28;
const FAULT_ADDRESS = 32, FAULT_CODE = 40, FAULT_SIGNAL = 44, FAULT_TRAP = 48, FAULT_ERROR = 56;
const SLOTS = 64;
const SLOT_COUNT = 16;

/** Finds the record of the running thread: r8 afterwards. Clobbers rax and rcx. */
const findRecord = (own: string, missing: string): string => `
  64 48 8b 04 25 00 00 00 00    ; mov rax, fs:[0]
  48 b9 $table                  ; mov rcx, table
find${own}:
  4c 8b 01                      ; mov r8, [rcx]
  4d 85 c0                      ; test r8, r8
  0f 84 @@${missing}            ; jz missing
  49 39 c0                      ; cmp r8, rax
  74 @found${own}               ; je found
  48 83 c1 10                   ; add rcx, 16
  eb @find${own}                ; jmp find
found${own}:
  4c 8b 41 08                   ; mov r8, [rcx+8]`;

// handler(edi: signal, rsi: siginfo, rdx: ucontext). In the ucontext: rip at 168, error code 192, trap number 200, mask 296.
const handlers = `
fault:
  83 7e 08 00                   ; cmp dword [rsi+8], 0      si_code: not from the kernel, so kill() or the like
  0f 8e @@queue                 ; jle queue${findRecord('F', 'chain')}
  48 8b 82 c0 00 00 00          ; mov rax, [rdx+192]        a write to a page that is there?
  83 e0 03                      ; and eax, 3
  3c 03                         ; cmp al, 3
  0f 85 @@note                  ; jne note
  49 b9 $watch                  ; mov r9, watch
  48 8b 46 10                   ; mov rax, [rsi+16]
  49 2b 01                      ; sub rax, [r9]             guest address
  0f 82 @@note                  ; jb note
  48 c1 e8 0c                   ; shr rax, 12
  49 3b 41 10                   ; cmp rax, [r9+16]
  0f 83 @@note                  ; jae note
  4d 8b 51 08                   ; mov r10, [r9+8]
  41 0f b6 0c 02                ; movzx ecx, byte [r10+rax]
  83 e1 0a                      ; and ecx, MAPPED | WRITE
  83 f9 0a                      ; cmp ecx, MAPPED | WRITE   may the guest write there?
  0f 85 @@note                  ; jne note
  4c 8d 1c c5 04 00 00 00       ; lea r11, [rax*8+4]
  f0 4d 0f b3 1a                ; lock btr [r10], r11       CODE
  73 @writable                  ; jnc writable              another thread was here before
  49 8b 49 20                   ; mov rcx, [r9+32]
  f0 ff 09                      ; lock dec dword [rcx]
writable:
  49 89 c2                      ; mov r10, rax              page
  57 56 52                      ; push rdi, rsi, rdx
  48 c1 e0 0c                   ; shl rax, 12
  49 03 01                      ; add rax, [r9]
  48 89 c7                      ; mov rdi, rax
  be 00 10 00 00                ; mov esi, 4096
  ba 03 00 00 00                ; mov edx, PROT_READ | PROT_WRITE
  b8 0a 00 00 00                ; mov eax, mprotect
  0f 05                         ; syscall
  5a 5e 5f                      ; pop rdx, rsi, rdi
  85 c0                         ; test eax, eax
  0f 85 @@note                  ; jnz note
  49 8b 49 18                   ; mov rcx, [r9+24]
  b8 01 00 00 00                ; mov eax, 1
  f0 0f c1 01                   ; lock xadd [rcx], eax
  ff c0                         ; inc eax                   the new epoch
  89 c1                         ; mov ecx, eax
  83 e1 0f                      ; and ecx, 15
  c1 e1 04                      ; shl ecx, 4
  49 03 49 28                   ; add rcx, [r9+40]          its note: epoch, from page, to page
  44 89 51 04                   ; mov [rcx+4], r10d
  41 ff c2                      ; inc r10d
  44 89 51 08                   ; mov [rcx+8], r10d
  89 01                         ; mov [rcx], eax
  49 8b 48 10                   ; mov rcx, [r8+16]
  f0 83 09 04                   ; lock or dword [rcx], 4
  c3                            ; ret
note:
  48 8b 46 10                   ; mov rax, [rsi+16]         si_addr
  49 89 40 20                   ; mov [r8+32], rax
  8b 46 08                      ; mov eax, [rsi+8]
  41 89 40 28                   ; mov [r8+40], eax
  41 89 78 2c                   ; mov [r8+44], edi
  48 8b 82 c8 00 00 00          ; mov rax, [rdx+200]
  49 89 40 30                   ; mov [r8+48], rax
  48 8b 82 c0 00 00 00          ; mov rax, [rdx+192]
  49 89 40 38                   ; mov [r8+56], rax
chain:
  bf 0b 00 00 00                ; mov edi, SIGSEGV          V8 takes no SIGBUS
  48 b8 $chained                ; mov rax, V8's handler
  ff e0                         ; jmp rax
mixed:
  83 7e 08 00                   ; cmp dword [rsi+8], 0
  7e @queue                     ; jle queue
  48 be $zeros                  ; mov rsi, zeros            an instruction of our own failed: have it
  31 d2                         ; xor edx, edx              fail again without a handler
  41 ba 08 00 00 00             ; mov r10d, 8
  b8 0d 00 00 00                ; mov eax, rt_sigaction
  0f 05                         ; syscall
  c3                            ; ret
queue:${findRecord('Q', 'stranger')}
  48 8b 82 a8 00 00 00          ; mov rax, [rdx+168]
  49 3b 00                      ; cmp rax, [r8]
  76 @outside                   ; jbe outside
  49 3b 40 08                   ; cmp rax, [r8+8]
  77 @outside                   ; ja outside
  49 8b 00                      ; mov rax, [r8]             tested but not entered: test again
  48 89 82 a8 00 00 00          ; mov [rdx+168], rax
outside:
  41 8b 48 18                   ; mov ecx, [r8+24]          head
  89 c8                         ; mov eax, ecx
  41 2b 40 1c                   ; sub eax, [r8+28]          tail
  83 f8 10                      ; cmp eax, 16
  73 @full                      ; jae full
  83 e1 0f                      ; and ecx, 15
  c1 e1 07                      ; shl ecx, 7
  49 8d 7c 08 40                ; lea rdi, [r8+rcx+64]
  b9 10 00 00 00                ; mov ecx, 16
  f3 48 a5                      ; rep movsq
  41 ff 40 18                   ; inc dword [r8+24]
full:
  49 8b 48 10                   ; mov rcx, [r8+16]
  f0 83 09 01                   ; lock or dword [rcx], 1
  c7 82 28 01 00 00 %all        ; mov dword [rdx+296], all
  c7 82 2c 01 00 00 ff ff ff ff ; mov dword [rdx+300], -1
  c3                            ; ret
stranger:
  c7 82 28 01 00 00 %all        ; mov dword [rdx+296], all
  c7 82 2c 01 00 00 ff ff ff ff ; mov dword [rdx+300], -1
  49 89 f2                      ; mov r10, rsi
  41 89 f8                      ; mov r8d, edi
  b8 27 00 00 00                ; mov eax, getpid
  0f 05                         ; syscall
  89 c7                         ; mov edi, eax
  48 be $forward                ; mov rsi, forward
  8b 36                         ; mov esi, [rsi]
  44 89 c2                      ; mov edx, r8d
  b8 29 01 00 00                ; mov eax, rt_tgsigqueueinfo
  0f 05                         ; syscall
  c3                            ; ret
restorer:
  b8 0f 00 00 00                ; mov eax, rt_sigreturn
  0f 05                         ; syscall`;

let words: Int32Array;
let numbers: Float64Array;
let table: BigInt64Array;
let blockAddress = 0;

/** Scratch of this file's own, since rows may hold the dispatcher's: kernel sigaction at 0, mask at 64, stack_t at 96. */
const own = new DataView(new SharedArrayBuffer(256));
const ownAddress = addressOf(new Uint8Array(own.buffer));

const record = new Int32Array(new SharedArrayBuffer(SLOTS + SLOT_COUNT * SIGINFO_BYTES));
const recordAddress = addressOf(record);
const recordBytes = new Uint8Array(record.buffer);
const recordNumbers = new BigInt64Array(record.buffer);

const tcbCell = new BigInt64Array(new SharedArrayBuffer(16));

/** The address that tells this thread from others: its thread control block. */
function threadControlBlock(): bigint {
  const code = place(assemble(`
    64 48 8b 04 25 00 00 00 00  ; mov rax, fs:[0]
    48 b9 $cell                 ; mov rcx, cell
    48 89 01                    ; mov [rcx], rax
    c3                          ; ret`, { cell: addressOf(tcbCell) }));
  callable(code.address)();
  return tcbCell[0]!;
}

/** Makes the process's block and its handlers, and takes SIGSEGV and SIGBUS over. Once a process; a Worker attaches instead. */
export function createHandlers(): SharedArrayBuffer {
  const block = new SharedArrayBuffer(BLOCK_BYTES);
  attachHandlers(block);
  plainCall(SYS.rt_sigaction, SIGSEGV, 0, ownAddress, 8);
  const chained = Number(own.getBigUint64(0, true));
  const { labels } = place(assemble(handlers, {
    table: blockAddress + TABLE, zeros: blockAddress + ZEROS, forward: blockAddress + FORWARD * 4, watch: blockAddress + WATCH, all: ALL_LOW, chained,
  }));
  numbers[QUEUE] = labels['queue']!;
  numbers[MIXED] = labels['mixed']!;
  numbers[FAULT] = labels['fault']!;
  numbers[RESTORER] = labels['restorer']!;
  setAction(SIGSEGV, numbers[FAULT], 0);
  setAction(SIGBUS, numbers[FAULT], 0);
  return block;
}

export function attachHandlers(block: SharedArrayBuffer): void {
  words = new Int32Array(block);
  numbers = new Float64Array(block, 0, 64);
  table = new BigInt64Array(block, TABLE);
  blockAddress = addressOf(block);
}

/** Host addresses and counts of what the fault handler knows of guest memory: page-table.ts has the bits. */
export type CodeWatch = {
  /** Guest address 0. */
  readonly base: HostAddress;
  readonly pageTable: HostAddress;
  readonly pages: number;
  /** i32s: counts changes of code, and pages that are kept read-only. */
  readonly epoch: HostAddress;
  readonly protectedPages: HostAddress;
  /** 16 notes of 16 bytes, by the lowest bits of the epoch that a change began: i32s epoch, first page, page after the last. */
  readonly changes: HostAddress;
};

/**
 * From now on writes to pages with translated code go through: the page is made writable and loses its CODE bit, the epoch moves
 * up, and bit 2 of the writing thread's pending cell is set. Once a process.
 */
export function watchCode({ base, pageTable, pages, epoch, protectedPages, changes }: CodeWatch): void {
  new BigInt64Array(words.buffer, WATCH, 6).set([base, pageTable, pages, epoch, protectedPages, changes].map(BigInt));
}

let entry = -1;
let pending: Int32Array;
let pendingIndex = 0;
const ALTERNATE_STACK = 128 << 10;

/** Makes this host thread one that the guest's signals can reach. `cells[index]` is its pending cell, whose bit 0 means a signal. */
export function registerThread(cells: Int32Array, index: number): void {
  pending = cells;
  pendingIndex = index;
  const cell = addressOf(cells) + index * 4;
  setPendingCell(cell);
  recordNumbers[WINDOW_START / 8] = BigInt(callWindow.start);
  recordNumbers[WINDOW_ENTER / 8] = BigInt(callWindow.enter);
  recordNumbers[PENDING_CELL / 8] = BigInt(cell);
  const stack = plainCall(SYS.mmap, 0, ALTERNATE_STACK, 3, 0x22, -1, 0);
  own.setBigUint64(96, BigInt(stack), true);
  own.setInt32(104, 0, true);
  own.setBigUint64(112, BigInt(ALTERNATE_STACK), true);
  plainCall(SYS.sigaltstack, ownAddress + 96, 0);
  const tcb = threadControlBlock();
  lockTable();
  for (entry = 0; table[2 * entry]! > 1n; entry++);
  table[2 * entry + 1] = BigInt(recordAddress);
  Atomics.store(table, 2 * entry, tcb);
  Atomics.store(words, TABLE_LOCK, 0);
  if (words[FORWARD] === 0) words[FORWARD] = plainCall(SYS.gettid); // the first thread stays as long as the process
}

function lockTable(): void { while (Atomics.compareExchange(words, TABLE_LOCK, 0, 1) !== 0); }

/** Ends what registerThread began; signals must be blocked on this host thread. */
export function unregisterThread(): void { Atomics.store(table, 2 * entry, 1n); }

/** In the child of a fork: this thread is the only one left. */
export function forgetOtherThreads(): void {
  for (let i = 0; table[2 * i] !== 0n; i++) if (i !== entry) table[2 * i] = 1n;
  words[TABLE_LOCK] = 0;
  words[FORWARD] = plainCall(SYS.gettid);
  record[TAIL / 4] = record[HEAD / 4]!;
}

function setAction(signal: number, handler: number, flags: number): void {
  const caught = handler > 1;
  own.setBigUint64(0, BigInt(handler), true);
  own.setBigUint64(8, BigInt(caught ? flags | SA_SIGINFO | SA_ONSTACK | SA_RESTORER : flags), true);
  own.setBigUint64(16, caught ? BigInt(numbers[RESTORER]!) : 0n, true);
  own.setBigInt64(24, caught ? -1n : 0n, true);
  plainCall(SYS.rt_sigaction, signal, ownAddress, 0, 8);
}

/** What the host does on a signal: 0 its default action, 1 ignore it, 2 queue it for the guest. `flags` are sa_flags. */
export function setDisposition(signal: number, how: 0 | 1 | 2, flags: number): void {
  if (signal === SIGSEGV || signal === SIGBUS) return;
  const kept = flags & (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_RESTART);
  const sync = signal === SIGILL || signal === SIGTRAP || signal === SIGFPE;
  setAction(signal, how === 2 ? numbers[sync ? MIXED : QUEUE]! : how, kept);
}

/** Gives SIGSEGV, SIGBUS and the rest back to their default actions: for a signal that is to end the process. */
export function setDefault(signal: number): void { setAction(signal, 0, 0); }

/** 0 or 1 for a signal whose default action or no action was set when the process began. */
export function inheritedDisposition(signal: number): number {
  plainCall(SYS.rt_sigaction, signal, 0, ownAddress, 8);
  return Number(own.getBigUint64(0, true));
}

/** The words of a host mask that blocks what the guest blocks. */
export const hostLow = (low: number): number => low & MASKABLE_LOW;

/** Sets this host thread's mask from the guest's two words. */
export function setHostMask(low: number, high: number): void {
  own.setInt32(64, hostLow(low), true);
  own.setInt32(68, high, true);
  plainCall(SYS.rt_sigprocmask, SIG_SETMASK, ownAddress + 64, 0, 8);
}

/** Blocks all signals on this host thread. */
export function blockAll(): void { setHostMask(-1, -1); }

/** This host thread's mask, as two words. */
export function getHostMask(): [number, number] {
  plainCall(SYS.rt_sigprocmask, SIG_SETMASK, 0, ownAddress + 64, 8);
  return [own.getInt32(64, true), own.getInt32(68, true)];
}

/** Signals pending in the kernel for this thread and process, as two words. */
export function hostPending(): [number, number] {
  plainCall(SYS.rt_sigpending, ownAddress + 64, 8);
  return [own.getInt32(64, true), own.getInt32(68, true)];
}

/** Clears bit 0 of the pending cell. */
export function clearPending(): void { Atomics.and(pending, pendingIndex, ~1); }

/** Sets bit 0 of the pending cell: the run loop comes to deliver signals at the next safe point. */
export function setPending(): void { Atomics.or(pending, pendingIndex, 1); }

/** The host siginfo of the signal that was queued first, in `info`; or null. When one was queued, the host's mask has all signals blocked. */
export function takeQueued(info = new Uint8Array(SIGINFO_BYTES)): Uint8Array | null {
  const tail = record[TAIL / 4]!;
  if (tail === record[HEAD / 4]) return null;
  const at = SLOTS + (tail & (SLOT_COUNT - 1)) * SIGINFO_BYTES;
  for (let i = 0; i < SIGINFO_BYTES; i++) info[i] = recordBytes[at + i]!;
  record[TAIL / 4] = (tail + 1) | 0;
  return info;
}

/** The signals that are queued, first to last. */
export function queuedSignals(): number[] {
  const all: number[] = [];
  for (let n = record[TAIL / 4]!; n !== record[HEAD / 4]; n = (n + 1) | 0) all.push(record[(SLOTS + (n & (SLOT_COUNT - 1)) * SIGINFO_BYTES) / 4]!);
  return all;
}

export function anyQueued(): boolean { return record[TAIL / 4] !== record[HEAD / 4]; }

export type HostFault = { readonly address: HostAddress; readonly code: number; readonly signal: number; readonly trap: number; readonly error: number };

/** The last SIGSEGV or SIGBUS that an instruction of this thread raised: host address, si_code, and what the processor said. */
export function lastFault(): HostFault {
  return {
    address: Number(BigInt.asUintN(64, recordNumbers[FAULT_ADDRESS / 8]!)),
    code: record[FAULT_CODE / 4]!, signal: record[FAULT_SIGNAL / 4]!,
    trap: record[FAULT_TRAP / 4]!, error: record[FAULT_ERROR / 4]!,
  };
}

/** Puts a signal into this thread's own queue, as kill() to oneself. `info` is host siginfo. */
export function queueToSelf(tid: number, pid: number, signal: number, info: Uint8Array): number {
  recordScratch.set(info);
  return plainCall(SYS.rt_tgsigqueueinfo, pid, tid, signal, addressOf(recordScratch));
}
const recordScratch = new Uint8Array(new SharedArrayBuffer(SIGINFO_BYTES));
