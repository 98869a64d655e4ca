// What somebody at a terminal can do about a program that does not start: a sentence for each of the usual first experiences. Looked into only once it
// has failed, and for people alone: execve answers the errno.
import * as fs from 'node:fs';
import type { DynamicLinker } from '../guests/guest.ts';
import { SYS } from '../host/abi.ts';
import { plainCall, scratch } from '../host/kernel.ts';
import { hostPath } from '../syscalls/paths.ts';

const ST_NOEXEC = 8;
/** struct statfs of x86-64: f_flags. */
const FLAGS_AT = 80;

/** Where the libraries of a program with this dynamic linker are, or which package brings them. */
export function linkerHint(linker: string, known: readonly DynamicLinker[]): string {
  const match = known.find(({ path }) => path === linker);
  if (match === undefined) return `-L DIRECTORY names the folder that holds ${linker} and the libraries, such as the unpacked root of a system`;
  if (fs.existsSync(match.folder + linker)) return `this machine has it: -L ${match.folder}`;
  return `-L DIRECTORY names the folder with the guest's libraries; on Debian 'apt-get install ${match.package}' brings some: -L ${match.folder}`;
}

/** Why a file that is there may not be executed; undefined where that is not for us to say. Latin1, as all paths here. */
export function permissionHint(path: string): string | undefined {
  const shown = Buffer.from(path, 'latin1').toString();
  const stat = fs.statSync(Buffer.from(path, 'latin1'), { throwIfNoEntry: false });
  if (!stat?.isFile()) return undefined;
  const answer = scratch(120);
  if (plainCall(SYS.statfs, hostPath(path), answer.address) === 0 && answer.view.getInt32(FLAGS_AT, true) & ST_NOEXEC) {
    return 'its file system is mounted noexec: copy the program elsewhere, or mount it with exec';
  }
  return (stat.mode & 0o111) === 0 ? `chmod +x ${shown}` : undefined;
}

/** What memory could not be reserved for. */
export function memoryHint(): string {
  if (fs.existsSync('/proc/sys/vm/overcommit_memory') && fs.readFileSync('/proc/sys/vm/overcommit_memory', 'latin1').startsWith('2')) {
    return 'the kernel does not let programs reserve more than there is: sysctl vm.overcommit_memory=0';
  }
  return "the address space is limited: 'ulimit -v unlimited' lifts it where that is allowed, -R 512M makes the guest's smaller";
}

/** The emulator for a program of another guest, if there is one; `machine` is its usual name. */
export function otherEmulator(machine: string): string | undefined {
  const command = `tsemu-${machine}`;
  // Beside the folder of the bundle, or of the sources; the single file has none.
  const commands = `${(process.argv[1] ?? '').replace(/[^/]*$/, '')}../bin`;
  if (fs.existsSync(`${commands}/${command}`)) return `${command} runs it`;
  return fs.existsSync(commands) ? undefined : `${command} runs it, if there is one`;
}
