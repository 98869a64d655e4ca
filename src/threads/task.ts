// A task is one guest thread as the rest of tsemu sees it: its processor state, its memory, and its process.
import type { GuestAddress } from '../address.ts';
import type { DebugRequest } from '../cli/debug-request.ts';
import type { CpuState, Guest, CpuModel } from '../guests/guest.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';

/** Where the loader put things, for /proc/self; a LoadedProgram is one. */
export type ProgramImage = {
  readonly auxv: Uint8Array;
  readonly sp: GuestAddress;
  readonly stackLow: GuestAddress;
  readonly stackHigh: GuestAddress;
  readonly codeStart: GuestAddress;
  readonly codeEnd: GuestAddress;
  readonly argStart: GuestAddress;
  readonly argEnd: GuestAddress;
  readonly envStart: GuestAddress;
  readonly envEnd: GuestAddress;
};

/** What all threads of a guest process have in common and never changes between two execs. */
export type Program = {
  /** The path of the program as the guest knows it, absolute (for /proc/self/exe), and its arguments. */
  readonly exe: string;
  readonly argv: readonly string[];
  /** -L: absolute host path, or '' for none. */
  readonly sysroot: string;
  /** The kernel gave the process rights that its caller has not: what it executes is the kernel's to start, which takes them away again. */
  readonly secure?: boolean;
  readonly options: Options;
  readonly image?: ProgramImage;
};

/** The command line after parsing; every field has a TSEMU_ twin in the environment. */
export type Options = {
  readonly sysroot: string;
  readonly argv0: string | null;
  readonly setEnv: readonly string[];
  readonly unsetEnv: readonly string[];
  /** Bytes; 0 for the default: RLIMIT_STACK, at least 8 MiB. */
  readonly stackSize: number;
  readonly uname: string;
  readonly guestBase: number | null;
  readonly reservedVa: number | null;
  readonly cpu: string;
  /** -d items. */
  readonly log: readonly string[];
  readonly logFile: string | null;
  readonly filter: readonly { readonly from: number; readonly to: number }[];
  readonly strace: boolean;
  readonly seed: number | null;
  /** A report on stderr when a signal ends the program. */
  readonly backtrace: boolean;
  /** -g: gdb is to be let in. */
  readonly debug: DebugRequest | null;
  readonly oneInsnPerTb: boolean;
  /** Which tiers run: 'auto', or one of them alone. */
  readonly tier: 'auto' | '0' | '1';
  /** Optimisations turned off by name. */
  readonly without: readonly string[];
};

export type Task = {
  readonly guest: Guest;
  readonly model: CpuModel;
  readonly memory: GuestMemory;
  readonly cpu: CpuState;
  program: Program;
  /** Guest thread id: the host's. */
  tid: number;
  /** Where the kernel clears a word and wakes waiters when the thread ends (set_tid_address, CLONE_CHILD_CLEARTID); 0 for none. */
  clearChildTid: GuestAddress;
  /** What the process's threads share when gdb may debug them. */
  readonly debug: SharedArrayBuffer | null;
};

/** What a system call row answers besides a number: the call is made again after the signal handler ran, or never returns here. */
export type Result = number | 'restart' | 'gone';

/** An errno to answer. Thrown by converters and rows; only the dispatcher catches it. */
export class SyscallError extends Error {
  readonly errno: number;
  constructor(errno: number) { super(`errno ${errno}`); this.errno = errno; }
}

/** A guest address that could not be read or written. */
export class MemoryFault extends Error {
  readonly address: GuestAddress;
  constructor(address: GuestAddress) { super(`cannot access guest memory at 0x${address.toString(16)}`); this.address = address; }
}

/** Ours: something that should not be. Loud, and never turned into an errno. */
export class EmulatorBug extends Error {}
