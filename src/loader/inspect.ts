// What would run if a path were executed: follows scripts to their interpreter and reads the headers of the program and
// of its dynamic linker. Maps nothing, so that execve can still fail with an errno.
//
// Paths and arguments are strings of one character a byte (latin1), as in src/syscalls/paths.ts.
import type { FileOffset, GuestAddress } from '../address.ts';
import * as fs from 'node:fs';
import { E } from '../host/abi.ts';
import { identify, machineName, readImage, type ElfIdentity, type ElfImage, type ReadAt, type Wanted } from './elf.ts';
import type { DynamicLinker } from '../guests/guest.ts';
import { LoadError } from './errors.ts';
import { linkerHint, permissionHint } from './hints.ts';
import { parseScript } from './script.ts';

/** Scripts whose interpreter is a script, and so on: as many as the kernel follows. */
const MAX_SCRIPTS = 5;
const HEAD_BYTES = 4096;

export type InspectRequest = {
  /** What the caller executes, as it names it; `execfd` is read instead if given, and stays open. */
  readonly path: string;
  readonly execfd?: number;
  /** The file that `path` names, open already; it is taken as it is, and closed with the inspection. */
  readonly opened?: number;
  readonly argv: readonly string[];
  readonly guest: { readonly elf: Wanted; readonly layout: { readonly taskSize: GuestAddress }; readonly linkers?: readonly DynamicLinker[] };
  /** The host path that a guest path stands for under -L; null for the path itself. */
  readonly resolve: (path: string) => string | null;
};

/** An open ELF file with its headers read. */
export type ElfFile = { readonly fd: number; readonly size: number; readonly image: ElfImage; readonly hostPath: string };

export type Inspection =
  | {
    readonly kind: 'guest';
    readonly program: ElfFile;
    readonly interpreter: ElfFile | null;
    /** With what scripts put in front. */
    readonly argv: readonly string[];
    /** The path as it was given: AT_EXECFN. */
    readonly execfn: string;
  }
  /** A program for some other machine, most likely the host's own: for the host's execve. */
  | { readonly kind: 'host'; readonly hostPath: string; readonly argv: readonly string[]; readonly identity: ElfIdentity };

/** Closes what an inspection holds open. */
export function release(found: Inspection): void {
  if (found.kind !== 'guest') return;
  fs.closeSync(found.program.fd);
  if (found.interpreter) fs.closeSync(found.interpreter.fd);
}

const bytesOf = (path: string): Buffer => Buffer.from(path, 'latin1');
/** A path for a message. */
export const pathText = (path: string): string => bytesOf(path).toString('utf8');

