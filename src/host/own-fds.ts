// Descriptors of node's own (event loops, their wake-up calls) out of the guest's way: the guest has the low numbers to itself,
// as on a machine without an emulator. Those that node opened at its start are moved up; what it opens for a Worker is moved as
// it is made. Nobody runs the main event loop any more, but Workers still write to its wake-up descriptor.
import type { HostAddress } from '../address.ts';
import { assemble, place } from './code-page.ts';
import { redirect } from './got.ts';
import { addressOf, plainCall, scratch } from './kernel.ts';
import { symbolAddress } from './native.ts';
import { SYS } from './abi.ts';

const F_GETFD = 1, F_SETFD = 2, FD_CLOEXEC = 1, F_DUPFD_CLOEXEC = 1030;
const RLIMIT_NOFILE = 7;
/** As many numbers at the top of the descriptor table are ours. */
const RESERVED = 256;
/** Tables with higher numbers cost more at each fork. */
const HIGHEST = 1024;
const SMALLEST_TABLE = 64;

/** Where a moved descriptor is now, by its old number; 0 for one that was not moved. */
const moved = new Int32Array(new SharedArrayBuffer(HIGHEST * 4));

let base = -1;

/** The lowest number that ours get. 0 when the guest may have too few descriptors to hide any. */
function reservedFrom(): number {
  if (base >= 0) return base;
  const limit = scratch(16);
  plainCall(SYS.prlimit64, 0, RLIMIT_NOFILE, 0, limit.address);
  const soft = Math.min(HIGHEST, Number(limit.view.getBigUint64(0, true)));
  base = soft < SMALLEST_TABLE ? 0 : soft - Math.min(RESERVED, soft / 4);
  return base;
}

/** Gives a descriptor a high number; answers it, or the old number when there is none. */
export function moveHigh(fd: number): number {
  const from = reservedFrom();
  if (from === 0 || fd >= from) return fd;
  const high = plainCall(SYS.fcntl, fd, F_DUPFD_CLOEXEC, from);
  if (high < 0) return fd;
  plainCall(SYS.close, fd);
  return high;
}

/** write(fd, data, length): a wake-up (eventfd: 8 bytes that say 1) looks up where its descriptor has gone. */
const wakeUps = `
write:
  48 83 fa 08               ; cmp rdx, 8
  75 @same                  ; jne same
  48 83 3e 01               ; cmp qword [rsi], 1
  75 @same                  ; jne same
  89 f8                     ; mov eax, edi
  3d %highest               ; cmp eax, HIGHEST
  73 @same                  ; jae same
  48 b9 $moved              ; mov rcx, moved
  8b 04 81                  ; mov eax, [rcx+rax*4]
  85 c0                     ; test eax, eax
  74 @same                  ; jz same
  89 c7                     ; mov edi, eax
same:
  48 b8 $write              ; mov rax, write
  ff e0                     ; jmp rax`;

/**
 * Moves those of the open descriptors that node has opened: they close on exec. `inherited` are those of the first sixteen
 * that a parent handed down; node marks them too (uv_disable_stdio_inheritance), which is undone. Answers where its own are
 * now.
 */
export function hideDescriptors(open: readonly number[], inherited: ReadonlySet<number>): number[] {
  for (const fd of open) if (inherited.has(fd)) plainCall(SYS.fcntl, fd, F_SETFD, 0);
  const own = open.filter((fd) => !inherited.has(fd) && (plainCall(SYS.fcntl, fd, F_GETFD) & FD_CLOEXEC) !== 0);
  if (reservedFrom() === 0) return own;
  const { labels } = place(assemble(wakeUps, { highest: HIGHEST, moved: addressOf(moved), write: symbolAddress('write') }));
  redirect({ write: labels['write']! });
  return own.map((fd) => {
    const now = moveHigh(fd);
    if (now !== fd) moved[fd] = now;
    return now;
  });
}

// The makers of descriptors answer a high number and set its bit in `bitmap`.
const makers = `
eventfd:
  50                        ; push rax
  48 b8 $eventfd            ; mov rax, eventfd
  ff d0                     ; call rax
  59                        ; pop rcx
  eb @made                  ; jmp made
epoll:
  50                        ; push rax
  48 b8 $epoll              ; mov rax, epoll_create1
  ff d0                     ; call rax
  59                        ; pop rcx
  eb @made                  ; jmp made
syscall:
  81 ff a9 01 00 00         ; cmp edi, io_uring_setup
  74 @uring                 ; je uring
  48 b8 $syscall            ; mov rax, syscall
  ff e0                     ; jmp rax
uring:
  50                        ; push rax
  48 b8 $syscall            ; mov rax, syscall
  ff d0                     ; call rax
  59                        ; pop rcx
made:
  85 c0                     ; test eax, eax
  78 @out                   ; js out
move:
  53                        ; push rbx
  89 c3                     ; mov ebx, eax
  89 c7                     ; mov edi, eax
  be 06 04 00 00            ; mov esi, F_DUPFD_CLOEXEC
  ba %base                  ; mov edx, base
  b8 48 00 00 00            ; mov eax, fcntl
  0f 05                     ; syscall
  85 c0                     ; test eax, eax
  78 @kept                  ; js kept
  41 89 c0                  ; mov r8d, eax
  89 df                     ; mov edi, ebx
  b8 03 00 00 00            ; mov eax, close
  0f 05                     ; syscall
  44 89 c3                  ; mov ebx, r8d
kept:
  48 b9 $bitmap             ; mov rcx, bitmap
  f0 0f ab 19               ; lock bts [rcx], ebx
  89 d8                     ; mov eax, ebx
  5b                        ; pop rbx
out:
  c3                        ; ret
pipe2:
  57                        ; push rdi
  48 b8 $pipe2              ; mov rax, pipe2
  ff d0                     ; call rax
  5f                        ; pop rdi
  85 c0                     ; test eax, eax
  75 @out                   ; jnz out
  57                        ; push rdi
  8b 07                     ; mov eax, [rdi]
  e8 @@move                 ; call move
  5f                        ; pop rdi
  89 07                     ; mov [rdi], eax
  57                        ; push rdi
  8b 47 04                  ; mov eax, [rdi+4]
  e8 @@move                 ; call move
  5f                        ; pop rdi
  89 47 04                  ; mov [rdi+4], eax
  31 c0                     ; xor eax, eax
  c3                        ; ret`;

let watching = false;

/** Before the first Worker: from now on what node opens for one gets a high number, and a bit in the bitmap at a host address. */
export function watchDescriptors(bitmap: HostAddress): void {
  if (watching || reservedFrom() === 0) return;
  watching = true;
  const { labels } = place(assemble(makers, {
    base: reservedFrom(), bitmap, eventfd: symbolAddress('eventfd'), epoll: symbolAddress('epoll_create1'),
    syscall: symbolAddress('syscall'), pipe2: symbolAddress('pipe2'),
  }));
  redirect({
    eventfd: labels['eventfd']!, epoll_create1: labels['epoll']!, syscall: labels['syscall']!, pipe2: labels['pipe2']!,
  });
}
