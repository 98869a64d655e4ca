// What a new program finds on its stack: argc, the argument, environment and auxiliary vectors, and the strings they
// point to, laid out as the kernel does (fs/exec.c, create_elf_tables). Pure: bytes for an address.
import type { GuestAddress } from '../address.ts';
import type { DataModel } from '../guests/guest.ts';
import { E } from '../host/abi.ts';
import { LoadError } from './errors.ts';

/** Entries of the auxiliary vector, getauxval(3). */
export const AT = {
  NULL: 0, EXECFD: 2, PHDR: 3, PHENT: 4, PHNUM: 5, PAGESZ: 6, BASE: 7, FLAGS: 8, ENTRY: 9, UID: 11, EUID: 12, GID: 13, EGID: 14,
  PLATFORM: 15, HWCAP: 16, CLKTCK: 17, SECURE: 23, RANDOM: 25, HWCAP2: 26, EXECFN: 31, SYSINFO_EHDR: 33, MINSIGSTKSZ: 51,
} as const;

export type StackRequest = {
  readonly argv: readonly string[];
  readonly envp: readonly string[];
  readonly execfn: string;
  readonly platform: string;
  /** 16 bytes for AT_RANDOM. */
  readonly random: Uint8Array;
  /** The other entries of the auxiliary vector, in order; without those that point into the stack and AT_NULL. */
  readonly auxv: readonly (readonly [tag: number, value: number])[];
  readonly data: DataModel;
  /** Where the stack ends, a multiple of 16. */
  readonly top: GuestAddress;
};

export type InitialStack = {
  readonly sp: GuestAddress;
  /** What is in memory from sp to the top. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The auxiliary vector as it lies in memory: /proc/self/auxv. */
  readonly auxv: Uint8Array<ArrayBuffer>;
  /** [start, end) of the argument strings and of the environment strings: /proc/self/cmdline and environ. */
  readonly argStart: GuestAddress;
  readonly argEnd: GuestAddress;
  readonly envStart: GuestAddress;
  readonly envEnd: GuestAddress;
};

/** One string, and all of them with their pointers: MAX_ARG_STRLEN, and a quarter of the stack but not above 6 MiB. */
const MAX_STRING = 131072, MIN_STRINGS = 131072, MAX_STRINGS = 6 << 20;

/** Throws E2BIG when the strings are more than a stack of `stackSize` bytes may start with. */
export function checkArguments(argv: readonly string[], envp: readonly string[], stackSize: number, pointer: number): void {
  let total = (argv.length + envp.length) * pointer;
  for (const list of [argv, envp]) {
    for (const text of list) {
      if (text.length >= MAX_STRING) throw new LoadError(E.E2BIG, 'an argument is too long');
      total += text.length + 1;
    }
  }
  if (total > Math.max(MIN_STRINGS, Math.min(MAX_STRINGS, Math.floor(stackSize / 4)))) throw new LoadError(E.E2BIG, 'the argument list is too long');
}

export function buildStack(request: StackRequest): InitialStack {
  const { argv, envp, data, top } = request;
  const word = data.pointer;
  // Strings, from the top down: a null word, the program's name, environment, arguments; then platform and random bytes.
  const stringBytes = (list: readonly string[]): number => list.reduce((sum, text) => sum + text.length + 1, 0);
  const execfn = top - word - (request.execfn.length + 1);
  const envEnd = execfn;
  const envStart = envEnd - stringBytes(envp);
  const argEnd = envStart;
  const argStart = argEnd - stringBytes(argv);
  const platform = argStart - (request.platform.length + 1);
  const random = Math.floor((platform - 16) / 16) * 16;
  const auxv: (readonly [number, number])[] = [
    ...request.auxv, [AT.RANDOM, random], [AT.EXECFN, execfn], ...(request.platform === '' ? [] : [[AT.PLATFORM, platform] as const]), [AT.NULL, 0],
  ];
  const words = 1 + argv.length + 1 + envp.length + 1 + auxv.length * 2;
  const sp = Math.floor((random - words * word) / 16) * 16;

  const bytes = Buffer.alloc(top - sp);
  let at = 0;
  const put = (value: number): void => {
    const low = value >>> 0, high = Math.floor(value / 0x1_0000_0000);
    if (data.bigEndian) {
      if (word === 8) bytes.writeUInt32BE(high, at);
      bytes.writeUInt32BE(low, at + word - 4);
    } else {
      bytes.writeUInt32LE(low, at);
      if (word === 8) bytes.writeUInt32LE(high, at + 4);
    }
    at += word;
  };
  const putStrings = (list: readonly string[], start: GuestAddress): void => {
    let string = start;
    for (const text of list) {
      bytes.write(text, string - sp, 'latin1');
      put(string);
      string += text.length + 1;
    }
    put(0);
  };
  put(argv.length);
  putStrings(argv, argStart);
  putStrings(envp, envStart);
  const auxStart = at;
  for (const [tag, value] of auxv) { put(tag); put(value); }
  const auxBytes = new Uint8Array(bytes.subarray(auxStart, at));
  bytes.write(request.execfn, execfn - sp, 'latin1');
  bytes.write(request.platform, platform - sp, 'latin1');
  bytes.set(request.random.subarray(0, 16), random - sp);
  return { sp, bytes: bytes as Uint8Array<ArrayBuffer>, auxv: auxBytes, argStart, argEnd, envStart, envEnd };
}