/** Runs a call of node:fs and answers its errno as a LoadError about `path`. */
function attempt<T>(path: string, run: () => T, hostPath = path): T {
  try { return run(); } catch (error) {
    const { errno, code } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    throw new LoadError(-errno, `${pathText(path)}: ${reasons[code ?? ''] ?? code}`, code === 'EACCES' ? permissionHint(hostPath) : undefined);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory', EACCES: 'permission denied', ENOTDIR: 'not a directory', ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'file name too long', EMFILE: 'too many open files', EISDIR: 'is a directory', EIO: 'input/output error',
};

type Opened = { readonly fd: number; readonly size: number; readonly head: Buffer; readonly hostPath: string; readonly readAt: ReadAt };

/** Opens a file that may be executed and reads its beginning; `opened` is one that the kernel found fit. */
function open(path: string, hostPath: string, opened?: number): Opened {
  const name = bytesOf(hostPath);
  // O_NONBLOCK: a FIFO is refused below, not waited for.
  const fd = opened ?? attempt(path, () => fs.openSync(name, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK), hostPath);
  try {
    const stat = attempt(path, () => fs.fstatSync(fd));
    if (!stat.isFile()) throw new LoadError(E.EACCES, `${pathText(path)}: not a regular file`);
    if (opened === undefined) attempt(path, () => fs.accessSync(name, fs.constants.X_OK), hostPath);
    const readAt: ReadAt = (offset, bytes) => {
      const into = Buffer.alloc(bytes);
      return offset >= stat.size ? into.subarray(0, 0) : into.subarray(0, attempt(path, () => fs.readSync(fd, into, 0, bytes, offset)));
    };
    return { fd, size: stat.size, head: readAt(0, HEAD_BYTES), hostPath, readAt };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** Finds out what executing `path` means. Throws LoadError; what it answers is to be given to `mapProgram` or `release`d. */
export function inspect(request: InspectRequest): Inspection {
  let { path } = request;
  let argv: readonly string[] = request.argv.length > 0 ? request.argv : [''];
  let hostPath = request.execfd === undefined ? request.resolve(path) ?? path : `/proc/self/fd/${request.execfd}`;
  for (let scripts = 0; ; scripts++) {
    const file = open(path, hostPath, scripts === 0 ? request.opened : undefined);
    let keep = false;
    try {
      const identity = identify(file.head);
      if (identity) {
        const found = inspectElf(file, identity, path, request, argv);
        keep = found.kind === 'guest';
        return found;
      }
      const script = parseScript(file.head);
      if (script === null) throw new LoadError(E.ENOEXEC, `${pathText(path)}: ${file.size === 0 ? 'the file is empty' : 'not an ELF program or a script'}`);
      if (script === 'invalid') throw new LoadError(E.ENOEXEC, `${pathText(path)}: its #! line names no interpreter`);
      if (scripts === MAX_SCRIPTS) throw new LoadError(E.ELOOP, `${pathText(path)}: too many scripts that interpret each other`);
      argv = [script.interpreter, ...(script.argument === null ? [] : [script.argument]), path, ...argv.slice(1)];
      path = script.interpreter;
      hostPath = request.resolve(path) ?? path;
    } finally {
      if (!keep) fs.closeSync(file.fd);
    }
  }
}

const isFor = (id: ElfIdentity, want: Wanted): boolean => id.machine === want.machine && id.bits === want.bits && id.bigEndian === want.bigEndian;

function inspectElf(file: Opened, identity: ElfIdentity, path: string, request: InspectRequest, argv: readonly string[]): Inspection {
  const { elf } = request.guest;
  if (!isFor(identity, elf)) return { kind: 'host', hostPath: file.hostPath, argv, identity };
  const image = imageOf(file, path, request);
  const program: ElfFile = { fd: file.fd, size: file.size, image, hostPath: file.hostPath };
  const interpreter = image.interpreter === null ? null : openInterpreter(file, image.interpreter, path, request);
  return { kind: 'guest', program, interpreter, argv, execfn: request.path };
}

/** Reads the headers; says whose they are when they are bad. */
function imageOf(file: Opened, path: string, { guest }: InspectRequest): ElfImage {
  try { return readImage(file.head, file.readAt, file.size, guest.elf, guest.layout.taskSize); } catch (error) {
    if (error instanceof LoadError) throw new LoadError(error.errno, `${pathText(path)}: not a valid program: ${error.message}`);
    throw error;
  }
}

function openInterpreter(file: Opened, where: { offset: FileOffset; bytes: number }, path: string, request: InspectRequest): ElfFile {
  const bytes = where.offset + where.bytes <= file.head.length ? file.head.subarray(where.offset, where.offset + where.bytes) : file.readAt(where.offset, where.bytes);
  if (bytes.length < where.bytes || bytes[where.bytes - 1] !== 0) throw new LoadError(E.ENOEXEC, `${pathText(path)}: the path of its interpreter is cut short`);
  const name = bytes.toString('latin1').replace(/\0.*$/s, '');
  const linker = attemptLinker(() => open(name, request.resolve(name) ?? name), path, name, request.guest.linkers ?? []);
  try {
    const identity = identify(linker.head);
    if (!identity || !isFor(identity, request.guest.elf)) {
      const what = identity ? `a program for ${machineName(identity)}` : 'not an ELF file';
      throw new LoadError(E.ELIBBAD, `${pathText(path)}: its interpreter ${pathText(name)} is ${what}`);
    }
    return { fd: linker.fd, size: linker.size, image: imageOf(linker, name, request), hostPath: linker.hostPath };
  } catch (error) {
    fs.closeSync(linker.fd);
    throw error instanceof LoadError && error.errno === E.ENOEXEC ? new LoadError(E.ELIBBAD, error.message) : error;
  }
}

/** A dynamic linker that is not there is the usual first experience: the message says what to do. */
function attemptLinker(run: () => Opened, path: string, name: string, known: readonly DynamicLinker[]): Opened {
  try { return run(); } catch (error) {
    if (!(error instanceof LoadError) || error.errno !== E.ENOENT) throw error;
    throw new LoadError(E.ENOENT, `${pathText(path)}: its dynamic linker ${pathText(name)} is missing`, linkerHint(pathText(name), known));
  }
}
