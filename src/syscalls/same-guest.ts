// Other processes that the same emulator started: forks of one another, whose guest memory and whose process blocks lie at the same places of
// the host. In the block they put down which program they run and where its parts are: the kernel knows only the emulator's own.
import type { HostAddress } from '../address.ts';
import { E, SYS } from '../host/abi.ts';
import { addressOf, plainCall, scratch } from '../host/kernel.ts';
import { SyscallError, type ProgramImage, type Task } from '../threads/task.ts';
import { setHostWord } from './args.ts';

/** Throws EPERM when process `pid` is none whose guest memory is where the caller's is. */
export function checkSameGuest(task: Task, pid: number): void {
  if (pid === 0 || pid === task.tid || pid === plainCall(SYS.getpid)) return;
  if (blockOf(task, pid) === null) throw new SyscallError(plainCall(SYS.kill, pid, 0) === -E.ESRCH ? E.ESRCH : E.EPERM);
}

// Bytes of the block's header that nothing else uses. What tells the emulator's processes from others': three f64s, made by the first
// of them. The image's addresses as f64s, the length of the auxiliary vector and its bytes. The program: two bytes of length, and the path.
const FAMILY = 128, IMAGE = 160, AUXV_BYTES = 232, AUXV = 240, AUXV_ROOM = 784, EXE = 1280, EXE_ROOM = 766;
const HEADER_BYTES = 4096;
const PLACES = ['sp', 'stackLow', 'stackHigh', 'codeStart', 'codeEnd', 'argStart', 'argEnd', 'envStart', 'envEnd'] as const;

/** Puts down what this process runs. */
export function publishProgram(task: Task): void {
  const { block, base } = task.memory;
  const family = new Float64Array(block, FAMILY, 3);
  if (family[0] === 0) family.set([plainCall(SYS.getpid), Date.now(), base]);
  const header = new DataView(block);
  const bytes = Buffer.from(task.program.exe);
  const length = bytes.length > EXE_ROOM ? 0 : bytes.length; // too long: then the kernel's answer has to do
  new Uint8Array(block, EXE + 2, EXE_ROOM).set(bytes.subarray(0, length));
  header.setUint16(EXE, length, true);
  const { image } = task.program;
  const known = image !== undefined && image.auxv.length <= AUXV_ROOM;
  header.setUint32(AUXV_BYTES, known ? image.auxv.length : 0, true);
  if (!known) return;
  PLACES.forEach((place, i) => header.setFloat64(IMAGE + 8 * i, image[place], true));
  new Uint8Array(block, AUXV, AUXV_ROOM).set(image.auxv);
}

/** Memory of another process at a host address; null where it cannot be read. */
export function readOther(pid: number, from: HostAddress, bytes: number): Uint8Array | null {
  const copy = scratch(bytes), here = scratch(16), there = scratch(16);
  setHostWord(here.view, 0, copy.address);
  setHostWord(here.view, 8, bytes);
  setHostWord(there.view, 0, from);
  setHostWord(there.view, 8, bytes);
  return plainCall(SYS.process_vm_readv, pid, here.address, 1, there.address, 1, 0) === bytes ? copy.bytes : null;
}

/** The header of process `pid`'s block; null for one that this emulator did not start. */
export function blockOf(task: Task, pid: number): DataView | null {
  const own = new Float64Array(task.memory.block, FAMILY, 3);
  const read = readOther(pid, addressOf(task.memory.block), HEADER_BYTES);
  if (read === null) return null;
  const header = new DataView(read.buffer, read.byteOffset, HEADER_BYTES);
  return own.every((value, i) => header.getFloat64(FAMILY + 8 * i, true) === value) ? header : null;
}

/** The path that process `pid` published; null for one that is not the guest's. */
export function exeOf(task: Task, pid: number): string | null {
  const header = blockOf(task, pid);
  const length = header?.getUint16(EXE, true) ?? 0;
  return header === null || length === 0 ? null : Buffer.from(new Uint8Array(header.buffer, header.byteOffset + EXE + 2, length)).toString();
}

/** Where the parts of the program are that a block is of. */
export function imageOf(header: DataView): ProgramImage | null {
  const bytes = header.getUint32(AUXV_BYTES, true);
  if (bytes === 0) return null;
  const places = Object.fromEntries(PLACES.map((place, i) => [place, header.getFloat64(IMAGE + 8 * i, true)])) as Record<typeof PLACES[number], number>;
  return { ...places, auxv: new Uint8Array(header.buffer, header.byteOffset + AUXV, bytes).slice() };
}
