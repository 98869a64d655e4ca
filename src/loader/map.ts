// Puts an inspected program into the guest's memory: segments, zeroed tails, stack, break and the pages that the kernel
// gives to everybody. Past the point of no return: what fails here ends the process, as it does in the kernel.
import type { GuestAddress } from '../address.ts';
import type { CpuModel, Guest } from '../guests/guest.ts';
import { E, MAP, PROT } from '../host/abi.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import { LoadError } from './errors.ts';
import { pathText, release, type ElfFile, type Inspection } from './inspect.ts';
import type { Segment } from './elf.ts';
import { AT, buildStack, type InitialStack } from './stack.ts';

const PAGE = 4096;
const down = (n: number): number => Math.floor(n / PAGE) * PAGE;
const up = (n: number): number => Math.ceil(n / PAGE) * PAGE;
/** Ticks a second of times(2) and /proc: the same on every Linux we can meet. */
const CLOCK_TICKS = 100;
/** Never mapped, below the stack, so that running over it is a fault and not somebody's data. */
const STACK_GUARD = 256 * PAGE;

/** What of the guest memory the loader needs. */
export type LoaderMemory = Pick<GuestMemory, 'map' | 'unmap' | 'protect' | 'write' | 'setBrk' | 'mapKernelPage'>;

export type MapSettings = {
  readonly envp: readonly string[];
  /** Bytes. */
  readonly stackSize: number;
  /** 16 bytes. */
  readonly random: Uint8Array;
  readonly ids: { readonly uid: number; readonly euid: number; readonly gid: number; readonly egid: number };
  /** The program has rights that its caller has not, even where the ids are the same (capabilities of files). */
  readonly secure?: boolean;
};

export type LoadedProgram = {
  /** Where execution starts: the dynamic linker's entry, or the program's. */
  readonly entry: GuestAddress;
  /** The program's own entry. */
  readonly programEntry: GuestAddress;
  /** Added to the addresses in the program's file; where the dynamic linker was loaded, 0 when there is none. */
  readonly bias: GuestAddress;
  readonly interpreterBase: GuestAddress;
  /** The host path of the program, links followed (latin1). */
  readonly exe: string;
  readonly argv: readonly string[];
  /** Where the stack was mapped. */
  readonly stackLow: GuestAddress;
  readonly stackHigh: GuestAddress;
  /** [start, end) of code and data, and of what brk grows from: fields of /proc/self/stat. */
  readonly codeStart: GuestAddress;
  readonly codeEnd: GuestAddress;
  readonly brk: GuestAddress;
} & Omit<InitialStack, 'bytes'>;

/** Maps the program and closes the files. `exe` is the real path of the program's file. */
export function mapProgram(memory: LoaderMemory, guest: Guest, model: CpuModel, found: Inspection & { kind: 'guest' }, exe: string, settings: MapSettings): LoadedProgram {
  try {
    const { program, interpreter } = found;
    const bias = mapFile(memory, guest, program, guest.layout.dynBase);
    const interpreterBias = interpreter ? mapFile(memory, guest, interpreter, 0) : 0;
    const interpreterBase = interpreter ? interpreter.image.low + interpreterBias : 0;
    const brk = up(program.image.high + bias);
    memory.setBrk(brk);
    for (const page of guest.commpages) check(memory.mapKernelPage(page.address, page.bytes), 'the vector page');

    const exec = program.image.executableStack ? PROT.EXEC : 0;
    const stack = mapStack(memory, guest, settings.stackSize, exec);
    const { image } = program;
    const { uid, euid, gid, egid } = settings.ids;
    const initial = buildStack({
      argv: found.argv, envp: settings.envp, execfn: found.execfn, platform: model.platform, random: settings.random, data: guest.data, top: stack.high,
      auxv: [
        [AT.HWCAP, model.hwcap], [AT.PAGESZ, PAGE], [AT.CLKTCK, CLOCK_TICKS],
        [AT.PHDR, image.headers.address === 0 ? 0 : image.headers.address + bias], [AT.PHENT, image.headers.size], [AT.PHNUM, image.headers.count],
        [AT.BASE, interpreterBase], [AT.FLAGS, 0], [AT.ENTRY, image.entry + bias],
        [AT.UID, uid], [AT.EUID, euid], [AT.GID, gid], [AT.EGID, egid], [AT.SECURE, settings.secure || uid !== euid || gid !== egid ? 1 : 0],
        [AT.HWCAP2, model.hwcap2], [AT.MINSIGSTKSZ, up1024(guest.signalFrame.size)],
      ],
    });
    if (initial.sp < stack.low) throw new LoadError(E.E2BIG, 'the argument list does not fit the stack');
    memory.write(initial.sp, initial.bytes);
    const { bytes: _, ...bounds } = initial;
    const code = image.segments.filter((s) => s.prot & PROT.EXEC);
    return {
      ...bounds, entry: interpreter ? interpreter.image.entry + interpreterBias : image.entry + bias, programEntry: image.entry + bias,
      bias, interpreterBase, exe, argv: found.argv, stackLow: stack.low, stackHigh: stack.high, brk,
      codeStart: Math.min(...code.map((s) => s.address), image.high) + bias, codeEnd: Math.max(...code.map((s) => s.address + s.memorySize), image.low) + bias,
    };
  } finally {
    release(found);
  }
}

