// System calls on the host and memory that the kernel can see. Calls are made by machine code of this thread's own, so
// that they cost tens of nanoseconds and so that a signal can never slip in between the test for one and the call.
import type { HostAddress, HostWord } from '../address.ts';
import { assemble, patch64, place } from './code-page.ts';
import { addressOf as addressOfView, callable } from './native.ts';

/** What `hostCall` answers when a signal came before the call was made, or the kernel wants it made again after the handler. */
export const ERESTARTSYS = 512;

// The call block: eight doubles (number, six arguments, result). Doubles hold every number TypeScript has, and the
// machine converts them in a nanosecond each. Behind them, in bytes: whether this thread is in a call (i32), the address
// of the cell that holds it there, and a cell that stands for others until the thread is given some.
const RESULT = 7;
const IN_CALL = 64, HOLD = 72, NO_CELL = 80;
const block = new Float64Array(new SharedArrayBuffer(128));
const blockWords = new Int32Array(block.buffer);
const blockAddress = addressOfView(block);

const loadArguments = `
  48 b9 $block              ; mov rcx, block
  f2 48 0f 2c 01            ; cvttsd2si rax, [rcx]
  f2 48 0f 2c 79 08         ; cvttsd2si rdi, [rcx+8]
  f2 48 0f 2c 71 10         ; cvttsd2si rsi, [rcx+16]
  f2 48 0f 2c 51 18         ; cvttsd2si rdx, [rcx+24]
  f2 4c 0f 2c 51 20         ; cvttsd2si r10, [rcx+32]
  f2 4c 0f 2c 41 28         ; cvttsd2si r8, [rcx+40]
  f2 4c 0f 2c 49 30         ; cvttsd2si r9, [rcx+48]
  c7 41 40 01 00 00 00      ; mov dword [rcx+64], 1`;
const storeResult = `
  48 b9 $block              ; mov rcx, block
  31 d2                     ; xor edx, edx
  87 51 40                  ; xchg [rcx+64], edx          a barrier: left the call, now look
  48 8b 51 48               ; mov rdx, [rcx+72]
  83 3a 00                  ; cmp dword [rdx], 0
  75 @held                  ; jne held
store:
  66 0f ef c0               ; pxor xmm0, xmm0
  f2 48 0f 2a c0            ; cvtsi2sd xmm0, rax
  f2 0f 11 41 38            ; movsd [rcx+56], xmm0
  c3                        ; ret`;

const stubs = place(assemble(`
testing:${loadArguments}
start:
  48 b9 pending: $pending   ; mov rcx, pending
  83 39 00                  ; cmp dword [rcx], 0
  75 @interrupted           ; jne interrupted
enter:
  0f 05                     ; syscall
done:${storeResult}
held:                       ; futex(cell, FUTEX_WAIT_PRIVATE, its value, NULL), in a call all the while
  c7 41 40 01 00 00 00      ; mov dword [rcx+64], 1
  49 89 c1                  ; mov r9, rax
  48 89 d7                  ; mov rdi, rdx
  be 80 00 00 00            ; mov esi, 128
  8b 17                     ; mov edx, [rdi]
  45 31 d2                  ; xor r10d, r10d
  85 d2                     ; test edx, edx
  74 @again                 ; jz again
  b8 ca 00 00 00            ; mov eax, futex
  0f 05                     ; syscall
again:
  4c 89 c8                  ; mov rax, r9
  eb @done                  ; jmp done
interrupted:
  48 c7 c0 00 fe ff ff      ; mov rax, -512
  eb @done                  ; jmp done
plain:${loadArguments}
  0f 05                     ; syscall
  e9 @@done                 ; jmp done
copy:${loadArguments}
  c7 41 40 00 00 00 00      ; mov dword [rcx+64], 0
  48 89 d1                  ; mov rcx, rdx
  f3 a4                     ; rep movsb
  c3                        ; ret
or:${loadArguments}
  c7 41 40 00 00 00 00      ; mov dword [rcx+64], 0
  f0 09 37                  ; lock or [rdi], esi
  c3                        ; ret
exchange:${loadArguments}
  c7 41 40 00 00 00 00      ; mov dword [rcx+64], 0
  53                        ; push rbx
  48 8b 06                  ; mov rax, [rsi]
  48 8b 56 08               ; mov rdx, [rsi+8]
  48 8b 5e 10               ; mov rbx, [rsi+16]
  48 8b 4e 18               ; mov rcx, [rsi+24]
  f0 48 0f c7 0f            ; lock cmpxchg16b [rdi]
  48 89 06                  ; mov [rsi], rax
  48 89 56 08               ; mov [rsi+8], rdx
  5b                        ; pop rbx
  c3                        ; ret`, { block: blockAddress, pending: blockAddress + NO_CELL }));
setHoldCell(0);

const callTesting = callable(stubs.labels['testing']!);
const callPlain = callable(stubs.labels['plain']!);
const callOr = callable(stubs.labels['or']!);
const callExchange = callable(stubs.labels['exchange']!);
const callCopy = callable(stubs.labels['copy']!);

/**
 * Where a signal handler has to move this thread's pc back: an interrupted pc after `start` and up to `enter` means that
 * the test has been made and the system call has not (or that the kernel is about to make it again).
 */
export const callWindow = { start: stubs.labels['start']!, enter: stubs.labels['enter']! } as const;

