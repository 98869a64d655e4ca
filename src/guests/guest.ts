// What a guest is: the one interface between a processor with its Linux ABI and the rest of tsemu. Shared code asks a
// Guest; it never asks which guest it has.
import type { GuestAddress } from '../address.ts';
import type { Builder } from '../translate/builder.ts';
import type { Wanted } from '../loader/elf.ts';
import type { Location, Slot } from '../translate/ir.ts';
import type { Struct } from '../syscalls/struct.ts';
import type { DebugTarget } from './registers.ts';

export type { DebugRegister } from './registers.ts';
import type { SyscallName } from '../syscalls/table.ts';

/** How C types lie in the guest's memory. */
export type DataModel = { readonly pointer: 4 | 8; readonly align64: 4 | 8; readonly bigEndian: boolean };

/** Reads code: the halfword or word at a guest address. Throws FetchFault where nothing executable is mapped. */
export type Fetch = { u16(address: GuestAddress): number; u32(address: GuestAddress): number };

/** Typed views of one thread's CPU state; a slot's offset is an index in bytes. Always mapped. */
export type CpuState = { readonly i32: Int32Array; readonly u8: Uint8Array; readonly f64: Float64Array; readonly u32: Uint32Array };

/** Appends the IR of the instruction at `pc` and answers where the next one is; ends the block if it transfers control. */
export type Translator = { instruction(pc: Location): Location };

/** Rare instructions that are run by TypeScript with the state exact. Answers nothing: execution goes on at the end's `next`. */
export type Callout = (cpu: CpuState, info: number, helpers: CalloutHelpers) => void;
export type CalloutHelpers = {
  /**
   * The program enters rare modes (bits of the guest's own), which the code that there is does not ask for: it is dropped, and
   * translators are told of them from now on.
   */
  heed(modes: number): void;
  /** Throws MemoryFault where the guest could not read or write. */
  read(address: GuestAddress, bytes: number): Uint8Array;
  write(address: GuestAddress, data: Uint8Array): void;
  /** Stores 16 bytes where `expected` are, as one step, and answers what was there. `address` is a multiple of 16. */
  compareExchange16(address: GuestAddress, expected: Uint8Array, value: Uint8Array): Uint8Array;
};

export type CpuModel = {
  readonly name: string;
  /** uname -m, where it is not the guest's. */
  readonly machine?: string;
  readonly hwcap: number;
  readonly hwcap2: number;
  readonly platform: string;
  /** The text of /proc/cpuinfo where the processors of these numbers are online. */
  cpuinfo(processors: readonly number[]): string;
  /** What instructions there are, as far as models differ: the guest's own names. */
  readonly features: ReadonlySet<string>;
};

/** The registers that a signal frame or a debugger shows, read from and written to the CPU state. */
export type SignalFrame = {
  /** Bytes on the stack, without what alignment adds. */
  readonly size: number;
  /** What the frame's address is a multiple of (16 if not said), and bytes below the stack pointer that are in use. */
  readonly align?: number;
  readonly redZone?: number;
  /** The guest's struct sigaction has no sa_restorer. */
  readonly noRestorer?: true;
  /** Lays the frame out in `frame`, whose bytes are 0. */
  save(cpu: CpuState, frame: FrameBuffer, signal: SignalDelivery): void;
  /** Puts the CPU where the handler starts, with the frame at `at`. */
  start(cpu: CpuState, at: GuestAddress, signal: SignalDelivery): void;
  /** The bytes that sigreturn has to read at the address it answers, given the CPU when sigreturn is called. */
  address(cpu: CpuState, rt: boolean): GuestAddress;
  /** Takes the CPU, the mask and the alternate stack back out of a frame. Answers null when the frame is not valid. */
  restore(cpu: CpuState, frame: FrameBuffer, rt: boolean): { mask: readonly [low: number, high: number]; altstack: { sp: GuestAddress; flags: number; size: number } } | null;
};

/** A signal frame outside of guest memory. */
export type FrameBuffer = { readonly bytes: Uint8Array<ArrayBuffer>; readonly view: DataView };

export type SignalDelivery = {
  readonly signal: number;
  readonly handler: GuestAddress;
  readonly restorer: GuestAddress;
  /** sa_flags of the guest's action. */
  readonly flags: number;
  /** The signal mask to restore. */
  readonly mask: readonly [low: number, high: number];
  /** siginfo_t in the guest's layout, 128 bytes. */
  readonly info: Uint8Array;
  readonly altstack: { readonly sp: GuestAddress; readonly flags: number; readonly size: number };
  /** For faults: trap number and address as the kernel's sigcontext has them. */
  readonly fault: { readonly trap: number; readonly error: number; readonly address: GuestAddress };
};