/** MINSIGSTKSZ is at least 2048 everywhere; programs assert that what they are told is not less. */
const up1024 = (frame: number): number => Math.max(2048, Math.ceil(frame / 1024) * 1024);

function check(result: GuestAddress, what: string): GuestAddress {
  if (result < 0) throw new LoadError(-result, `${what} cannot be mapped (errno ${-result})`);
  return result;
}

/** Maps an ELF file and answers its load bias. Position-independent ones go to `preferred` (0: anywhere). */
function mapFile(memory: LoaderMemory, guest: Guest, file: ElfFile, preferred: GuestAddress): number {
  const { image } = file;
  const name = pathText(file.hostPath);
  let bias = 0;
  if (image.positionIndependent) {
    // One reservation for all segments keeps their distances, and room for alignment is given back.
    const length = up(image.high) - image.low;
    const slack = image.align > PAGE ? image.align : 0;
    const any = { length: length + slack, prot: PROT.NONE, flags: MAP.PRIVATE | MAP.ANONYMOUS | MAP.NORESERVE, fd: -1, offset: 0 };
    const room = check(memory.map({ ...any, address: preferred }), name);
    const start = Math.ceil(room / image.align) * image.align;
    bias = start - Math.floor(image.low / image.align) * image.align;
    const low = image.low + bias;
    if (low > room) memory.unmap(room, low - room);
    if (low + length < room + any.length) memory.unmap(low + length, room + any.length - low - length);
    memory.unmap(low, length);
  }
  for (const segment of image.segments) mapSegment(memory, file, segment, bias, name, guest);
  return bias;
}

function mapSegment(memory: LoaderMemory, file: ElfFile, segment: Segment, bias: number, name: string, guest: Guest): void {
  const start = segment.address + bias;
  const fileEnd = start + segment.fileSize;
  const end = start + segment.memorySize;
  if (end > guest.layout.taskSize) throw new LoadError(E.ENOMEM, `${name} does not fit the address space`);
  const from = down(start);
  const fixed = MAP.PRIVATE | MAP.FIXED;
  const offset = segment.offset - (start - from);
  let mapped = from;
  // A segment with nothing from the file that starts within a page still keeps what the file has before it on that page.
  if (fileEnd > from && offset < file.size) {
    mapped = up(fileEnd);
    const clear = end > fileEnd && mapped > fileEnd;
    const prot = clear ? segment.prot | PROT.READ | PROT.WRITE : segment.prot;
    check(memory.map({ address: from, length: mapped - from, prot, flags: fixed, fd: file.fd, offset }), name);
    if (clear) {
      // To the end of the page, as the kernel does: brk starts on the next one.
      memory.write(fileEnd, new Uint8Array(mapped - fileEnd));
      if (prot !== segment.prot) check(memory.protect(from, mapped - from, segment.prot), name);
    }
  }
  if (up(end) > mapped) check(memory.map({ address: mapped, length: up(end) - mapped, prot: segment.prot, flags: fixed | MAP.ANONYMOUS, fd: -1, offset: 0 }), name);
}


/** The stack goes below everything else that has a place, with a guard below it. */
function mapStack(memory: LoaderMemory, guest: Guest, size: number, exec: number): { low: GuestAddress; high: GuestAddress } {
  const length = up(size);
  const flags = MAP.PRIVATE | MAP.ANONYMOUS | MAP.NORESERVE;
  const hint = guest.layout.taskSize - length - STACK_GUARD;
  const at = check(memory.map({ address: down(Math.max(hint, 0)), length: length + STACK_GUARD, prot: PROT.NONE, flags, fd: -1, offset: 0 }), 'the stack');
  const low = at + STACK_GUARD;
  check(memory.protect(low, length, PROT.READ | PROT.WRITE | exec), 'the stack');
  return { low, high: low + length };
}
