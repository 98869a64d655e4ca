// Loading a program, in two steps: `inspect` answers errors while the caller can still return them, `commit` maps what was
// found into an empty address space. `load` is both, for the start of the emulator.
import * as fs from 'node:fs';
import type { CpuModel, Guest } from '../guests/guest.ts';
import { SYS } from '../host/abi.ts';
import { plainCall, scratch } from '../host/kernel.ts';
import type { Options } from '../threads/task.ts';
import { inspect, type Inspection, type InspectRequest } from './inspect.ts';
import { mapProgram, type LoadedProgram, type LoaderMemory } from './map.ts';
import { checkArguments } from './stack.ts';

export { LoadError } from './errors.ts';
export { release, type Inspection } from './inspect.ts';
export type { LoadedProgram } from './map.ts';

const DEFAULT_STACK = 8 << 20;
const RLIMIT_STACK = 3;

/** A program to execute. Strings are latin1: one character a byte. */
export type LoadRequest = Omit<InspectRequest, 'guest'> & { readonly envp: readonly string[]; readonly options: Options; readonly secure?: boolean };

/** Answers what executing the request's path means, or throws LoadError. Nothing has changed then. */
export function inspectProgram(guest: Guest, request: LoadRequest): Inspection {
  checkArguments(request.argv, request.envp, stackSize(guest, request.options), guest.data.pointer);
  return inspect({ ...request, guest });
}

/** Maps an inspected program into `memory`, which is empty (execve clears it first), and closes its files. */
export function commit(memory: LoaderMemory, guest: Guest, model: CpuModel, found: Inspection & { kind: 'guest' }, request: Pick<LoadRequest, 'envp' | 'options' | 'secure'>): LoadedProgram {
  return mapProgram(memory, guest, model, found, realPath(found), {
    envp: request.envp, stackSize: stackSize(guest, request.options), random: randomBytes(request.options.seed),
    secure: request.secure ?? false,
    ids: { uid: process.getuid!(), euid: process.geteuid!(), gid: process.getgid!(), egid: process.getegid!() },
  });
}

/** The program's file with all links followed (latin1). */
function realPath({ program }: Inspection & { kind: 'guest' }): string {
  try { return fs.readlinkSync(`/proc/self/fd/${program.fd}`, 'latin1'); } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return program.hostPath; // no /proc here
  }
}

/** -s, else what RLIMIT_STACK allows, but at least 8 MiB and at most a quarter of the address space. */
function stackSize(guest: Guest, options: Options): number {
  if (options.stackSize > 0) return options.stackSize;
  const limit = scratch(16);
  if (plainCall(SYS.prlimit64, 0, RLIMIT_STACK, 0, limit.address) < 0) return DEFAULT_STACK;
  const soft = Number(limit.view.getBigUint64(0, true));
  return Math.max(DEFAULT_STACK, soft <= guest.layout.taskSize / 4 ? soft : 0);
}

/** 16 bytes for AT_RANDOM: the kernel's, or a fixed sequence with -seed. */
function randomBytes(seed: number | null): Uint8Array {
  if (seed === null) {
    const bytes = scratch(16);
    plainCall(SYS.getrandom, bytes.address, 16, 0);
    return bytes.bytes.slice();
  }
  // Steele, Lea and Flood's SplitMix, in 32 bits.
  let state = seed >>> 0;
  return Uint8Array.from({ length: 16 }, () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ z >>> 16, 0x85ebca6b);
    z = Math.imul(z ^ z >>> 13, 0xc2b2ae35);
    return (z ^ z >>> 16) & 0xff;
  });
}