/** What a core file has of a thread's registers: include/uapi/linux/elf.h. */
export type CoreRegisters = {
  /** elf_gregset_t. */
  registers(cpu: CpuState): Uint8Array;
  /** Notes of further sets of registers. */
  notes(cpu: CpuState): readonly { readonly owner: string; readonly type: number; readonly bytes: Uint8Array }[];
};

/** A dynamic linker that programs ask for, the folder that Debian's cross packages have it in, and the package. */
export type DynamicLinker = { readonly path: string; readonly folder: string; readonly package: string };

export type Guest = {
  /** As in the command's name: tsemu-NAME. */
  readonly name: string;
  /** uname -m. */
  readonly machine: string;
  /** Whether getuid, chown and the like are those from when ids had 16 bits, and the others end in 32. */
  readonly ids16: boolean;
  /** AUDIT_ARCH of linux/audit.h: what seccomp's filters know the architecture by. */
  readonly auditArch: number;
  readonly elf: Wanted;
  /** The dynamic linkers of its programs, for hints. */
  readonly linkers: readonly DynamicLinker[];
  readonly data: DataModel;
  /** Wasm's type for an address, and the guest's address space in 64 KiB Wasm pages. */
  readonly addressType: 'i32' | 'i64';
  readonly memoryPages: number;
  /** End of what user programs may map (bytes), where position-independent executables and mmap start. */
  readonly layout: { readonly taskSize: GuestAddress; readonly dynBase: GuestAddress; readonly mmapTop: GuestAddress };
  /** Every slot of the state, for dumps; and the size of the state in bytes. */
  readonly slots: readonly Slot[];
  readonly stateBytes: number;
  /** Slots that shared code needs by role. */
  readonly pc: Slot;
  readonly sp: Slot;
  readonly call: { readonly number: Slot; readonly args: readonly Slot[]; readonly result: Slot };
  /** Bytes that a restarted system call moves the location back by, given the location after it. */
  readonly syscallBytes: (next: Location) => number;
  /** 'backwards' as on ARM and x86: clone(flags, stack, ptid, tls, ctid). 'even': 64-bit arguments start in even registers. */
  readonly cloneOrder: 'backwards' | 'forwards';
  readonly pairs64: 'even' | 'any' | 'none';
  readonly translator: (b: Builder, fetch: Fetch, options: { model: CpuModel; context: number; modes: number }) => Translator;
  /** Strips the mode bits off a location. */
  readonly address: (location: Location) => GuestAddress;
  /** What a new program starts with: CPU state cleared, then this. `entry` is the ELF's. */
  readonly reset: (cpu: CpuState, entry: GuestAddress, sp: GuestAddress) => void;
  /** The location to execute next, given the state (pc and mode bits). */
  readonly location: (cpu: CpuState) => Location;
  readonly setLocation: (cpu: CpuState, location: Location) => void;
  /** Non-zero when the state is in the middle of something that the location does not say (ARM: an IT block); `setContext` stores it. */
  readonly context: (cpu: CpuState) => number;
  readonly setContext: (cpu: CpuState, context: number) => void;
  readonly setTls: (cpu: CpuState, value: GuestAddress) => void;
  /** The address that the instruction at a location accesses; asked when an atomic access was not aligned. */
  readonly accessAddress?: (cpu: CpuState, location: Location, fetch: Fetch) => GuestAddress | bigint;
  readonly callouts: readonly Callout[];
  readonly models: readonly CpuModel[];
  /** The guest's system call numbers by row name; and names of those with private numbers. */
  readonly syscalls: Readonly<Record<number, SyscallName>>;
  readonly signalFrame: SignalFrame;
  readonly core: CoreRegisters;
  /** The registers that a debugger is shown: made when there is one. */
  readonly debugTarget: () => DebugTarget;
  /** Structs that are not what the data model makes of the declarations in src/syscalls/structs.ts, by name. */
  readonly structs?: Readonly<Record<string, Struct>>;
  /** Flags of open(2) that have other bits than on the host: pairs of guest's bit and host's bit. */
  readonly openFlags?: readonly (readonly [guest: number, host: number])[];
  /** ioctl numbers that are not the generic ones: the guest's, and what shared code knows it as. */
  readonly ioctls?: Readonly<Record<number, number>>;
  /** What riscv_hwprobe answers for a key: a value of two words; and the keys whose values are sets of bits. Other keys are not known. */
  readonly hwprobe?: { readonly values: Readonly<Record<number, readonly [low: number, high: number]>>; readonly sets: readonly number[] };
  /** Pages that the kernel maps into every process: address and content (ARM: the vector page with its helpers). */
  readonly commpages: readonly { readonly address: GuestAddress; readonly bytes: Uint8Array }[];
  /** One instruction as text, or its bytes when it is not known; and its length in bytes. */
  readonly disassemble: (location: Location, fetch: Fetch) => { text: string; bytes: number };
  /** One line a register group, as `-d cpu` prints. */
  readonly dump: (cpu: CpuState) => string;
};
