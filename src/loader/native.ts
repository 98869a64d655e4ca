// What to tell somebody who gives a program to the wrong emulator.
import { E } from '../host/abi.ts';
import { machineName, type ElfIdentity } from './elf.ts';
import { LoadError } from './errors.ts';
import { otherEmulator } from './hints.ts';

/** `this` host's machine in ELF headers, by Node's name for it. */
const hostMachines: Readonly<Record<string, readonly number[]>> = { x64: [62, 3], arm64: [183] };

export function notForGuest(path: string, identity: ElfIdentity, guest: { readonly name: string }): LoadError {
  const name = machineName(identity);
  if (hostMachines[process.arch]?.includes(identity.machine)) return new LoadError(E.ENOEXEC, `${path}: a program for this machine (${name})`, `run it without tsemu-${guest.name}`);
  return new LoadError(E.ENOEXEC, `${path}: a program for ${name}, not for ${guest.name}`, otherEmulator(name));
}