/** Tells this thread's stubs which cell (an i32 at a host address) says that a signal is pending. */
export function setPendingCell(hostAddress: HostAddress): void { patch64(stubs.labels['pending']!, hostAddress); }

/**
 * Tells this thread's stubs which cell (an i32 at a host address; 0 for none), while it is not zero, keeps the thread from
 * coming back out of system calls. Whoever sets it knows that a thread whose inCallCell is not zero holds no lock of V8's.
 */
export function setHoldCell(hostAddress: HostAddress): void {
  const at = hostAddress === 0 ? blockAddress + NO_CELL : hostAddress;
  blockWords[HOLD / 4 + 1] = Math.floor(at / 2 ** 32);
  blockWords[HOLD / 4] = at | 0;
}

/** The host address of this thread's word that is not zero while it is in a system call. */
export const inCallCell = blockAddress + IN_CALL;

/**
 * Makes a system call on the host. Answers what the kernel answers: a result or -errno; -ERESTARTSYS when a signal came
 * before the call began, or interrupted it and it is to be made again after the handler.
 */
export function hostCall(nr: number, a: HostWord = 0, b: HostWord = 0, c: HostWord = 0, d: HostWord = 0, e: HostWord = 0, f: HostWord = 0): number {
  block[0] = nr; block[1] = a; block[2] = b; block[3] = c; block[4] = d; block[5] = e; block[6] = f;
  callTesting();
  return block[RESULT]!;
}

/** The same without the test for signals: for calls that do not wait and must not be refused. */
export function plainCall(nr: number, a: HostWord = 0, b: HostWord = 0, c: HostWord = 0, d: HostWord = 0, e: HostWord = 0, f: HostWord = 0): number {
  block[0] = nr; block[1] = a; block[2] = b; block[3] = c; block[4] = d; block[5] = e; block[6] = f;
  callPlain();
  return block[RESULT]!;
}

/** The host address of shared memory, or of the first byte of a view over it. Neither moves. */
export function addressOf(memory: SharedArrayBuffer | ArrayBufferView): HostAddress {
  return addressOfView(memory instanceof SharedArrayBuffer || !ArrayBuffer.isView(memory) ? new Uint8Array(memory as SharedArrayBuffer) : memory);
}

/** Memory that the kernel and TypeScript both see, at a host address. */
export type Scratch = { readonly address: HostAddress; readonly bytes: Uint8Array; readonly view: DataView };

const SCRATCH_BYTES = 1 << 20;
const first = new Uint8Array(new SharedArrayBuffer(SCRATCH_BYTES));
const firstAddress = addressOfView(first);
let arena = first;
let arenaAddress = firstAddress;
let used = 0;
/** Arenas that filled up since the last reset; kept so that what was handed out stays valid. */
let full: Uint8Array[] = [];

/** Zeroed, 16-byte aligned memory that stays valid until `resetScratch`. */
export function scratch(bytes: number): Scratch {
  const size = (bytes + 15) & ~15;
  if (used + size > arena.length) {
    full.push(arena);
    arena = new Uint8Array(new SharedArrayBuffer(Math.max(SCRATCH_BYTES, size)));
    arenaAddress = addressOfView(arena);
    used = 0;
  }
  const at = used;
  used += size;
  const offset = arena.byteOffset + at;
  const part = new Uint8Array(arena.buffer, offset, bytes);
  part.fill(0);
  return { address: arenaAddress + at, bytes: part, view: new DataView(arena.buffer, offset, bytes) };
}

/** Frees all scratch memory: the dispatcher does so before each system call. */
export function resetScratch(): void {
  used = 0;
  if (arena !== first) { arena = first; arenaAddress = firstAddress; full = []; }
}

/** Copies host memory out. The caller vouches for the address: a bad one ends the process. */
export function readHost(address: HostAddress, bytes: number): Uint8Array {
  const to = new Uint8Array(bytes);
  moveHost(address, to, true);
  return to;
}

/** Copies bytes to host memory. The caller vouches for the address. */
export function writeHost(address: HostAddress, data: Uint8Array): void { moveHost(address, data, false); }

/** Goes through a buffer at a fixed place, since typed arrays of the JavaScript heap move. */
const transfer = new Uint8Array(new SharedArrayBuffer(1 << 16));
const transferAddress = addressOfView(transfer);

function moveHost(address: HostAddress, data: Uint8Array, out: boolean): void {
  for (let done = 0; done < data.length;) {
    const part = Math.min(transfer.length, data.length - done);
    if (!out) transfer.set(data.subarray(done, done + part));
    copyHost(out ? transferAddress : address + done, out ? address + done : transferAddress, part);
    if (out) data.set(transfer.subarray(0, part), done);
    done += part;
  }
}

/** Copies from one host address to another. */
export function copyHost(to: HostAddress, from: HostAddress, bytes: number): void {
  block[1] = to; block[2] = from; block[3] = bytes;
  callCopy();
}

/** Sets bits of an i32 at a host address, as one step. */
export function orHost(address: HostAddress, bits: number): void {
  block[1] = address; block[2] = bits;
  callOr();
}

/** Stores the 16 bytes `value` at a host address (a multiple of 16) if `expected` are there, as one step; answers what was there. */
export function exchangeHost16(address: HostAddress, expected: Uint8Array, value: Uint8Array): Uint8Array {
  transfer.set(expected);
  transfer.set(value, 16);
  block[1] = address; block[2] = transferAddress;
  callExchange();
  return transfer.slice(0, 16);
}
